"""Short trainings of networks on the CPU, without a workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.trainer import Compute, Trainer, WriteState
from cartoonize.reporting import Reporter

CPU = torch.device("cpu")


class AfterUpdates(Reporter):
    """Calls a function with the progress after every update."""

    def __init__(self, trainer: Trainer, function: Callable[[TrainingProgress], None]) -> None:
        self._trainer, self._function = trainer, function

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Call the function, unless nothing was done yet."""
        if done:
            self._function(self._trainer.progress)


def run_trainer(
    model: nn.Module,
    samples: Samples,
    *,
    group: ProcessGroup = ALONE,
    bfloat16: bool = False,
    saved: tuple[dict[str, Tensor], TrainingProgress] | None = None,
    write_state: WriteState | None = None,
    after_update: Callable[[TrainingProgress], None] = lambda progress: None,
    **settings: Any,
) -> TrainingProgress:
    """Train a model, validate it on its training frames and return the progress.

    Parameters
    ----------
    model : nn.Module
        Trained in place.
    samples : Samples
    group : ProcessGroup
    bfloat16 : bool
    saved : tuple, optional
        Tensors and progress to resume from.
    write_state, after_update : callable
    settings
        Further arguments of `Trainer`: ``loss``, ``schedule``, ``adversary``, ``ema``.
    """
    trainer = Trainer(model, samples, compute=Compute(CPU, bfloat16, group), **settings)
    if saved is not None:
        trainer.resume(*saved)
    return trainer.run(write_state=write_state, reporter=AfterUpdates(trainer, after_update))
