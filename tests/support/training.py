"""Options of short trainings."""

from __future__ import annotations

from typing import Any

from cartoonize.tasks.train import TrainOptions


def few_steps(**more: Any) -> TrainOptions:
    """Return the options of a training that takes a few steps."""
    return TrainOptions(width=0.125, updates=2, batch_size=4, accumulate=1, precision="float32", **more)
