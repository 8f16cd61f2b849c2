"""VARIANTS: the one table of all methods, networks and floors alike, with their capabilities as data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cartoonize.errors import CheckpointError, UnknownNameError, UsageError
from cartoonize.frames import COLOR_SIZE, Place

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray
    from torch import Tensor, nn

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

_ZHANG = "Zhang et al. 2016; Futschik 2018, table 6.1"
_HULTGREN = "Hultgren, Kaya, Ekman: VGG-16, tables 1 and 2"
_IIZUKA = "Iizuka et al. 2016; Das, Bhadra"
_FABBRI = "Fabbri, Islam: colorization by GANs"
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
    takes: tuple[Guide, ...] = ()
    """What it is built with if the user lends it."""
    instead: Literal["reference", "scribbles"] | None = None
    """With this option given, it needs neither training nor hints."""
    sees: tuple[Sight, ...] = ()
    """``places``: where in the film the frames are; ``background``: with these, what stands still in their
    shots; ``histogram``: its *hints*, what a trained network makes of them. A method that sees places has
    ``guided_at``, the frames at which its answer changes."""
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
        arguments |= {name: guide for name, guide in (guides or {}).items() if name in self.takes}
        if self.kind == "network":
            arguments |= {"width": width, "output": self.output}
        built: nn.Module = getattr(import_module(module_name), class_name)(**arguments)
        return built


_PLAIN = "cartoonize.models.plain:Plain"
_RESIDUAL = "cartoonize.models.residual:Residual"
_LAYERS: dict[str, Any] = {"pooling": False, "dropout": False}
_SHORTCUT: dict[str, Any] = {"shortcut": False}
_BY_PICTURE: dict[str, Any] = {"output": "ab", "network_size": None}
_COLORS: dict[str, Any] = {"output": "ab", "loss": "euclidean"}
_SMALL_BATCHES: dict[str, Any] = {"initialization": "xavier", "batch_size": 4, "accumulate": 12}

_VGG = "cartoonize.models.vgg:Transfer"
_SAME_WIDTH: dict[str, Any] = {"encoder_width": 0.0}  # the network's own
_ON_VGG: dict[str, Any] = {
    **_COLORS, "cell": 2, "initialization": "xavier", "encoder": True, "batch_size": 32, "accumulate": 1,
}  # fmt: skip
_FUSION = "cartoonize.models.fusion:Fusion"
_BY_FUSION: dict[str, Any] = {
    "output": "ab", "loss": "own", "cell": 2, "network_size": None, "batch_size": 32, "accumulate": 1,
    "copies": 10,
}  # fmt: skip
_LINEAR: dict[str, Any] = {"bounded": False, "dropout": False}
_LAMBDAS: dict[str, Any] = {"lambda1": 1.0, "lambda2": 100.0, "lambda3": 0.0, "turns": 1}
_COLORFUL: dict[str, Any] = {"output": "ab", "loss": "distances", "batch_size": 32, "accumulate": 1}
_PLAYER: dict[str, Any] = {**_COLORFUL, "learning_rate": 2e-4, "momentum": 0.5}  # Radford et al. 2016
_CRITIC: dict[str, Any] = {**_COLORFUL, "learning_rate": 5e-5, "optimizer": "rmsprop"}

VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("plain", _ZHANG, _PLAIN, _LAYERS, rebalance=True),
        Variant("plain-norebalance", _ZHANG, _PLAIN, _LAYERS),
        Variant("plain-dropout", _ZHANG, _PLAIN, {**_LAYERS, "dropout": True}, rebalance=True),
        Variant("plain-l2", _ZHANG, _PLAIN, _LAYERS, output="ab", loss="euclidean"),
        Variant("residual", _FUTSCHIK, _RESIDUAL, _SHORTCUT, rebalance=True, **_SMALL_BATCHES),
        Variant("residual-norebalance", _FUTSCHIK, _RESIDUAL, _SHORTCUT, **_SMALL_BATCHES),
        Variant("vgg16", _HULTGREN, _VGG, _SAME_WIDTH, **_ON_VGG),
        Variant("vgg16-batchnorm", _HULTGREN, _VGG, {**_SAME_WIDTH, "batch_norm": True}, **_ON_VGG),
        Variant("vgg16-dropout", _HULTGREN, _VGG, {**_SAME_WIDTH, "dropout": 0.25}, **_ON_VGG),
        Variant(
            "vgg16-dense", "Futschik 2018, section 5.1", "cartoonize.models.vgg:Dense", _SAME_WIDTH,
            encoder=True,
        ),
        Variant("fusion", _IIZUKA, _FUSION, {"n_classes": 0}, {"labels": "none"}, **_BY_FUSION),
        Variant("fusion-local", _IIZUKA, _FUSION, {"use_global": False}, **_BY_FUSION),
        Variant("colorful-l1", _FABBRI, _PLAIN, _LINEAR, {"lambda2": 1.0, "lambda3": 0.0}, **_COLORFUL),
        Variant("colorful-l2", _FABBRI, _PLAIN, _LINEAR, {"lambda2": 0.0, "lambda3": 1.0}, **_COLORFUL),
        Variant("gan-dcgan", _FABBRI, _PLAIN, _LINEAR, _LAMBDAS, against="dcgan", **_PLAYER),
        Variant("gan-lsgan", _FABBRI, _PLAIN, _LINEAR, _LAMBDAS, against="lsgan", **_PLAYER),
        Variant(
            "gan-ebgan", _FABBRI, _PLAIN, _LINEAR, {**_LAMBDAS, "margin": 0.5}, against="ebgan", **_PLAYER
        ),
        Variant(
            "gan-wgan", _FABBRI, _PLAIN, _LINEAR,
            {**_LAMBDAS, "turns": 5, "clip": 0.01, "gradient_penalty": 0.0}, against="wgan", **_CRITIC,
        ),
        Variant(
            "tiny", "Leisher, Martin: small autoencoder", "cartoonize.models.tiny:Tiny", **_COLORS, cell=1,
            initialization="he", batch_size=32, accumulate=1,
        ),
        Variant(
            "hypercolumn", "Larsson et al. 2016", "cartoonize.models.hypercolumn:Hypercolumn",
            {"bins": "hue-chroma", "n_places": 128, **_SAME_WIDTH}, encoder=True, loss="own", batch_size=10,
            accumulate=1,
        ),
        Variant(
            "series", "cartoonize", "cartoonize.models.series:Series", palette=True, initialization="xavier",
            batch_size=16, accumulate=1, ema=0.99,  # of some hundred updates, which is what minutes make
        ),
        Variant(
            "welsh", "Welsh et al. 2002", "cartoonize.classical.welsh:Welsh", kind="fitted", **_BY_PICTURE,
            takes=("references", "swatches"), instead="reference", n_fitted=1000, n_validated=32,
        ),
        Variant(
            "levin", "Levin et al. 2004", "cartoonize.classical.levin:Levin", kind="fixed", **_BY_PICTURE,
            takes=("scribbles",), instead="scribbles", sees=("places", "histogram"),
        ),
        Variant(
            "lazybrush", "Sykora et al. 2009", "cartoonize.classical.lazybrush:LazyBrush", kind="fixed",
            **_BY_PICTURE, takes=("scribbles",), instead="scribbles", sees=("places", "histogram"),
        ),
        Variant(
            "sykora", "Sykora et al. 2005", "cartoonize.classical.sykora:Sykora", {"seed": 0}, kind="fitted",
            **_BY_PICTURE, takes=("references",), instead="reference", sees=("places", "background"),
            n_fitted=250, n_validated=64,
        ),
        Variant(
            "charpiat", "Charpiat et al. 2008", "cartoonize.classical.charpiat:Charpiat", {"seed": 0},
            kind="fitted", **_BY_PICTURE, takes=("references",), instead="reference", n_validated=16,
        ),
        Variant(
            "deshpande", "Deshpande et al. 2015", "cartoonize.classical.deshpande:Deshpande",
            {"histogram": "none", "seed": 0}, kind="fitted", **_BY_PICTURE, takes=("references",),
            instead="reference", n_validated=16,
        ),
        Variant(
            "cheng", "Cheng et al. 2015", "cartoonize.classical.cheng:Cheng", {"seed": 0}, kind="fitted",
            **_BY_PICTURE, n_fitted=256, n_validated=64,
        ),
        Variant(
            "nearest", "floor", "cartoonize.classical.nearest:Nearest", kind="fitted", **_BY_PICTURE,
            n_fitted=1000,
        ),
        Variant("lookup", "floor", "cartoonize.classical.lookup:Lookup", kind="fitted", **_BY_PICTURE),
        Variant("grey", "floor", "cartoonize.classical.grey:Grey", kind="fixed", **_BY_PICTURE),
    )
}  # fmt: skip


def is_variant(name: str) -> bool:
    """Whether `find_variant` knows a name."""
    try:
        return bool(find_variant(name))
    except (UnknownNameError, UsageError):
        return False


def find_variant(name: str) -> Variant:
    """Return a variant by name, or by ``NAME+LABEL``: the same under a name of its own.

    A label tells trainings of one variant apart: with other options, other seeds.

    Raises
    ------
    UnknownNameError
        With the list of known names.
    UsageError
        If a label is none.
    """
    base, plus, label = name.partition("+")
    if base not in VARIANTS:
        raise UnknownNameError("variant", base, VARIANTS)
    if plus and not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", label):
        raise UsageError(
            f"{name!r}: {label!r} is no label", "Use letters, digits, _, . and -, as in plain+seed1."
        )
    return replace(VARIANTS[base], name=name) if plus else VARIANTS[base]


def variant_of(header: Mapping[str, Any], path: Path) -> Variant:
    """Return the variant that a checkpoint's header names, with the options that it was trained with.

    Raises
    ------
    CheckpointError
        If this version does not know it.
    """
    name = header.get("variant")
    try:
        return find_variant(str(name)).having(header.get("changes", {}))
    except (UnknownNameError, UsageError, AttributeError, TypeError) as error:
        raise CheckpointError(
            f"{path}: of an unknown variant {name!r}, or with unknown options",
            f"Known: {', '.join(VARIANTS)}",
        ) from error


def n_parameters(module: nn.Module, *, frozen: bool = True) -> int:
    """Count a network's numbers, biases and affine normalisation included; ``frozen`` ones, too, or not."""
    return sum(p.numel() for p in module.parameters() if frozen or p.requires_grad)


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
        from cartoonize.models.inference import compile_network, for_inference

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
