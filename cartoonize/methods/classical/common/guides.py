"""Input from the user in the form that methods take: reference pictures and scribbles."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import rgb_to_lab
from cartoonize.frames import COLOR_SIZE, Place

#: In a picture without transparency, a pixel is a scribble if its CIELAB chroma is at least this.
VISIBLE_CHROMA = 10.0


@dataclass(frozen=True, eq=False)
class Reference:
    """A coloured picture whose colours a method may use."""

    lightness: NDArray[np.float32]
    """(h, w) CIE L, 0..100, of the picture's black-and-white copy."""
    ab: NDArray[np.float32]
    """(h, w, 2) CIELAB a and b."""

    @property
    def luminance(self) -> NDArray[np.float32]:
        """(h, w) L x 0.01."""
        return self.lightness / np.float32(100)


@dataclass(frozen=True, eq=False)
class Marks:
    """Pixels of a 256x256 picture that have a known colour."""

    positions: NDArray[np.intp]
    """(n,) row x 256 + column, without repetition."""
    ab: NDArray[np.float32]
    """(n, 2) CIELAB a and b."""
    is_hard: NDArray[np.bool_] | bool = False
    """(n,) True where the colour must be kept, even by a method that may override scribbles."""

    @property
    def are_grey(self) -> bool:
        """True if no mark has a visible colour."""
        return bool((np.hypot(*self.ab.T) < VISIBLE_CHROMA).all())

    def with_hard(self, hard: Marks) -> Marks:
        """Return these marks as soft ones and others as hard ones, which take precedence where both exist."""
        soft = ~np.isin(self.positions, hard.positions)
        return Marks(
            np.concatenate([self.positions[soft], hard.positions]),
            np.concatenate([self.ab[soft], hard.ab]),
            np.repeat([False, True], [soft.sum(), len(hard.positions)]),
        )


@dataclass(frozen=True, eq=False)
class Scribbles:
    """A user's marks for one film, each set with the frame from which it applies."""

    marks: Mapping[int, Marks]
    """Marks by frame number, ascending. Each set applies until the next one or the end of the shot."""
    always: bool = False
    """True if the first marks apply to every frame."""
    pictures: Mapping[int, NDArray[np.uint8]] = field(default_factory=dict)
    """The frames that the marks were painted on, where known, as `luma_for_flow` returns them."""

    @property
    def begin_at(self) -> frozenset[int]:
        """Numbers of the frames at which other marks come into effect."""
        return frozenset() if self.always else frozenset(self.marks)

    def serving(self, place: Place | None) -> int | None:
        """Return the frame number of the marks that apply to a frame, or None if there are none."""
        numbers = list(self.marks)
        if self.always or place is None:
            return numbers[0]
        before = bisect_right(numbers, place.index)
        if before == 0 or numbers[before - 1] < place.shot_start:
            return None
        return numbers[before - 1]

    def on(self, pictures: Mapping[int, NDArray[np.uint8]]) -> Scribbles:
        """Return a copy with the pictures that the marks were painted on."""
        return replace(self, pictures=pictures)


def luma_for_flow(luminance: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Convert L x 0.01 (h, w) to the 8-bit values between which optical flow is computed."""
    return np.rint(luminance * 255).clip(0, 255).astype(np.uint8)


def marks_of(picture: NDArray[np.uint8]) -> Marks:
    """Find the scribbles in a picture of any size.

    If the picture is not fully opaque, every pixel that is at least half opaque is a scribble, white and grey
    included. Otherwise every pixel with a visible colour is a scribble. Each cell of the 256x256 grid gets
    the mean colour of the scribbled pixels in it, so thin lines of large pictures are not lost. A pixel of a
    small picture fills all of its cells.

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
