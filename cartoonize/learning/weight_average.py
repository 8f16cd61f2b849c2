"""A running average of the weights, and the statistics that its own batch norms would have seen."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

#: Batches from which the statistics are taken.
N_SETTLING = 8


def averaged(model: nn.Module, decay: float) -> AveragedModel:
    """Return what keeps a running average of a model's weights; it starts at the first update."""
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))  # type: ignore[no-untyped-call]


@torch.no_grad()
def settle(model: nn.Module, batches: Iterable[Tensor], bfloat16: bool) -> None:
    """Give batch norms the mean statistics of these inputs in place of those of other weights.

    Neither the last weights' statistics nor a running average of all that were passed belong to the averaged
    weights: early in a training, colours are lost by it (Izmailov et al. 2018, "Averaging Weights Leads to
    Wider Optima", section 3.1, take them anew, too).
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
        norm.train()
    for inputs in batches if norms else ():
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=bfloat16):
            model(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
