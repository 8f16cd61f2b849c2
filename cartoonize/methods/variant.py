"""Variant: a method under a name, with its options and capabilities as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from torch import nn

Kind = Literal["network", "fitted", "fixed"]
Loss = Literal["divergence", "one-hot", "euclidean", "distances", "own"]
Game = Literal["dcgan", "lsgan", "ebgan", "wgan"]
#: What options that are words can be.
CHOICES: dict[str, tuple[str, ...]] = {
    "loss": ("divergence", "one-hot"),
    "initialization": ("data", "xavier", "he"),
    "labels": ("none", "episode", "scene"),
    "bins": ("hue-chroma", "quantile", "zhang"),
    "histogram": ("none", "reference"),
}
#: What options that are numbers can be, if not 0 to a million.
RANGES: dict[str, tuple[float, float]] = {
    "turns": (1, 100), "n_places": (1, 3136), "dropout": (0, 0.95),
    "encoder_width": (0, 4), "seed": (0, 2**32 - 1),
}  # fmt: skip
#: Options that follow from others, or from what is learned: a training sets them, nobody else.
DERIVED = frozenset({"seed", "encoder_width", "n_classes"})
#: What a user may lend to a method.
Guide = Literal["references", "swatches", "scribbles"]
#: What a method may be shown with every frame, beside L.
Sight = Literal["places", "background", "histogram"]


@dataclass(frozen=True)
class Variant:
    """A method under a name. What callers need to know of it is here, so that none special-cases a name."""

    name: str
    source: str
    """Paper, table."""
    module: str
    """``module:Class`` of an ``nn.Module`` that maps L x 0.01 (n, 1, h, w) to its output."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of the class; `having` changes them."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """What a training of it can be told beside what every training is told; `having` changes it, too."""
    kind: Kind = "network"
    """``network``: trained by gradient; ``fitted``: learned in one pass; ``fixed``: needs no training."""
    output: Literal["histogram", "ab"] = "histogram"
    loss: Loss = "divergence"
    """What is minimised; ``own``: what the network's method ``loss`` says."""
    rebalance: bool = False
    """Weigh rare colours up in the loss (thesis 5.3)."""
    against: Game | None = None
    """The game that it plays against a discriminator while it is trained."""
    cell: int = 4
    """Side, in pixels of the input, of the cells whose mean colours it learns."""
    initialization: Literal["data", "xavier", "he"] = "data"
    encoder: bool = False
    """It has a frozen encoder, or one to start from, that ``--encoder-weights`` can fill."""
    palette: bool = False
    """It paints with a palette that it learns from the training frames first."""
    batch_size: int = 24
    accumulate: int = 2
    learning_rate: float = 1e-3
    optimizer: Literal["adam", "rmsprop"] = "adam"
    momentum: float = 0.9
    """Adam's beta_1."""
    copies: int = 1
    """Times that an epoch shows a frame; if more than one, each time turned and zoomed at random."""
    ema: float = 0.0
    """Decay of the running average of the weights that a training writes; 0: none."""
    network_size: int | None = 224
    """Side of the square input; None takes pictures as they are."""
    accepts: tuple[Guide, ...] = ()
    """What it is built with if the user lends it."""
    instead: Literal["reference", "scribbles"] | None = None
    """With this option given, it needs neither training nor hints."""
    inputs: tuple[Sight, ...] = ()
    """``places``: where in the film the frames are; ``background``: with these, what stands still in their
    shots; ``histogram``: its *hints*, what a trained network makes of them. A method that sees places has
    ``guided_at``, the frames at which its answer changes."""
    n_fitted: int = 256
    """At most so many training frames are looked at by a fit."""
    n_validated: int = 256
    """At most so many frames are coloured to validate a fit."""

    version: int = 1
    """Part of the keys of cached shots. Raise it when the method yields other colours from the same weights."""

    @property
    def needs_hints(self) -> bool:
        """Whether it starts from what a network predicts."""
        return "histogram" in self.inputs

    @property
    def needs(self) -> str:
        """What the method needs before it can colour."""
        needed = "a network" if self.needs_hints else "nothing" if self.kind == "fixed" else "training"
        return f"{needed} or {self.instead}" if self.instead else needed

    @property
    def _changeable(self) -> tuple[str, ...]:
        """Fields that are options of a network's training, too."""
        learned = ("initialization",) if self.kind == "network" else ()
        return (*learned, "loss", "rebalance") if learned and self.loss in CHOICES["loss"] else learned

    @property
    def options(self) -> dict[str, Any]:
        """What a user can change, with the defaults."""
        return {name: value for name, value in self._known.items() if name not in DERIVED}

    @property
    def _known(self) -> dict[str, Any]:
        return {**self.arguments, **self.training, **{name: getattr(self, name) for name in self._changeable}}

    def having(self, changes: Mapping[str, Any]) -> Variant:
        """Return the variant with other values of some of its own options, as ``train --set`` gives them.

        Parameters
        ----------
        changes : mapping
            Of names in `options`, or `DERIVED`.

        Raises
        ------
        UnknownNameError, UsageError
            If it has no such option, or the value is of another type.
        """
        known = self._known
        for name, value in changes.items():
            if name not in known:
                raise UnknownNameError(f"option of {self.name}", name, sorted(self.options))
            default = known[name]
            is_number = isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)
            if default is not None and type(value) is not type(default) and not is_number:
                raise UsageError(
                    f"{self.name}: {name} = {value!r} is not of the kind of its default, {default!r}",
                    f"Leave it out for {default!r}.",
                )
            if value not in CHOICES.get(name, (value,)):
                raise UnknownNameError(name, value, CHOICES[name])
            least, most = RANGES.get(name, (0.0, 1e6))
            if not isinstance(value, str | bool) and not least <= value <= most:
                raise UsageError(
                    f"{self.name}: {name} = {value:g} is not in {least:g}..{most:g}",
                    f"Leave it out for {default!r}.",
                )
        return replace(
            self,
            arguments={name: changes.get(name, default) for name, default in self.arguments.items()},
            training={name: changes.get(name, default) for name, default in self.training.items()},
            **{name: changes.get(name, known[name]) for name in self._changeable},
        )

    def build(self, width: float = 1.0, guides: Mapping[Guide, Any] | None = None) -> nn.Module:
        """Return a new, untrained module with those of the guides that it takes."""
        module_name, class_name = self.module.split(":")
        arguments = dict(self.arguments)
        arguments |= {name: guide for name, guide in (guides or {}).items() if name in self.accepts}
        if self.kind == "network":
            arguments |= {"width": width, "output": self.output}
        built: nn.Module = getattr(import_module(f"cartoonize.methods.{module_name}"), class_name)(
            **arguments
        )
        return built


def n_parameters(module: nn.Module, *, frozen: bool = True) -> int:
    """Count a network's numbers, biases and affine normalisation included; ``frozen`` ones, too, or not."""
    return sum(p.numel() for p in module.parameters() if frozen or p.requires_grad)
