"""Track edits: things that a user has divided or joined, because their regions were followed wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cartoonize.annotations.entries import Kinds, checked_entry, read_entries, write_entries
from cartoonize.errors import UsageError

_NAME, _VERSION = "tracks", 1
_SHARE = (int, float)
SPLIT_FIELDS: Kinds = {"episode": str, "frame": int, "x": _SHARE, "y": _SHARE}
JOIN_FIELDS: Kinds = {**SPLIT_FIELDS, "other_frame": int, "other_x": _SHARE, "other_y": _SHARE}


@dataclass(frozen=True)
class Split:
    """From a frame on, the thing at a place is another thing than before."""

    episode: str
    """Name of the source file, without its suffix."""
    frame: int
    """Number of the frame in the source, from 0."""
    x: float
    y: float
    """Shares of the width and height of the picture, 0..1."""

    def __post_init__(self) -> None:
        _check(f"the split of {self.episode} at frame {self.frame}", self.frame, self.x, self.y)


@dataclass(frozen=True)
class Join:
    """The things at two places are one thing."""

    episode: str
    """Name of the source file, without its suffix."""
    frame: int
    x: float
    y: float
    """One place, as in `Split`."""
    other_frame: int
    other_x: float
    other_y: float
    """The other place, in the same shot."""

    def __post_init__(self) -> None:
        name = f"the join of {self.episode} at frame {self.frame}"
        _check(name, self.frame, self.x, self.y)
        _check(name, self.other_frame, self.other_x, self.other_y)


def _check(name: str, frame: int, x: float, y: float) -> None:
    if not (0 <= x < 1 and 0 <= y < 1) or frame < 0:
        raise UsageError(
            f"{name} is outside the picture or the film", "Give x and y as shares, 0..1, and frames from 0."
        )


def read_track_edits(path: Path) -> list[Split | Join]:
    """Read ``tracks.json``. If it does not exist, return an empty list.

    Raises
    ------
    WorkspaceError, UsageError
        If the file is damaged or of a newer version, or an entry is not valid.
    """
    lists = read_entries(path, _NAME, _VERSION, ("splits", "joins"))
    splits, joins = lists.get("splits", []), lists.get("joins", [])
    return [
        *(Split(**checked_entry(f"{path}: split {n}", one, SPLIT_FIELDS)) for n, one in enumerate(splits, 1)),
        *(Join(**checked_entry(f"{path}: join {n}", one, JOIN_FIELDS)) for n, one in enumerate(joins, 1)),
    ]


def write_track_edits(path: Path, edits: Sequence[Split | Join]) -> None:
    """Write ``tracks.json`` atomically."""
    lists = {
        "splits": [asdict(one) for one in edits if isinstance(one, Split)],
        "joins": [asdict(one) for one in edits if isinstance(one, Join)],
    }
    write_entries(path, _NAME, _VERSION, lists)
