"""Initial weights of the network of a variant."""

from __future__ import annotations

import torch
from torch import nn

from cartoonize.learning.samples import Samples, colors_of
from cartoonize.methods.networks.encoder_weights import EncoderWeights
from cartoonize.methods.networks.initialization import (
    initialize_from_data,
    initialize_he,
    initialize_xavier,
)
from cartoonize.methods.variant import Variant


def set_initial_weights(
    model: nn.Module, variant: Variant, samples: Samples, encoder: EncoderWeights | None
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
    """
    generator = torch.Generator().manual_seed(samples.seed)
    if variant.palette:
        model.learn_palette(colors_of(samples))  # type: ignore[operator]
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
        inputs, _ = samples.batch(0, min(24, max(8, len(samples))))
        initialize_from_data(model, inputs, generator)
    for parameter in loaded:
        parameter.requires_grad_(True)
