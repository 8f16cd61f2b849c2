"""Runs: what a training tells while it goes on, and what it leaves in the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.methods.variant import Variant, n_parameters
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn

    from cartoonize.learning.trainer import Progress


@dataclass(frozen=True)
class TrainSummary:
    """What came of one variant's training."""

    variant: str
    checkpoint: str
    parameters: int
    n_samples: int
    seconds: float
    validation: dict[str, float] | None
    """``ab_error`` and, for networks, ``loss``: on the validation episodes, or on training frames if none."""


@dataclass(frozen=True)
class TrainProgress:
    """Where a training stands, for whoever watches."""

    variant: str
    share: float
    """Of the schedule, 0..1."""
    loss: float
    updates_per_second: float
    ab_error: float | None
    """Of the last validation."""

    @classmethod
    def at(cls, name: str, reached: Progress, share: float) -> Self:
        """Say where the training of a variant is."""
        speed = reached.update / max(reached.seconds, 1e-9)
        error = reached.validations[-1]["ab_error"] if reached.validations else None
        return cls(name, share, reached.losses[-1], speed, error)


def check_training(
    *, counts: Sequence[int | None], seed: int, learning_rate: float | None, precision: str
) -> None:
    """Raise `UsageError` if what every training is told makes no sense.

    Parameters
    ----------
    counts : sequence of int or None
        Batch size and, maybe, steps an update; None for the variant's own.
    seed : int
    learning_rate : float or None
        None for the variant's own.
    precision : str
    """
    if precision not in PRECISIONS:
        raise UsageError(f"unknown precision {precision!r}", f"Known: {', '.join(PRECISIONS)}")
    for count in counts:
        if count is not None and count < 1:
            raise UsageError(
                f"a batch size or accumulation of {count} is none", "Leave it out for the variant's own."
            )
    if not 0 <= seed < 2**32:
        raise UsageError(f"seed {seed} is not in 0..{2**32 - 1}", "Give another number.")
    if learning_rate is not None and not 0 < learning_rate < 10:
        raise UsageError(
            f"learning rate {learning_rate:g} is not in 0..10", "Leave it out for the variant's own."
        )


def write_run(
    workspace: Workspace,
    name: str,
    variant: Variant,
    model: nn.Module,
    described: Mapping[str, Any],
    progress: Progress,
    scores: dict[str, float],
) -> TrainSummary:
    """Write checkpoint, curves and model card to ``runs/NAME``.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Of the run.
    variant : Variant
    model : Module
        Trained.
    described : mapping
        ``width``, ``luminance``, ``n_samples``, ``settings``, ``data``, and what else the header is to say.
    progress : Progress
    scores : dict of str to float
        Of the validation.
    """
    from cartoonize.learning.model_card import model_card
    from cartoonize.methods.checkpoint import write_checkpoint

    header = {
        "cartoonize": __version__,
        "variant": variant.name,
        "parameters": n_parameters(model),
        "updates": progress.update,
        "seconds": progress.seconds,
        "validation": scores,
        **described,
    }
    folder = workspace.runs / name
    curves: dict[str, Any] = {"losses": progress.losses, "validations": progress.validations}
    curves["held_out"] = bool(header["data"]["validation"])
    if progress.opponent:
        curves["opponent"] = progress.opponent
    write_text(folder / "curves.json", json.dumps(curves) + "\n")
    write_text(folder / "README.md", model_card(header, variant.source))
    checkpoint = workspace.checkpoint(name)
    write_checkpoint(checkpoint, model.state_dict(), header)
    return TrainSummary(
        variant=name,
        checkpoint=str(checkpoint),
        parameters=n_parameters(model),
        n_samples=header["n_samples"],
        seconds=round(progress.seconds, 2),
        validation=scores,
    )
