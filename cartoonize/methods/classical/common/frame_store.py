"""Training frames stored in a checkpoint and found by a thumbnail of their luminance."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from cartoonize.methods.classical.common.fitted_module import FittedModule, check_same_length

#: Side of a thumbnail in pixels.
SIDE = 32


class FrameStore(FittedModule):
    """Base of methods that store something of every training frame, which the subclass defines.

    Parameters
    ----------
    **empty : Tensor
        For each name, an empty tensor, (0, ...), with the type and shape of what is stored of a frame.
    """

    thumbnails: Tensor
    """(frames, 32, 32) float16, L x 0.01."""

    def __init__(self, **empty: Tensor) -> None:
        super().__init__()
        self.register_buffer("thumbnails", torch.empty(0, SIDE, SIDE, dtype=torch.float16))
        for name, tensor in empty.items():
            self.register_buffer(name, tensor)

    @abstractmethod
    def extract(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return what is stored of frames.

        Parameters
        ----------
        luminance : Tensor, shape (n, 1, h, w)
            L x 0.01.
        ab : Tensor, shape (n, 2, h, w)
            CIELAB a and b.

        Returns
        -------
        dict of Tensor
            A tensor (n, ...) for each name given to the constructor.
        """

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Store training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w).
        """
        stored: dict[str, list[Tensor]] = {name: [] for name, _ in self.named_buffers()}
        for luminance, ab in batches:
            stored["thumbnails"].append(thumbnail(luminance))
            for name, tensor in self.extract(luminance, ab).items():
                stored[name].append(tensor)
        for name, tensors in stored.items():
            buffer = self.get_buffer(name)
            setattr(self, name, torch.cat(tensors).to(buffer.dtype) if tensors else buffer)

    def find(self, luminance: Tensor) -> Tensor:
        """Return the indices (n,) of the stored frames most similar to pictures, L x 0.01 (n, 1, h, w)."""
        wanted = thumbnail(luminance).flatten(1)
        # The rounding of a matrix product would hide small differences.
        distances = torch.cdist(
            wanted, self.thumbnails.float().flatten(1), compute_mode="donot_use_mm_for_euclid_dist"
        )
        return distances.argmin(1)

    def check(self) -> None:
        """Raise `ValueError` if the buffers hold different numbers of frames."""
        check_same_length(self)


def thumbnail(luminance: Tensor) -> Tensor:
    """Average pictures (n, 1, h, w) to (n, 32, 32)."""
    return functional.interpolate(luminance.float(), size=(SIDE, SIDE), mode="area")[:, 0]
