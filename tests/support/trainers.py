"""Short trainings of networks on the CPU, without a workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cartoonize.color.bins import N_BINS
from cartoonize.learning.process_group import ALONE, ProcessGroup
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.samples import Samples
from cartoonize.learning.trainer import Compute, Trainer, WriteState
from cartoonize.reporting import Reporter

CPU = torch.device("cpu")


class TinyNetwork(nn.Module):
    """A network with the layers that a training has to take care of, and little to compute.

    Parameters
    ----------
    n_outputs : int
        The number of bins, or 2 for a and b.
    """

    def __init__(self, n_outputs: int = N_BINS) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 4, stride=4), nn.ReLU(), nn.BatchNorm2d(8), nn.Dropout(0.2),
            nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(8), nn.Dropout(0.2),
            nn.Conv2d(8, n_outputs, 1),
        )  # fmt: skip

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to outputs at a quarter of the size."""
        out: Tensor = self.layers(luminance)
        return out


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
    dtype: torch.dtype = torch.float32,
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
    dtype : torch.dtype
    saved : tuple, optional
        Tensors and progress to resume from.
    write_state, after_update : callable
    settings
        Further arguments of `Trainer`: ``loss``, ``schedule``, ``adversary``, ``ema``.
    """
    trainer = Trainer(model, samples, compute=Compute(CPU, dtype, group), **settings)
    if saved is not None:
        trainer.resume(*saved)
    return trainer.run(write_state=write_state, reporter=AfterUpdates(trainer, after_update))
