"""What people lend to a method, as it is given to it: a coloured picture, scribbles."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import rgb_to_lab
from cartoonize.frames import COLOR_SIZE, Place

#: In pictures without transparency, a pixel of at least this chroma (CIELAB) is a scribble.
VISIBLE_CHROMA = 10.0


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture whose colours are to be taken."""

    lightness: NDArray[np.float32]
    """(h, w) CIE L, 0..100, of the black-and-white copy."""
    ab: NDArray[np.float32]
    """(h, w, 2) CIELAB a and b."""

    @property
    def luminance(self) -> NDArray[np.float32]:
        """(h, w) L x 0.01."""
        return self.lightness / np.float32(100)


@dataclass(frozen=True, eq=False)
class Marks:
    """Pixels of a 256x256 picture whose colour is known."""

    positions: NDArray[np.intp]
    """(n,) row x 256 + column, each once."""
    ab: NDArray[np.float32]
    """(n, 2) CIELAB a and b."""
    is_hard: NDArray[np.bool_] | bool = False
    """(n,) whether a method that takes scribbles as opinions takes these as conditions."""

    @property
    def are_grey(self) -> bool:
        """Whether none of them has a visible colour."""
        return bool((np.hypot(*self.ab.T) < VISIBLE_CHROMA).all())

    def with_hard(self, hard: Marks) -> Marks:
        """Return these and hard ones, which win where both are."""
        soft = ~np.isin(self.positions, hard.positions)
        return Marks(
            np.concatenate([self.positions[soft], hard.positions]),
            np.concatenate([self.ab[soft], hard.ab]),
            np.repeat([False, True], [soft.sum(), len(hard.positions)]),
        )


@dataclass(frozen=True, eq=False)
class Scribbles:
    """A user's marks, by the frame from which on they serve."""

    marks: Mapping[int, Marks]
    """By frame number, in order; they serve until the next ones or the shot's end."""
    always: bool = False
    """The first ones serve every frame."""
    pictures: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    """The frames that they were painted on, as `luma_for_flow` makes them, where that is known."""

    @property
    def begin_at(self) -> frozenset[int]:
        """Numbers of frames from which on other ones serve."""
        return frozenset() if self.always else frozenset(self.marks)

    def serving(self, place: Place | None) -> int | None:
        """Return the number of the marks that serve a frame, if any do."""
        numbers = list(self.marks)
        if self.always or place is None:
            return numbers[0]
        before = bisect_right(numbers, place.index)
        if before == 0 or numbers[before - 1] < place.shot_start:
            return None
        return numbers[before - 1]

    def on(self, pictures: Mapping[int, NDArray[np.uint8]]) -> Scribbles:
        """Return the same, with the pictures that they were painted on."""
        return replace(self, pictures=pictures)


def luma_for_flow(luminance: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return 8-bit values of a picture's L x 0.01 (h, w), in which optical flow is looked for."""
    return np.rint(luminance * 255).clip(0, 255).astype(np.uint8)


def marks_of(picture: NDArray[np.uint8]) -> Marks:
    """Find the scribbles in a picture of any size.

    With an alpha channel that is not opaque everywhere, whatever is at least half opaque is a scribble, white
    and grey included; else whatever has a visible colour. Every cell of the 256x256 grid gets the mean colour
    of the scribbled pixels in it, so thin lines of large pictures are not lost; a pixel of a small picture
    fills all of its cells.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 4)
        sRGB and alpha, 0..255.
    """
    for axis, size in enumerate(picture.shape[:2]):
        picture = picture.repeat(-(-COLOR_SIZE // size), axis)
    height, width = picture.shape[:2]
    alpha = picture[..., 3]
    rows, columns = np.nonzero(alpha >= 128)
    ab = rgb_to_lab(picture[rows, columns, :3])[:, 1:]
    if (alpha == 255).all():
        colored = np.hypot(*ab.T) >= VISIBLE_CHROMA
        rows, columns, ab = rows[colored], columns[colored], ab[colored]
    cells = (2 * rows + 1) * COLOR_SIZE // (2 * height) * COLOR_SIZE
    cells += (2 * columns + 1) * COLOR_SIZE // (2 * width)
    positions, which, counts = np.unique(cells, return_inverse=True, return_counts=True)
    sums = [np.bincount(which, ab[:, k], len(positions)) for k in range(2)]
    means = np.stack(sums, 1) / np.maximum(counts, 1)[:, None]
    return Marks(positions, means.astype(np.float32))
