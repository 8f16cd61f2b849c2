"""Pins: colours that a user gives to single regions of frames."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.entries import Kinds, checked_entry, read_entries, write_entries
from cartoonize.annotations.hints import ColorHints
from cartoonize.color.hex import lab_of
from cartoonize.errors import UsageError

_NAME, _VERSION = "pins", 2

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 3

Reach = Literal["everywhere", "shot"]

#: Two pins on one region contradict each other if their colours are farther apart than this, in ab.
_APART = 10.0
#: Two pins on one region are a gradient if the CIE L of their places differs by at least this.
_SHADE = 6.0


@dataclass(frozen=True)
class Pin:
    """The colour of a region of a frame."""

    episode: str
    """Name of the source file, without its suffix."""
    frame: int
    """Number of the frame in the source, from 0."""
    x: float
    y: float
    """A position in the region, as shares of the width and height of the picture, 0..1."""
    color: str
    """sRGB colour, ``#rrggbb``. Only its hue and chroma are used, with the lightness of the film."""
    reach: Reach = "everywhere"
    """``everywhere``: similar regions of all shots and films get the colour, too. ``shot``: no other shot
    changes. Since version 2 of the file."""

    def __post_init__(self) -> None:
        if self.reach not in get_args(Reach):
            raise UsageError(
                f"{self} reaches {self.reach!r}, which is unknown", f"Known: {', '.join(get_args(Reach))}"
            )
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.color):
            raise UsageError(f"{self}: {self.color!r} is not a colour", "Write it as #rrggbb.")
        if not (0 <= self.x < 1 and 0 <= self.y < 1):
            raise UsageError(
                f"{self} is outside the picture", "Give x and y as shares of its width and height, 0..1."
            )
        if self.frame < 0:
            raise UsageError(f"{self} is before the first frame", "Count frames from 0.")

    def __str__(self) -> str:
        return f"pin {self.episode} frame {self.frame} at {str(self.x)[:9]}, {str(self.y)[:9]}"

    @property
    def number(self) -> int:
        """A number from 1 that only an equal pin has."""
        text = json.dumps(asdict(self))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) >> 1 or 1

    @property
    def ab(self) -> NDArray[np.float32]:
        """CIELAB a and b."""
        return lab_of(self.color)[1:]


def read_pins(path: Path) -> list[Pin]:
    """Read ``pins.json``. If it does not exist, return an empty list.

    Raises
    ------
    WorkspaceError, UsageError
        If the file is damaged or of a newer version, or a pin is not valid.
    """
    kinds: Kinds = {"episode": str, "frame": int, "x": (int, float), "y": (int, float), "color": str}
    entries = read_entries(path, _NAME, _VERSION).get(_NAME, [])
    return [
        Pin(**checked_entry(f"{path}: pin {n}", one, kinds, {"reach": str}))
        for n, one in enumerate(entries, 1)
    ]


def write_pins(path: Path, pins: Sequence[Pin]) -> None:
    """Write ``pins.json`` atomically."""
    write_entries(path, _NAME, _VERSION, {_NAME: [asdict(pin) for pin in pins]})


def pinned_region(regions: NDArray[np.int32], pin: Pin) -> int:
    """Return the number of the region of a picture (height, width) on which a pin is."""
    height, width = regions.shape
    return int(regions[int(pin.y * height), int(pin.x * width)])


def hints_of_pins(
    regions: NDArray[np.int32],
    lines: NDArray[np.bool_],
    lightness: NDArray[np.float32],
    pins: Sequence[Pin],
) -> ColorHints:
    """Return the colours that pins give to the regions of a frame. Outlines keep their ink.

    Several pins on one region give it a gradient, such as that of a sky: each counts at the lightness of its
    place, and shades between two of them are mixed.

    Parameters
    ----------
    regions : int32 array, shape (height, width)
        Number of the region of each pixel.
    lines : bool array, shape (height, width)
        True on outlines.
    lightness : float32 array, shape (height, width)
        CIE L, 0..100.
    pins : sequence of Pin
        All pins of the frame; at least one.

    Raises
    ------
    UsageError
        If two pins give equally light parts of one region different colours.
    """
    height, width = regions.shape
    ab, confidence = np.zeros((height, width, 2), np.float32), np.zeros((height, width), np.float32)
    by_region: dict[int, list[Pin]] = {}
    for pin in pins:
        others = by_region.setdefault(pinned_region(regions, pin), [])
        for other in others:
            if np.linalg.norm(other.ab - pin.ab) > _APART and are_equally_light(lightness, pin, other):
                raise UsageError(
                    f"{other} ({other.color}) and {pin} ({pin.color}) are on one region",
                    "Remove one of them.",
                )
        others.append(pin)
    for region, on_region in by_region.items():
        mine = (regions == region) & ~lines
        on_region.sort(key=lambda pin: lightness_at(lightness, pin))
        at = [lightness_at(lightness, pin) for pin in on_region]
        colors = np.stack([pin.ab for pin in on_region])
        for k in (0, 1):
            ab[mine, k] = np.interp(lightness[mine], at, colors[:, k])
        confidence[mine] = 1
    return ColorHints(ab, confidence, pinned=confidence > 0)


def lightness_at(lightness: NDArray[np.float32], pin: Pin) -> float:
    """Return the median CIE L around a pin, from that of a picture (height, width)."""
    height, width = lightness.shape
    y, x = int(pin.y * height), int(pin.x * width)
    return float(np.median(lightness[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]))


def are_equally_light(lightness: NDArray[np.float32], one: Pin, other: Pin) -> bool:
    """Return whether the places of two pins on a picture (height, width) are about equally light."""
    return abs(lightness_at(lightness, one) - lightness_at(lightness, other)) < _SHADE
