"""Front: the edge between the two pictures in a frame of a wipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Front:
    """The edge of a picture that shows in a part of a frame, as in a wipe.

    Each shape has a coordinate that grows in the direction in which the picture ends: along a line, with the
    distance from a centre, or with the turn of a clock's hand. Lengths are shares of the width of the frame
    and of its height, so that a front fits pictures of all sizes.
    """

    shape: Literal["line", "circle", "clock"]
    x: float
    """Of a line: growth of the coordinate over the width. Else: the centre, from 0 at the left to 1."""
    y: float
    """Of a line: growth of the coordinate over the height. Else: the centre, from 0 at the top to 1."""
    height: float = 1.0
    """Height of the frame in units of its width, as the circle or the clock has it."""
    sign: Literal[1, -1] = 1
    """-1 reverses the coordinate: outside of a circle, and against the clock."""
    position: float = 0.0
    """Coordinate of the middle of the edge."""
    softness: float = 0.0
    """Width of the edge, in units of the coordinate. In it the share falls from 1 to 0."""

    @property
    def complement(self) -> Front:
        """The front of the other picture, which shows in the rest of the frame."""
        sign: Literal[1, -1] = -1 if self.sign == 1 else 1
        return replace(self, sign=sign, position=-self.position)

    def around(self, rows: tuple[int, int], columns: tuple[int, int], height: int, width: int) -> Front:
        """Return the same front of a larger frame, of which the picture is a part, as between black bars.

        Parameters
        ----------
        rows, columns : (int, int)
            Half-open ranges of rows and columns of the larger frame, in which the picture is.
        height, width : int
            Size of the larger frame in pixels.
        """
        (top, bottom), (left, right) = rows, columns
        h, w = bottom - top, right - left
        if self.shape == "line":
            x, y = self.x * width / w, self.y * height / h
            shift = self.x * left / w + self.y * top / h
            return replace(self, x=x, y=y, position=self.position + self.sign * shift)
        unit = w / width if self.shape == "circle" else 1.0
        return replace(
            self,
            x=(left + self.x * w) / width,
            y=(top + self.y * h) / height,
            height=self.height * (w / h) * (height / width),
            position=self.position * unit,
            softness=self.softness * unit,
        )

    def coordinates(self, height: int, width: int) -> NDArray[np.float32]:
        """Return the coordinate of each pixel of a picture, (height, width)."""
        y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        x = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
        if self.shape == "line":
            found = np.float32(self.x) * x + np.float32(self.y) * y
        else:
            right, down = x - np.float32(self.x), (y - np.float32(self.y)) * np.float32(self.height)
            turn = np.arctan2(right, -down) / np.float32(2 * np.pi) % 1
            found = np.hypot(right, down) if self.shape == "circle" else turn
        return np.asarray(self.sign * found, np.float32)

    def share(self, height: int, width: int) -> NDArray[np.float32]:
        """Return the share of the picture in each pixel of a frame, (height, width) 0..1."""
        behind = np.float32(self.position) - self.coordinates(height, width)
        return np.clip(behind / np.float32(max(self.softness, 1e-6)) + np.float32(0.5), 0, 1)
