"""Finished runs: networks that a training must not replace by accident."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from cartoonize.learning.schedule import Schedule


def finished_run(checkpoint: Path) -> dict[str, Any] | None:
    """Return the header of a finished network, or None if the network is missing or damaged."""
    from cartoonize.methods.checkpoint import read_header

    try:
        return read_header(checkpoint)
    except CheckpointError:
        return None


def differences(
    header: Mapping[str, Any], settings: Mapping[str, Any], schedule: Schedule, length: int
) -> list[str]:
    """Return the names of the settings in which a training differs from a finished run.

    Parameters
    ----------
    header : mapping
        Header of the finished run.
    settings : mapping
        All that the trained weights depend on, except the length of the training.
    schedule : Schedule
    length : int
        Length of the training in updates.
    """
    known = header.get("settings", {})
    found = [name for name in {**settings, **known} if known.get(name) != settings.get(name)]
    planned = header.get("schedule")
    if not isinstance(planned, dict):  # of an earlier version
        return [*found, "length"]
    if header.get("length") != length:
        found.append("length")
    if header.get("ended_by") == "minutes" and planned.get("minutes") != schedule.minutes:
        found.append("limit of minutes")
    if planned.get("patience") != schedule.patience:
        found.append("patience")
    return found


def refusal(checkpoint: Path, variant: str, differing: list[str]) -> UsageError:
    """Return the error for a training that would replace a finished network.

    Parameters
    ----------
    checkpoint : Path
        The finished network.
    variant : str
        Name of its variant, with its label.
    differing : list of str
        Names of the settings that differ.
    """
    base = variant.partition("+")[0]
    further = ", --resume to train it further" if differing == ["length"] else ""
    return UsageError(
        f"{checkpoint}: a finished network of other settings ({', '.join(differing)})",
        f"Use --variant {base}+NAME to train beside it{further}, or --force to replace it.",
    )
