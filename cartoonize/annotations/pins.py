"""Pins: a user's colour decisions, "this region of this frame has this colour"."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import write_text
from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.frames import COLOR_SIZE
from cartoonize.tracking.carry import ColorHints

FORMAT, VERSION = "cartoonize-pins", 1

#: Pins on one region contradict each other if their colours are farther apart, in ab.
_APART = 10.0


@dataclass(frozen=True)
class Pin:
    """A region of a frame, and its colour."""

    episode: str
    """Name of the source's file, without its suffix."""
    frame: int
    """From 0, as the source numbers them."""
    x: float
    y: float
    """A place in the region, as shares of the picture's width and height, 0..1."""
    color: str
    """sRGB, ``#rrggbb``. Its hue and chroma count; how light it is shown is the film's."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.color):
            raise UsageError(f"{self}: {self.color!r} is no colour", "Give it as #rrggbb.")
        if not (0 <= self.x < 1 and 0 <= self.y < 1):
            raise UsageError(f"{self} is outside of the picture", "Places are shares of it, 0..1.")
        if self.frame < 0:
            raise UsageError(f"{self} is before the first frame", "Frames count from 0.")

    def __str__(self) -> str:
        return f"pin {self.episode} frame {self.frame} at {str(self.x)[:9]}, {str(self.y)[:9]}"

    @property
    def ab(self) -> NDArray[np.float32]:
        """CIELAB a and b."""
        from cartoonize.color.lab import rgb_to_lab

        rgb = np.array([[[int(self.color[k : k + 2], 16) for k in (1, 3, 5)]]], np.uint8)
        return np.asarray(rgb_to_lab(rgb)[0, 0, 1:], np.float32)


def read_pins(path: Path) -> list[Pin]:
    """Read ``pins.json``; there are none if it does not exist.

    Raises
    ------
    WorkspaceError, UsageError
        If it is damaged, of a newer version, or a pin makes no sense.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:
        raise WorkspaceError(f"{path}: cannot be read ({error})", _REPAIR) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise WorkspaceError(f"{path}: no pins of cartoonize", _REPAIR)
    version = data.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise WorkspaceError(f"{path}: made by a newer cartoonize (version {version})", "Update cartoonize.")
    entries = data.get("pins")
    if not isinstance(entries, list):
        raise WorkspaceError(f"{path}: its pins are no list", _REPAIR)
    return [_pin(path, number, entry) for number, entry in enumerate(entries, 1)]


def _pin(path: Path, number: int, entry: Any) -> Pin:
    kinds = {"episode": str, "frame": int, "x": (int, float), "y": (int, float), "color": str}
    if not isinstance(entry, dict) or set(entry) != set(kinds):
        raise WorkspaceError(f"{path}: pin {number} has not just {', '.join(kinds)}", _REPAIR)
    for key, kind in kinds.items():
        if not isinstance(entry[key], kind) or isinstance(entry[key], bool):  # type: ignore[arg-type]
            raise WorkspaceError(f"{path}: pin {number}: {key} is {entry[key]!r}", _REPAIR)
    return Pin(**entry)


_REPAIR = "Repair it, or move it away."


def write_pins(path: Path, pins: Sequence[Pin]) -> None:
    """Write ``pins.json``, atomically."""
    data = {"format": FORMAT, "version": VERSION, "pins": [asdict(pin) for pin in pins]}
    write_text(path, json.dumps(data, indent=1) + "\n")


def hints_of_pins(grey: NDArray[np.uint8], pins: Sequence[Pin]) -> ColorHints:
    """Return what pins say of the frame that they are on.

    Parameters
    ----------
    grey : uint8 array, shape (height, width)
        The frame.
    pins : sequence of Pin
        At least one; all of this frame.

    Raises
    ------
    UsageError
        If two give one region different colours.
    """
    from cartoonize.tracking.parts import parts_of_grey

    parts = parts_of_grey(grey)
    ab = np.zeros((COLOR_SIZE, COLOR_SIZE, 2), np.float32)
    sure = np.zeros((COLOR_SIZE, COLOR_SIZE), np.float32)
    by_region: dict[int, Pin] = {}
    for pin in pins:
        region = int(parts.regions[int(pin.y * COLOR_SIZE), int(pin.x * COLOR_SIZE)])
        other = by_region.setdefault(region, pin)
        if np.linalg.norm(other.ab - pin.ab) > _APART:
            raise UsageError(
                f"{other} ({other.color}) and {pin} ({pin.color}) are on one region", "Take one of them away."
            )
        mine = parts.regions == region
        ab[mine], sure[mine] = pin.ab, 1
    return ColorHints(ab, sure)
