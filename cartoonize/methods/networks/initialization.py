"""Initial weights: Xavier (Glorot, Bengio 2010), He et al. 2015, or from data (Kraehenbuehl et al. 2015).

Frozen layers are skipped, except by `initialize_he` with ``frozen``: their weights are loaded or stay random.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


def initialize_xavier(model: nn.Module, generator: torch.Generator) -> None:
    """Draw every convolution's weights uniformly with variance 2 / (fan in + fan out); biases 0."""
    for layer in _convolutions(model):
        nn.init.xavier_uniform_(layer.weight, generator=generator)
        _zero_bias(layer)


def initialize_he(model: nn.Module, generator: torch.Generator, *, frozen: bool = False) -> None:
    """Draw every convolution's weights from a Gaussian with variance 2 / fan in; biases 0.

    Parameters
    ----------
    model : nn.Module
    generator : torch.Generator
    frozen : bool
        Initialise the frozen layers instead of the others.
    """
    for layer in _convolutions(model, frozen=frozen):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
        _zero_bias(layer)


@torch.no_grad()
def initialize_from_data(model: nn.Module, batch: Tensor, generator: torch.Generator) -> None:
    """Scale Gaussian weights so that every channel starts with mean 0 and variance 1 on training frames.

    This is the within-layer step of "Data-dependent Initializations of Convolutional Neural Networks"
    (algorithm 1). Each convolution is scaled when its input arrives through the layers that are already
    scaled.

    Differences from the source:

    - The statistics are those of one batch, in one forward pass. The published code makes ten passes.
    - The between-layer step, which equalises learning rates, is left out, because Adam scales its updates.
    - The weights of the prediction layer are multiplied by 0.1, so that training starts near the uniform
      histogram.

    Parameters
    ----------
    model : nn.Module
        Any network of convolutions.
    batch : Tensor, shape (n, 1, h, w)
        Network inputs: L x 0.01.
    generator : torch.Generator
        Generator of the Gaussian weights.
    """
    layers = _convolutions(model)
    for layer in layers:
        layer.weight.normal_(generator=generator)
        _zero_bias(layer)
    hooks = [layer.register_forward_pre_hook(_scale_to_unit_variance) for layer in layers]
    was_training = model.training
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()  # dropout would change the variances, by an unseeded draw
    model(batch)
    for hook in hooks:
        hook.remove()
    for parameter in layers[-1].parameters():
        parameter.mul_(0.1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    model.train(was_training)


def _scale_to_unit_variance(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
    transposed = isinstance(layer, nn.ConvTranspose2d)
    convolve: Callable[..., Tensor] = nn.functional.conv_transpose2d if transposed else nn.functional.conv2d
    settings = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    values = convolve(inputs[0], layer.weight, layer.bias, **settings)
    mean, deviation = values.mean((0, 2, 3)), values.std((0, 2, 3)).clamp_min(1e-6)
    layer.weight.div_(deviation.view((1, -1, 1, 1) if transposed else (-1, 1, 1, 1)))
    if layer.bias is not None:
        layer.bias.copy_(-mean / deviation)


def _convolutions(model: nn.Module, *, frozen: bool = False) -> list[nn.Conv2d | nn.ConvTranspose2d]:
    found = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    return [layer for layer in found if layer.weight.requires_grad != frozen]


def _zero_bias(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
