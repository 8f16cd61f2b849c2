"""State files: where an interrupted training stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.errors import CheckpointError, UsageError
from cartoonize.learning.progress import TrainingProgress
from cartoonize.learning.schedule import Schedule
from cartoonize.methods.checkpoint import read_checkpoint, read_header, write_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

#: Settings and schedule values that state files of earlier versions lack.
_EARLIER_SETTINGS: dict[str, Any] = {"ema": 0.0, "turns": 1, "changes": {}, "encoder": None}
_EARLIER_SCHEDULE: dict[str, Any] = {
    "optimizer": "adam", "momentum": 0.9, "copies": 1, "updates": None, "patience": 0,
}  # fmt: skip


class StateFile:
    """The file ``state.safetensors`` of a training.

    Parameters
    ----------
    path : Path
    variant : str
        Name of the variant.
    settings : mapping
        All that the trained weights depend on, except the length of the training.
    schedule : Schedule
    """

    def __init__(self, path: Path, variant: str, settings: Mapping[str, Any], schedule: Schedule) -> None:
        self.path = path
        self._variant, self._settings, self._schedule = variant, settings, schedule

    def write(self, tensors: dict[str, Tensor], progress: TrainingProgress) -> None:
        """Write the state, in place of an earlier one."""
        header = {
            "cartoonize": __version__,
            "variant": self._variant,
            "settings": self._settings,
            "schedule": asdict(self._schedule),
            "progress": progress.as_dict(),
        }
        write_checkpoint(self.path, tensors, header)

    def n_interrupted(self) -> int:
        """Return the number of updates of an interrupted training with the same settings; 0 without one."""
        try:
            header = read_header(self.path)
            settings, progress = {**_EARLIER_SETTINGS, **header["settings"]}, header["progress"]
            interrupted = settings == dict(self._settings) and not progress["done"]
            return int(progress["update"]) if interrupted else 0
        except (CheckpointError, KeyError, TypeError, ValueError):
            return 0

    def read(self, *, strict: bool) -> tuple[dict[str, Tensor], TrainingProgress] | None:
        """Read the state, or return None if there is none to continue from.

        Parameters
        ----------
        strict : bool
            Raise an error if the file is damaged or has other settings; the schedule and the version of the
            program may differ. Otherwise all three have to be equal, and None is returned if they are not.

        Raises
        ------
        CheckpointError
            If ``strict`` and the file is damaged.
        UsageError
            If ``strict`` and the interrupted training had other settings.
        """
        if not self.path.is_file():
            return None
        try:
            header, tensors = read_checkpoint(self.path)
        except CheckpointError:
            if strict:
                raise
            return None
        settings = {**_EARLIER_SETTINGS, **header["settings"]}
        schedule = {**_EARLIER_SCHEDULE, **header["schedule"]}
        names = {**self._settings, **settings}
        differing = [name for name in names if settings.get(name) != self._settings.get(name)]
        if differing and strict:
            raise UsageError(
                f"{self.path}: the interrupted training had another {' and '.join(differing)}",
                "Give the same options, or leave out --resume to start anew.",
            )
        same_schedule = schedule == asdict(self._schedule)
        same = same_schedule and header.get("cartoonize") == __version__
        if differing or not (same or strict):
            return None
        progress = TrainingProgress.from_dict(header["progress"])
        if not same_schedule:
            progress.done, progress.ended_by = False, ""
        return tensors, progress
