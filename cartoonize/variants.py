"""VARIANTS: the one table of all methods, networks and floors alike, with their capabilities as data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import CheckpointError, UnknownNameError
from cartoonize.frames import Place

if TYPE_CHECKING:
    from torch import Tensor, nn

Kind = Literal["network", "fitted", "fixed"]
#: What a user may lend to a method.
Guide = Literal["reference", "swatches", "scribbles"]
#: What a method may be shown with every frame, beside L.
Sight = Literal["places", "histogram"]

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
    palette: bool = False
    """It paints with a palette that it learns from the training frames first."""
    batch_size: int = 24
    accumulate: int = 2
    ema: float = 0.0
    """Decay of the running average of the weights that a training writes; 0: none."""
    network_size: int | None = 224
    """Side of the square input; None takes pictures as they are."""
    takes: tuple[Guide, ...] = ()
    """What it is built with if the user lends it."""
    instead: Guide | None = None
    """With this one lent, it needs neither training nor hints."""
    sees: tuple[Sight, ...] = ()
    """``places``: where in the film the frames are; ``histogram``: its *hints*, what a trained network makes
    of them. A method that sees places has ``guided_at``, the frames at which its answer changes."""
    n_fitted: int = 256
    """At most so many training frames are looked at by a fit."""
    n_validated: int = 256
    """At most so many frames are coloured to validate a fit."""

    @property
    def needs_hints(self) -> bool:
        """Whether it starts from what a network predicts."""
        return "histogram" in self.sees

    @property
    def needs(self) -> str:
        """What the method needs before it can colour."""
        needed = "a network" if self.needs_hints else "nothing" if self.kind == "fixed" else "training"
        return f"{needed} or {self.instead}" if self.instead else needed

    def build(self, width: float = 1.0, guides: Mapping[Guide, Any] | None = None) -> nn.Module:
        """Return a new, untrained module with those of the guides that it takes."""
        module_name, class_name = self.module.split(":")
        arguments = dict(self.arguments)
        arguments |= {name: guide for name, guide in (guides or {}).items() if name in self.takes}
        if self.kind == "network":
            arguments |= {"width": width, "output": self.output}
        built: nn.Module = getattr(import_module(module_name), class_name)(**arguments)
        return built


_PLAIN = "cartoonize.models.plain:Plain"
_RESIDUAL = "cartoonize.models.residual:Residual"
_BY_PICTURE: dict[str, Any] = {"output": "ab", "network_size": None}
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
            "series", "cartoonize", "cartoonize.models.series:Series", palette=True, initialization="xavier",
            batch_size=16, accumulate=1, ema=0.99,  # of some hundred updates, which is what minutes make
        ),
        Variant(
            "welsh", "Welsh et al. 2002", "cartoonize.classical.welsh:Welsh", kind="fitted", **_BY_PICTURE,
            takes=("reference", "swatches"), instead="reference", n_fitted=1000, n_validated=32,
        ),
        Variant(
            "levin", "Levin et al. 2004", "cartoonize.classical.levin:Levin", kind="fixed", **_BY_PICTURE,
            takes=("scribbles",), instead="scribbles", sees=("places", "histogram"),
        ),
        Variant(
            "nearest", "floor", "cartoonize.classical.nearest:Nearest", kind="fitted", **_BY_PICTURE,
            n_fitted=1000,
        ),
        Variant("lookup", "floor", "cartoonize.classical.lookup:Lookup", kind="fitted", **_BY_PICTURE),
        Variant("grey", "floor", "cartoonize.classical.grey:Grey", kind="fixed", **_BY_PICTURE),
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
        return self.module.guided_at if "places" in self.variant.sees else ()  # type: ignore[return-value]

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
            from cartoonize.models.inputs import to_network_size

            inputs = to_network_size(inputs).contiguous(memory_format=torch.channels_last)
        if self.bfloat16:
            inputs = inputs.to(torch.bfloat16)
        more: dict[str, Any] = {"places": places} if "places" in self.variant.sees else {}
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
    module.to(device).eval()
    is_network = variant.kind == "network"
    if is_network:
        from cartoonize.models.inference import compile_network, for_inference

        module = for_inference(module, bfloat16=bfloat16)
        module = compile_network(module) if compiled else module
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
