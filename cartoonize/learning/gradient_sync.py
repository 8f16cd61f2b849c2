"""Synchronise gradients and batch-norm statistics across processes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cartoonize.learning.process_group import ProcessGroup


def running_statistics(model: nn.Module) -> list[Tensor]:
    """Return copies of the running means and variances of all batch norms."""
    return [statistic.clone() for norm in _norms(model) for statistic in _statistics(norm)]


@torch.no_grad()
def synchronize(model: nn.Module, before: list[Tensor], n_batches: int, group: ProcessGroup) -> None:
    """Set gradients and running statistics to those of one process that saw all micro-batches in order.

    Gradients are summed. A running statistic changes by x <- k x + (1 - k) s at every micro-batch, where k is
    1 - momentum and s is the batch's own mean or variance. This is linear in x. Therefore each process
    computes what its own micro-batches added to the statistic before the update, and multiplies that by k
    once for each micro-batch that comes later in the common order. The sum over the processes is the
    statistic of a single process, up to rounding. An average over the processes would instead move as slowly
    as the statistic of one of them.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    before : list of Tensor
        `running_statistics` at the beginning of the update, equal in all processes.
    n_batches : int
        Number of micro-batches of each process. The first process has the first micro-batches, and so on.
    group : ProcessGroup
    """
    norms = _norms(model)
    now = [statistic for norm in norms for statistic in _statistics(norm)]
    keep = [(1.0 - (norm.momentum or 0.0)) ** n_batches for norm in norms for _ in _statistics(norm)]
    n_later = group.size - 1 - group.rank
    added = [(x - k * x0) * k**n_later for x, x0, k in zip(now, before, keep, strict=True)]
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    group.all_reduce([*gradients, *added])
    for x, x0, k, change in zip(now, before, keep, added, strict=True):
        x.copy_(k**group.size * x0 + change)
    for norm in norms:
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked += n_batches * (group.size - 1)


def _norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def _statistics(norm: nn.BatchNorm2d) -> list[Tensor]:
    return [x for x in (norm.running_mean, norm.running_var) if x is not None]
