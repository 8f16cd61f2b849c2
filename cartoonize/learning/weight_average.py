"""Running average of a network's weights, with batch-norm statistics of its own."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cartoonize.devices import autocast

#: Number of batches that the statistics are measured on.
N_STATISTICS_BATCHES = 8


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Return an exponential running average of a model's weights, which starts at the first update."""
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]


@torch.no_grad()
def measure_statistics(model: nn.Module, batches: Iterable[Tensor], dtype: torch.dtype) -> None:
    """Replace the statistics of all batch norms by their means over batches of inputs.

    The averaged weights need statistics of their own, neither those of the last weights nor a running average
    of earlier ones: early in a training, wrong statistics wash out colours. Izmailov et al. 2018, "Averaging
    Weights Leads to Wider Optima", section 3.1, also measure them again.

    Parameters
    ----------
    model : nn.Module
        Changed in place, and set to evaluation mode.
    batches : iterable of Tensor
        Network inputs, (n, 1, 224, 224) each.
    dtype : torch.dtype
        Type in which the network computes where autocast allows it.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
        norm.train()
    for inputs in batches if norms else ():
        with autocast(inputs.device, dtype):
            model(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
