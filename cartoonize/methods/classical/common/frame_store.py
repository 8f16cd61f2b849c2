"""Training frames kept in a checkpoint, and found again by a thumbnail of their luminance."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from cartoonize.methods.classical.common.fitted import Learned, check_same_length

#: Side of a thumbnail.
SIDE = 32


class FrameStore(Learned):
    """A method that keeps something of every training frame; subclasses say what.

    Parameters
    ----------
    **kept : Tensor
        Empty tensors, (0, ...), of the type and shape of what is kept of a frame, by name.
    """

    thumbnails: Tensor
    """(frames, 32, 32) float16, L x 0.01."""

    def __init__(self, **kept: Tensor) -> None:
        super().__init__()
        self.register_buffer("thumbnails", torch.empty(0, SIDE, SIDE, dtype=torch.float16))
        for name, empty in kept.items():
            self.register_buffer(name, empty)

    @abstractmethod
    def keep(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return what is kept of frames: L x 0.01 (n, 1, h, w) and ab (n, 2, h, w) to (n, ...) by name."""

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Keep training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        kept: dict[str, list[Tensor]] = {name: [] for name, _ in self.named_buffers()}
        for luminance, ab in batches:
            kept["thumbnails"].append(thumbnail(luminance))
            for name, tensor in self.keep(luminance, ab).items():
                kept[name].append(tensor)
        for name, tensors in kept.items():
            buffer = self.get_buffer(name)
            setattr(self, name, torch.cat(tensors).to(buffer.dtype) if tensors else buffer)

    def find(self, luminance: Tensor) -> Tensor:
        """Return the numbers (n,) of the kept frames that look most like these, L x 0.01 (n, 1, h, w)."""
        wanted = thumbnail(luminance).flatten(1)
        # Not by a matrix product, whose rounding would hide small differences.
        distances = torch.cdist(
            wanted, self.thumbnails.float().flatten(1), compute_mode="donot_use_mm_for_euclid_dist"
        )
        return distances.argmin(1)

    def check(self) -> None:
        """Raise `ValueError` if not all is kept of every frame."""
        check_same_length(self)


def thumbnail(luminance: Tensor) -> Tensor:
    """Average pictures (n, 1, h, w) to (n, 32, 32)."""
    return functional.interpolate(luminance.float(), size=(SIDE, SIDE), mode="area")[:, 0]
