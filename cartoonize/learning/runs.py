"""Runs: checks of training options, and the files that a training leaves in the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.learning.progress import DISCRIMINATOR_KEY, TrainingProgress
from cartoonize.methods.variant import Variant, n_parameters
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class TrainSummary:
    """Result of the training of one variant."""

    variant: str
    checkpoint: str
    """Path of the checkpoint."""
    parameters: int
    n_samples: int
    """Number of training frames."""
    updates: int
    """Number of updates made; 0 for a method that is not trained by gradients."""
    seconds: float
    """Time of training, without validation."""
    validation: dict[str, float] | None
    """``ab_error`` and, for networks, ``loss``: on the validation episodes, else on training frames."""
    ended_by: str
    """``length``, ``minutes`` or ``patience``, see `TrainingProgress`; empty for other methods."""
    too_few_updates: bool
    """True if the network is not expected to be useful."""
    as_before: bool = False
    """True if a finished network was up to date, and nothing was done."""


def check_length(*, epochs: int | None = None, updates: int | None, minutes: float | None) -> None:
    """Check the length of a training.

    Parameters
    ----------
    epochs, updates : int or None
        At most one of them.
    minutes : float or None
        A limit beside them.

    Raises
    ------
    UsageError
        If a value is out of range, or there are both epochs and updates.
    """
    if epochs is not None and updates is not None:
        raise UsageError(
            "a training has a length in epochs or in updates, not both", "Leave one of them out."
        )
    for name, value in (("epochs", epochs), ("updates", updates)):
        if value is not None and value < 1:
            raise UsageError(
                f"{name} must be at least 1, got {value}", "Leave it out for the default length."
            )
    if minutes is not None and not minutes > 0:
        raise UsageError(f"minutes must be greater than 0, got {minutes:g}", "Leave it out for no limit.")


def check_training_options(
    *, counts: Sequence[int | None], seed: int, learning_rate: float | None, precision: str
) -> None:
    """Check the options that all trainings share.

    Parameters
    ----------
    counts : sequence of int or None
        Batch size and batches of an update; None for the variant's own.
    seed : int
    learning_rate : float or None
        None for the variant's own.
    precision : str

    Raises
    ------
    UsageError
        If a value is out of range.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"unknown precision {precision!r}", f"Known: {', '.join(PRECISIONS)}")
    for count in counts:
        if count is not None and count < 1:
            raise UsageError(
                f"batch size and accumulation must be at least 1, got {count}",
                "Leave it out for the variant's own.",
            )
    if not 0 <= seed < 2**32:
        raise UsageError(f"seed {seed} is not in 0..{2**32 - 1}", "Use another number.")
    if learning_rate is not None and not 0 < learning_rate < 10:
        raise UsageError(
            f"learning rate {learning_rate:g} is not in 0..10", "Leave it out for the variant's own."
        )


def write_run(
    workspace: Workspace,
    name: str,
    variant: Variant,
    model: nn.Module,
    description: Mapping[str, Any],
    progress: TrainingProgress,
    scores: dict[str, float],
) -> TrainSummary:
    """Write checkpoint, curves and model card to ``runs/NAME``.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Name of the run.
    variant : Variant
    model : Module
        Trained.
    description : mapping
        Further values of the checkpoint's header: ``width``, ``luminance``, ``n_samples``, ``settings``,
        ``data`` and others.
    progress : TrainingProgress
    scores : dict of str to float
        Scores of the validation of the trained weights.

    Returns
    -------
    TrainSummary
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
        **description,
    }
    folder = workspace.runs / name
    curves: dict[str, Any] = {"losses": progress.losses, "validations": progress.validations}
    curves["held_out"] = bool(header["data"]["validation"])
    if progress.discriminator_losses:
        curves[DISCRIMINATOR_KEY] = progress.discriminator_losses
    write_text(folder / "curves.json", json.dumps(curves) + "\n")
    write_text(folder / "README.md", model_card(header, variant.source))
    checkpoint = workspace.checkpoint(name)
    write_checkpoint(checkpoint, model.state_dict(), header)
    return TrainSummary(
        variant=name,
        checkpoint=str(checkpoint),
        parameters=n_parameters(model),
        n_samples=header["n_samples"],
        updates=progress.update,
        seconds=round(progress.seconds, 2),
        validation=scores,
        ended_by=progress.ended_by,
        too_few_updates=bool(header.get("too_few_updates")),
    )
