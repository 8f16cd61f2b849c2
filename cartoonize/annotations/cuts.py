"""Cuts: where a user says that a shot begins, or that none begins, because the detector erred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cartoonize.annotations.entries import Kinds, checked_entry, read_entries, write_entries
from cartoonize.errors import UsageError

_NAME, _VERSION = "cuts", 1
FIELDS: Kinds = {"episode": str, "frame": int, "is_cut": bool}


@dataclass(frozen=True)
class Cut:
    """A corrected cut: whether a shot begins with a frame."""

    episode: str
    """Name of the source file, without its suffix."""
    frame: int
    """Number of the frame in the source, from 0."""
    is_cut: bool
    """True if a shot begins with this frame; False if the shot before goes on."""

    def __post_init__(self) -> None:
        if self.frame < 1:
            raise UsageError(
                f"a cut of {self.episode} is at frame {self.frame}", "The first cut can be at frame 1."
            )


def read_cuts(path: Path) -> list[Cut]:
    """Read ``cuts.json``. If it does not exist, return an empty list.

    Raises
    ------
    WorkspaceError, UsageError
        If the file is damaged or of a newer version, or a cut is not valid.
    """
    entries = read_entries(path, _NAME, _VERSION).get(_NAME, [])
    return [Cut(**checked_entry(f"{path}: cut {n}", one, FIELDS)) for n, one in enumerate(entries, 1)]


def write_cuts(path: Path, cuts: Sequence[Cut]) -> None:
    """Write ``cuts.json`` atomically."""
    write_entries(path, _NAME, _VERSION, {_NAME: [asdict(cut) for cut in cuts]})
