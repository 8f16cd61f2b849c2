"""VARIANTS: the one table of all methods, networks and floors alike, with their capabilities as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import CheckpointError, UnknownNameError

if TYPE_CHECKING:
    from torch import Tensor, nn

Kind = Literal["network", "fitted", "fixed"]

_ZHANG = "Zhang et al. 2016; Futschik 2018, table 6.1"
_FUTSCHIK = "Futschik 2018, table 6.2"


@dataclass(frozen=True)
class Variant:
    """A method under a name. What callers need to know of it is here, so that none special-cases a name."""

    name: str
    source: str
    """Paper, table."""
    module: str
    """``module:Class`` of an ``nn.Module`` that maps L x 0.01 (n, 1, h, w) to its output."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = "network"
    """``network``: trained by gradient; ``fitted``: learned in one pass; ``fixed``: needs no training."""
    output: Literal["histogram", "ab"] = "histogram"
    rebalance: bool = False
    """Weigh rare colours up in the loss (thesis 5.3)."""
    initialization: Literal["data", "xavier"] = "data"
    batch_size: int = 24
    accumulate: int = 2
    network_size: int | None = 224
    """Side of the square input; None takes pictures as they are."""

    @property
    def needs(self) -> str:
        """What the method needs before it can colour."""
        return "nothing" if self.kind == "fixed" else "training"

    def build(self, width: float = 1.0) -> nn.Module:
        """Return a new, untrained module."""
        module_name, class_name = self.module.split(":")
        arguments = dict(self.arguments)
        if self.kind == "network":
            arguments |= {"width": width, "output": self.output}
        built: nn.Module = getattr(import_module(module_name), class_name)(**arguments)
        return built


_PLAIN = "cartoonize.models.plain:Plain"
_RESIDUAL = "cartoonize.models.residual:Residual"
_SMALL_BATCHES: dict[str, Any] = {"initialization": "xavier", "batch_size": 4, "accumulate": 12}

VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("plain", _ZHANG, _PLAIN, rebalance=True),
        Variant("plain-norebalance", _ZHANG, _PLAIN),
        Variant("plain-dropout", _ZHANG, _PLAIN, {"dropout": True}, rebalance=True),
        Variant("plain-l2", _ZHANG, _PLAIN, output="ab"),
        Variant("residual", _FUTSCHIK, _RESIDUAL, rebalance=True, **_SMALL_BATCHES),
        Variant("residual-norebalance", _FUTSCHIK, _RESIDUAL, **_SMALL_BATCHES),
        Variant(
            "lookup", "floor", "cartoonize.classical.lookup:Lookup",
            kind="fitted", output="ab", network_size=None,
        ),
        Variant(
            "grey", "floor", "cartoonize.classical.grey:Grey", kind="fixed", output="ab", network_size=None
        ),
    )
}  # fmt: skip


def find_variant(name: str) -> Variant:
    """Return a variant by name.

    Raises
    ------
    UnknownNameError
        With the list of known names.
    """
    if name not in VARIANTS:
        raise UnknownNameError("variant", name, VARIANTS)
    return VARIANTS[name]


def n_parameters(module: nn.Module) -> int:
    """Count learned numbers, biases and affine normalisation included."""
    return sum(parameter.numel() for parameter in module.parameters())


@dataclass(frozen=True, eq=False)
class Member:
    """A trained method that takes part in colouring: alone or in an ensemble."""

    name: str
    variant: Variant
    module: nn.Module
    """In evaluation mode, on the device that it runs on."""
    luminance: Literal["grey", "cielab"] = "grey"
    """What it was trained to look at: L of the black-and-white picture, or of the coloured one."""

    def predict(self, lightness: Tensor, *, bfloat16: bool = False) -> Tensor:
        """Predict colours for frames.

        Parameters
        ----------
        lightness : Tensor, shape (n, 256, 256)
            CIE L, 0..100, on the module's device.
        bfloat16 : bool
            Run the network in bfloat16.

        Returns
        -------
        Tensor of float32
            Probabilities (n, 313, h, w) if ``variant.output`` is ``"histogram"``, else ab (n, 2, h, w), at
            whatever size the method works.
        """
        import torch

        inputs = lightness.unsqueeze(1) / 100
        if self.variant.network_size is not None:
            from cartoonize.models.inputs import to_network_size

            inputs = to_network_size(inputs).contiguous(memory_format=torch.channels_last)
        device = inputs.device.type
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bfloat16):
            predicted = self.module(inputs).float()
        return torch.softmax(predicted, 1) if self.variant.output == "histogram" else predicted


def load_member(path: Path, device: Any = "cpu") -> Member:
    """Load a checkpoint as a member; its header says which variant, width and input it has.

    Raises
    ------
    CheckpointError
        If it is damaged, foreign, or of a variant that this version does not know.
    """
    import torch

    from cartoonize.models.checkpoint import read_checkpoint

    header, tensors = read_checkpoint(path)
    name = header.get("variant")
    if not isinstance(name, str) or name not in VARIANTS:
        raise CheckpointError(f"{path}: of an unknown variant {name!r}", f"Known: {', '.join(VARIANTS)}")
    variant = VARIANTS[name]
    try:
        module = variant.build(header.get("width", 1.0))
        module.load_state_dict(tensors)
    except (RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path}: its weights do not fit {name} at width {header.get('width')}", "Train it again."
        ) from error
    module.to(device).to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Member(header.get("name", name), variant, module, header.get("luminance", "grey"))


def fixed_member(name: str) -> Member:
    """Return a member of a variant that needs no training."""
    variant = find_variant(name)
    return Member(name, variant, variant.build().eval())
