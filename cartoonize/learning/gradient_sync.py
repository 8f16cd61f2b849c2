"""What several processes have to exchange at an update to be as one that saw all micro-batches."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cartoonize.learning.process_group import ProcessGroup


def running_statistics(model: nn.Module) -> list[Tensor]:
    """Return copies of the running means and variances of all batch norms."""
    return [statistic.clone() for norm in _norms(model) for statistic in _statistics(norm)]


@torch.no_grad()
def combine(model: nn.Module, before: list[Tensor], n_batches: int, crew: ProcessGroup) -> None:
    """Make gradients and running statistics those of one process that saw the micro-batches of all in order.

    Gradients are summed. A running statistic moves by x <- k x + (1 - k) s at every micro-batch (k is 1 -
    momentum, s the batch's own mean or variance): that is linear, so what the micro-batches of one process
    added can be told from what was there before, and be faded by as many steps as come after it in the
    sequence of all. The sum is what one process would have, up to rounding; mere averages over processes
    would move as slowly as one of them alone does.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    before : list of Tensor
        `running_statistics` at the beginning of the update, the same in all processes.
    n_batches : int
        Micro-batches of every process. The first process has the first ones, and so on.
    crew : ProcessGroup
    """
    norms = _norms(model)
    now = [statistic for norm in norms for statistic in _statistics(norm)]
    keep = [(1.0 - (norm.momentum or 0.0)) ** n_batches for norm in norms for _ in _statistics(norm)]
    later = crew.size - 1 - crew.rank
    added = [(x - k * x0) * k**later for x, x0, k in zip(now, before, keep, strict=True)]
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    crew.add_up([*gradients, *added])
    for x, x0, k, change in zip(now, before, keep, added, strict=True):
        x.copy_(k**crew.size * x0 + change)
    for norm in norms:
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked += n_batches * (crew.size - 1)


def _norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def _statistics(norm: nn.BatchNorm2d) -> list[Tensor]:
    return [x for x in (norm.running_mean, norm.running_var) if x is not None]
