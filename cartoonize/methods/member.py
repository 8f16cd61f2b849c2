"""Members: methods that are loaded and ready to colour."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import CheckpointError
from cartoonize.frames import COLOR_SIZE, Place
from cartoonize.methods.registry import find_variant, variant_of
from cartoonize.methods.variant import AnnotationKind, Variant

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray
    from torch import Tensor, dtype, nn


@dataclass(frozen=True, eq=False)
class Member:
    """A method that is ready to colour frames, alone or in an ensemble."""

    name: str
    variant: Variant
    module: nn.Module
    """Module in evaluation mode, on its device. Several threads may call it at the same time."""
    luminance: Literal["grey", "cielab"] = "grey"
    """Input that it was trained on: L of the black-and-white picture, or of the coloured one."""
    hints: Member | None = None
    """Network whose histograms the method starts from, or None."""
    dtype: dtype | None = None
    """Type of the inputs of a network that does not compute in float32, or None."""

    @property
    def guided_at(self) -> Collection[int]:
        """Indices of frames at which the prediction changes even if the drawing does not."""
        return self.module.guided_at if "places" in self.variant.inputs else ()  # type: ignore[return-value]

    def hard_at(self, index: int) -> NDArray[bool_]:
        """Return a mask (256, 256) of pixels whose colours the user set exactly in a frame of `guided_at`."""
        return self.module.hard_at(index)  # type: ignore[operator]

    def predict(self, lightness: Tensor, *, places: Sequence[Place] = ()) -> Tensor:
        """Predict colours for frames.

        Parameters
        ----------
        lightness : Tensor, shape (n, 256, 256)
            CIE L, 0..100, on the module's device.
        places : sequence of Place
            Positions of the frames in the film; empty if unknown.

        Returns
        -------
        Tensor of float32
            Probabilities (n, 313, h, w) if ``variant.output`` is ``"histogram"``, else ab (n, 2, h, w). The
            size is that of the method's output.
        """
        import torch

        inputs = lightness.unsqueeze(1) / 100
        if self.variant.network_size is not None:
            from cartoonize.methods.networks.inputs import to_network_size

            inputs = to_network_size(inputs, self.variant.network_size).contiguous(
                memory_format=torch.channels_last
            )
        if self.dtype is not None:
            inputs = inputs.to(self.dtype)
        more: dict[str, Any] = {"places": places} if "places" in self.variant.inputs else {}
        if self.hints is not None:
            more["histogram"] = self.hints.predict(lightness)
        with torch.inference_mode():
            predicted = self.module(inputs, **more)
            return predicted.float() if self.variant.output == "ab" else _probabilities(predicted)

    def predict_and_describe(self, lightness: Tensor) -> tuple[Tensor, Tensor]:
        """Predict colours as `predict` does, and describe the regions; for a variant that ``describes``.

        Parameters
        ----------
        lightness : Tensor, shape (n, 256, 256)
            CIE L, 0..100, on the module's device.

        Returns
        -------
        Tensor of float32, shape (n, 313, h, w)
            Probabilities of the ab bins.
        Tensor of float32, shape (n, k, h, w)
            Descriptors, by which regions can be compared.
        """
        import torch

        with torch.inference_mode():
            return self.module.described(lightness)  # type: ignore[operator]


def _probabilities(logits: Tensor) -> Tensor:
    """Return the probabilities of bins (n, 313, h, w)."""
    import torch

    # The bins are contiguous in channels-last memory: ten times as fast as softmax over dimension 1.
    pixels = logits.permute(0, 2, 3, 1)
    return torch.softmax(pixels, -1, dtype=torch.float32).permute(0, 3, 1, 2)


def load_member(
    path: Path, device: Any = "cpu", *, dtype: dtype | None = None, compiled: bool = False
) -> Member:
    """Load a checkpoint as a member. Its header has the variant, width and input.

    Parameters
    ----------
    path : Path
    device : torch.device or str
        Device that it runs on.
    dtype : torch.dtype, optional
        Type in which a network computes. Default: float32.
    compiled : bool
        Compile a network by ``torch.compile``.

    Raises
    ------
    CheckpointError
        If the file is damaged, not a checkpoint of this program, or of an unknown variant.
    CartoonizeError
        If compilation fails.
    """
    from cartoonize.methods.checkpoint import read_checkpoint

    header, tensors = read_checkpoint(path)
    variant = variant_of(header, path)
    name = variant.name
    try:
        module = variant.build(header.get("width", 1.0))
        module.load_state_dict(tensors)
    except (RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path}: the weights do not fit {name} at width {header.get('width')}", "Train it again."
        ) from error
    module.to(device).eval()
    is_network = variant.kind == "network"
    if is_network:
        from cartoonize.methods.networks.inference import compile_network, for_inference

        module = for_inference(module, dtype)
        side = variant.network_size or COLOR_SIZE
        module = compile_network(module, side) if compiled else module
    luminance = header.get("luminance", "grey")
    return Member(header.get("name", name), variant, module, luminance, dtype=dtype if is_network else None)


def fixed_member(
    name: str,
    annotations: Mapping[AnnotationKind, Any] | None = None,
    hints: Member | None = None,
    device: Any = "cpu",
) -> Member:
    """Return a member of a variant that needs no training.

    Parameters
    ----------
    name : str
        Name of the variant.
    annotations : mapping, optional
        Annotations of the user, by kind. Some variants need no training if they have annotations.
    hints : Member, optional
        Network whose histograms the method starts from. The method then has the same input as the network.
    device : torch.device or str
        Device that it runs on.
    """
    variant = find_variant(name)
    module = variant.build(annotations=annotations).to(device).eval()
    if not variant.needs_hints or hints is None:
        return Member(name, variant, module)
    return Member(name, variant, module, hints.luminance, hints)
