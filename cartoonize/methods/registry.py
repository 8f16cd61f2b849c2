"""Table of all methods: networks, classical methods and baselines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cartoonize.errors import CheckpointError, UnknownNameError, UsageError
from cartoonize.methods.variant import PHOTO_WEIGHTS, Variant

_ZHANG = "Zhang et al. 2016; Futschik 2018, table 6.1"
_HULTGREN = "Hultgren, Kaya, Ekman: VGG-16, tables 1 and 2"
_IIZUKA = "Iizuka et al. 2016; Das, Bhadra"
_FABBRI = "Fabbri, Islam: colorization by GANs"
_FUTSCHIK = "Futschik 2018, table 6.2"

_PLAIN = "networks.plain:Plain"
_RESIDUAL = "networks.residual:Residual"
_LAYERS: dict[str, Any] = {"pooling": False, "dropout": False}
_BLOCKS: dict[str, Any] = {"shortcut": False, "depth": 13}
_BY_PICTURE: dict[str, Any] = {"output": "ab", "network_size": None}
_RESAMPLE: dict[str, Any] = {"resample": False}
_COLORS: dict[str, Any] = {"training": _RESAMPLE, "output": "ab", "loss": "euclidean"}
_SMALL_BATCHES: dict[str, Any] = {"initialization": "xavier", "batch_size": 4, "accumulate": 12}

_VGG = "networks.vgg:Transfer"
_SAME_WIDTH: dict[str, Any] = {"encoder_width": 0.0}  # 0: the width of the network
_ON_VGG: dict[str, Any] = {
    **_COLORS, "cell": 2, "initialization": "xavier", "encoder": True, "batch_size": 32, "accumulate": 1,
}  # fmt: skip
_FUSION = "networks.fusion:Fusion"
_BY_FUSION: dict[str, Any] = {
    "output": "ab", "loss": "own", "cell": 2, "network_size": None, "batch_size": 32, "accumulate": 1,
    "copies": 10,
}  # fmt: skip
_LINEAR: dict[str, Any] = {"bounded": False, "dropout": False}
_LAMBDAS: dict[str, Any] = {"lambda1": 1.0, "lambda2": 100.0, "lambda3": 0.0, "turns": 1}
_COLORFUL: dict[str, Any] = {"output": "ab", "loss": "distances", "batch_size": 32, "accumulate": 1}
_GENERATOR: dict[str, Any] = {**_COLORFUL, "learning_rate": 2e-4, "momentum": 0.5}  # Radford et al. 2016
_WGAN_GENERATOR: dict[str, Any] = {**_COLORFUL, "learning_rate": 5e-5, "optimizer": "rmsprop"}
_SERIES: dict[str, Any] = {
    "loss": "palette", "palette": True, "initialization": "xavier", "batch_size": 16, "accumulate": 1,
    "updates": 1500, "patience": 2, "ema": 0.99,  # a mean of about 100 updates
}  # fmt: skip

VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("plain", _ZHANG, _PLAIN, _LAYERS, rebalance=True),
        Variant("plain-norebalance", _ZHANG, _PLAIN, _LAYERS),
        Variant("plain-dropout", _ZHANG, _PLAIN, {**_LAYERS, "dropout": True}, rebalance=True),
        Variant("plain-l2", _ZHANG, _PLAIN, _LAYERS, **_COLORS),
        Variant("residual", _FUTSCHIK, _RESIDUAL, _BLOCKS, rebalance=True, **_SMALL_BATCHES),
        Variant("residual-norebalance", _FUTSCHIK, _RESIDUAL, _BLOCKS, **_SMALL_BATCHES),
        Variant("vgg16", _HULTGREN, _VGG, _SAME_WIDTH, **_ON_VGG),
        Variant("vgg16-batchnorm", _HULTGREN, _VGG, {**_SAME_WIDTH, "batch_norm": True}, **_ON_VGG),
        Variant(
            "vgg16-rgb", _HULTGREN, "networks.vgg:TransferRgb", _SAME_WIDTH, **{**_ON_VGG, "loss": "own"},
        ),
        Variant("vgg16-dropout", _HULTGREN, _VGG, {**_SAME_WIDTH, "dropout": 0.25}, **_ON_VGG),
        Variant(
            "vgg16-dense", "Futschik 2018, section 5.1", "networks.vgg:Dense", _SAME_WIDTH,
            encoder=True,
        ),
        Variant(
            "fusion", _IIZUKA, _FUSION, {"n_classes": 0, "activation": "tanh"}, {"labels": "none"},
            **_BY_FUSION,
        ),
        Variant("fusion-local", _IIZUKA, _FUSION, {"use_global": False, "activation": "tanh"}, **_BY_FUSION),
        Variant(
            "colorful-l1", _FABBRI, _PLAIN, _LINEAR, {**_RESAMPLE, "lambda2": 1.0, "lambda3": 0.0},
            **_COLORFUL,
        ),
        Variant(
            "colorful-l2", _FABBRI, _PLAIN, _LINEAR, {**_RESAMPLE, "lambda2": 0.0, "lambda3": 1.0},
            **_COLORFUL,
        ),
        Variant("gan-dcgan", _FABBRI, _PLAIN, _LINEAR, _LAMBDAS, adversary="dcgan", **_GENERATOR),
        Variant("gan-lsgan", _FABBRI, _PLAIN, _LINEAR, _LAMBDAS, adversary="lsgan", **_GENERATOR),
        Variant(
            "gan-ebgan", _FABBRI, _PLAIN, _LINEAR, {**_LAMBDAS, "margin": 0.5, "pull_away": 0.0},
            adversary="ebgan", **_GENERATOR,
        ),
        Variant(
            "gan-wgan", _FABBRI, _PLAIN, _LINEAR,
            {**_LAMBDAS, "turns": 5, "clip": 0.01, "gradient_penalty": 0.0}, adversary="wgan",
            **_WGAN_GENERATOR,
        ),
        Variant(
            "tiny", "Leisher, Martin: small autoencoder", "networks.tiny:Tiny", **_COLORS, cell=1,
            initialization="he", batch_size=32, accumulate=1,
        ),
        Variant(
            "tiny-100", "Leisher, Martin: small autoencoder, at its size", "networks.tiny:Tiny",
            **_COLORS, cell=1, initialization="he", batch_size=32, accumulate=1, network_size=100,
        ),
        Variant(
            "hypercolumn", "Larsson et al. 2016", "networks.hypercolumn:Hypercolumn",
            {"bins": "hue-chroma", "n_places": 128, **_SAME_WIDTH}, encoder=True, loss="own", batch_size=10,
            accumulate=1,
        ),
        Variant("series", "cartoonize", "networks.series:Series", **_SERIES),
        Variant(
            "series-photos", "cartoonize", "networks.series:SeriesPhotos", package=PHOTO_WEIGHTS, **_SERIES,
        ),
        Variant(
            "welsh", "Welsh et al. 2002", "classical.welsh.welsh:Welsh", kind="fitted", **_BY_PICTURE,
            accepts=("references", "swatches"), instead="reference", n_fitted=1000, n_validated=32,
        ),
        Variant(
            "levin", "Levin et al. 2004", "classical.levin.levin:Levin", kind="fixed", **_BY_PICTURE,
            accepts=("scribbles",), instead="scribbles", inputs=("places", "histogram"),
        ),
        Variant(
            "lazybrush", "Sykora et al. 2009", "classical.lazybrush.lazybrush:LazyBrush", kind="fixed",
            **_BY_PICTURE, accepts=("scribbles",), instead="scribbles", inputs=("places", "histogram"),
        ),
        Variant(
            "sykora", "Sykora et al. 2005", "classical.sykora.sykora:Sykora", {"seed": 0}, kind="fitted",
            **_BY_PICTURE, accepts=("references",), instead="reference", inputs=("places", "background"),
            n_fitted=250, n_validated=64,
        ),
        Variant(
            "charpiat", "Charpiat et al. 2008", "classical.charpiat.charpiat:Charpiat", {"seed": 0},
            kind="fitted", **_BY_PICTURE, accepts=("references",), instead="reference", n_validated=16,
        ),
        Variant(
            "deshpande", "Deshpande et al. 2015", "classical.deshpande.deshpande:Deshpande",
            {"histogram": "none", "seed": 0}, kind="fitted", **_BY_PICTURE, accepts=("references",),
            instead="reference", n_validated=16,
        ),
        Variant(
            "cheng", "Cheng et al. 2015", "classical.cheng.cheng:Cheng", {"seed": 0}, kind="fitted",
            **_BY_PICTURE, n_fitted=256, n_validated=64,
        ),
        Variant(
            "region-knn", "cartoonize", "retrieval.region_knn:RegionKnn", {"seed": 0}, kind="fitted",
            network_size=None, joins=True, describes=True, package=PHOTO_WEIGHTS, n_validated=32, version=2,
        ),
        Variant(
            "nearest", "floor", "baselines.nearest:Nearest", kind="fitted", **_BY_PICTURE,
            n_fitted=1000,
        ),
        Variant("lookup", "floor", "baselines.lookup:Lookup", kind="fitted", **_BY_PICTURE),
        Variant("grey", "floor", "baselines.grey:Grey", kind="fixed", **_BY_PICTURE),
    )
}  # fmt: skip


def is_variant(name: str) -> bool:
    """Return whether `find_variant` knows a name."""
    try:
        return bool(find_variant(name))
    except (UnknownNameError, UsageError):
        return False


def find_variant(name: str) -> Variant:
    """Return a variant by name. ``NAME+LABEL`` is the same variant under a name of its own.

    Labels distinguish trainings of one variant with other options or seeds.

    Raises
    ------
    UnknownNameError
        If the name is unknown.
    UsageError
        If the label is empty, too long or has other characters than letters, digits, ``_``, ``.`` and ``-``.
    """
    base, plus, label = name.partition("+")
    if base not in VARIANTS:
        raise UnknownNameError("variant", base, VARIANTS)
    if plus and not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", label):
        raise UsageError(
            f"{name!r}: invalid label {label!r}",
            "Use 1 to 40 letters, digits, _, . and -, as in plain+seed1.",
        )
    return replace(VARIANTS[base], name=name) if plus else VARIANTS[base]


def variant_of(header: Mapping[str, Any], path: Path) -> Variant:
    """Return the variant of a checkpoint, with the options that it was trained with.

    Parameters
    ----------
    header : mapping
        Header of the checkpoint.
    path : Path
        Path of the checkpoint, for the error message.

    Raises
    ------
    CheckpointError
        If this version does not have the variant or its options.
    """
    name = header.get("variant")
    try:
        return find_variant(str(name)).with_options(header.get("changes", {}))
    except (UnknownNameError, UsageError, AttributeError, TypeError) as error:
        raise CheckpointError(
            f"{path}: unknown variant {name!r}, or unknown options of it",
            f"Known: {', '.join(VARIANTS)}",
        ) from error
