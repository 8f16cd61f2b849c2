"""Member: a method that is loaded and ready to colour."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import CheckpointError
from cartoonize.frames import COLOR_SIZE, Place
from cartoonize.methods.registry import find_variant, variant_of
from cartoonize.methods.variant import Guide, Variant

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Member:
    """A trained method that takes part in colouring: alone or in an ensemble."""

    name: str
    variant: Variant
    module: nn.Module
    """In evaluation mode, on the device that it runs on. Several threads may call it at once."""
    luminance: Literal["grey", "cielab"] = "grey"
    """What it was trained to look at: L of the black-and-white picture, or of the coloured one."""
    hints: Member | None = None
    """The network whose histograms it starts from."""
    bfloat16: bool = False
    """Whether its network runs in bfloat16."""

    @property
    def guided_at(self) -> Collection[int]:
        """Indices of frames at which its answer changes, though the drawing be held."""
        return self.module.guided_at if "places" in self.variant.inputs else ()  # type: ignore[return-value]

    def hard_at(self, index: int) -> NDArray[bool_]:
        """Return at which pixels (256, 256) of a frame that it is guided at its answer is a user's own."""
        return self.module.hard_at(index)  # type: ignore[operator]

    def predict(self, lightness: Tensor, *, places: Sequence[Place] = ()) -> Tensor:
        """Predict colours for frames.

        Parameters
        ----------
        lightness : Tensor, shape (n, 256, 256)
            CIE L, 0..100, on the module's device.
        places : sequence of Place
            Where the frames are in the film; none if that is unknown.

        Returns
        -------
        Tensor of float32
            Probabilities (n, 313, h, w) if ``variant.output`` is ``"histogram"``, else ab (n, 2, h, w), at
            whatever size the method works.
        """
        import torch

        inputs = lightness.unsqueeze(1) / 100
        if self.variant.network_size is not None:
            from cartoonize.methods.networks.inputs import to_network_size

            inputs = to_network_size(inputs).contiguous(memory_format=torch.channels_last)
        if self.bfloat16:
            inputs = inputs.to(torch.bfloat16)
        more: dict[str, Any] = {"places": places} if "places" in self.variant.inputs else {}
        if self.hints is not None:
            more["histogram"] = self.hints.predict(lightness)
        with torch.inference_mode():
            predicted = self.module(inputs, **more)
            if self.variant.output == "ab":
                return predicted.float()
            # In channels-last memory the bins are contiguous: ten times as fast as over dimension 1.
            pixels = predicted.permute(0, 2, 3, 1)
            return torch.softmax(pixels, -1, dtype=torch.float32).permute(0, 3, 1, 2)


def load_member(path: Path, device: Any = "cpu", *, bfloat16: bool = False, compiled: bool = False) -> Member:
    """Load a checkpoint as a member; its header says which variant, width and input it has.

    Parameters
    ----------
    path : Path
    device : torch.device or str
        That it is going to run on.
    bfloat16 : bool
        Run it in bfloat16 if it is a network.
    compiled : bool
        Let ``torch.compile`` make machine code of it if it is a network.

    Raises
    ------
    CheckpointError
        If it is damaged, foreign, or of a variant that this version does not know.
    CartoonizeError
        If it cannot be compiled here.
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
            f"{path}: its weights do not fit {name} at width {header.get('width')}", "Train it again."
        ) from error
    module.to(device).eval()
    is_network = variant.kind == "network"
    if is_network:
        from cartoonize.methods.networks.inference import compile_network, for_inference

        module = for_inference(module, bfloat16=bfloat16)
        side = variant.network_size or COLOR_SIZE
        module = compile_network(module, side) if compiled else module
    luminance = header.get("luminance", "grey")
    return Member(header.get("name", name), variant, module, luminance, bfloat16=bfloat16 and is_network)


def fixed_member(name: str, guides: Mapping[Guide, Any] | None = None, hints: Member | None = None) -> Member:
    """Return a member of a variant that needs no training, or none with these guides.

    It looks at what the network looks at that gives it hints.
    """
    variant = find_variant(name)
    module = variant.build(guides=guides).eval()
    if not variant.needs_hints or hints is None:
        return Member(name, variant, module)
    return Member(name, variant, module, hints.luminance, hints)
