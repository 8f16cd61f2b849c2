"""Initial weights of the network of a variant."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cartoonize.learning.samples import Samples, colors_of
from cartoonize.methods.networks.encoder_weights import EncoderWeights
from cartoonize.methods.networks.initialization import (
    initialize_from_data,
    initialize_he,
    initialize_xavier,
)
from cartoonize.methods.variant import Variant
from cartoonize.reporting import LOG, Reporter

_PALETTE, _WEIGHTS = "choosing the palette", "scaling the initial weights"


def set_initial_weights(
    model: nn.Module,
    variant: Variant,
    samples: Samples,
    encoder: EncoderWeights | None,
    *,
    reporter: Reporter = LOG,
) -> None:
    """Set the palette, the encoder and the convolutions of a new network.

    Parameters
    ----------
    model : nn.Module
        Network of the variant, changed in place.
    variant : Variant
    samples : Samples
        Training frames, for the palette and for ``initialization="data"``. Their seed is that of the weights.
    encoder : EncoderWeights or None
        Weights of the encoder; None for random weights, or for a network without an encoder.
    reporter : Reporter
        Receives progress.

    Raises
    ------
    CheckpointError
        If the network needs weights from a package that is not installed.
    """
    generator = torch.Generator().manual_seed(samples.seed)
    if variant.palette:
        _set_palette(model, samples, reporter)
    loaded: list[nn.Parameter] = []
    if encoder:
        encoder.fill(model.encoder)  # type: ignore[arg-type]
        loaded = [p for p in model.encoder.parameters() if p.requires_grad]  # type: ignore[union-attr]
        for parameter in loaded:
            parameter.requires_grad_(False)  # the initialisation skips frozen weights
    else:
        initialize_he(model, generator, frozen=True)
    if variant.initialization == "xavier":
        initialize_xavier(model, generator)
    elif variant.initialization == "he":
        initialize_he(model, generator)
    else:
        reporter.progress(_WEIGHTS, 0, 1)
        inputs, _ = samples.batch(0, min(24, max(8, len(samples))))
        initialize_from_data(model, inputs, generator)
        reporter.progress(_WEIGHTS, 1, 1)
    if variant.package:
        from cartoonize.methods.retrieval import photo_weights

        photo_weights.fill(model.photos)  # type: ignore[arg-type]
    for parameter in loaded:
        parameter.requires_grad_(True)


def _set_palette(model: nn.Module, samples: Samples, reporter: Reporter) -> None:
    """Set the palette of a network to the main colours of the samples, which are kept with them."""

    def learn() -> NDArray[np.float32]:
        reporter.progress(_PALETTE, 0, 1)
        model.learn_palette(colors_of(samples))  # type: ignore[operator]
        reporter.progress(_PALETTE, 1, 1)
        palette: NDArray[np.float32] = model.palette.numpy()  # type: ignore[operator]
        return palette

    model.set_palette(samples.statistic("palette", learn))  # type: ignore[operator]
