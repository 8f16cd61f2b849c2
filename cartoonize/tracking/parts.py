"""Parts of a drawing: areas of one paint between outlines, and the outlines themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from cartoonize.color.lab import lightness_on_grid
from cartoonize.frames import COLOR_SIZE
from cartoonize.refine.regions import felzenszwalb_regions

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: A line is darker than what is around it by so much, in CIE L ...
_LINE_CONTRAST = 8.0
#: ... and narrower than this, in pixels of 256x256.
_LINE_WIDTH = 5
#: Neighbours that differ by less, in CIE L, are of one area: no band comes into a sky, no seam along an edge.
_NO_EDGE = 1.0
#: Colours of a region are told at so many knots of CIE L, at these distances, and are linear between: so that
#: what is shaded, or runs from sky to sea, has more than one.
N_KNOTS, KNOT_STEP = 11, 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The regions of one drawing."""

    regions: NDArray[np.int32]
    """(height, width) numbers 0..n-1; a pixel of an outline has that of the nearest region."""
    lines: NDArray[np.bool_]
    """(height, width) where outlines are."""
    areas: NDArray[np.int64]
    """(n,) pixels of each region, outlines left out."""
    means: NDArray[np.float32]
    """(n,) mean CIE L of each region, outlines left out."""
    lightness: NDArray[np.float32]
    """(height, width) CIE L of the drawing, 0..100."""

    @property
    def places(self) -> NDArray[np.float64]:
        """Return the centres of the regions, x and y: (regions, 2)."""
        height, width = self.regions.shape
        labels = self.regions.ravel()
        n = np.maximum(np.bincount(labels, minlength=len(self.areas)), 1)
        x = np.bincount(labels, np.tile(np.arange(width), height), len(self.areas)) / n
        y = np.bincount(labels, np.repeat(np.arange(height), width), len(self.areas)) / n
        return np.stack([x, y], -1)

    def painted(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give every pixel the values of its region where it is as light: (height, width, n).

        Outlines get what their region has on the mean, and less of it: what is mixed with black in sRGB is as
        many times less colourful as its cube root of luminance, L + 16, is less.

        Parameters
        ----------
        values : float32 array, shape (regions, 11, n)
            At L of 0, 10, ... 100; linear between. The first two are ab.
        """
        lower, part = between_knots(np.where(self.lines, self.means[self.regions], self.lightness))
        part = part[..., None]
        out = (1 - part) * values[self.regions, lower] + part * values[self.regions, lower + 1]
        out[self.lines, :2] *= self._lesser(self.lines)
        return np.asarray(out, np.float32)

    def overpainted(
        self, ab: NDArray[np.float32], over: NDArray[np.float32], share: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Paint over some pixels of what `painted` returned; outlines follow the pixel next to them.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
        over : float32 array, shape (height, width, 2)
        share : float32 array, shape (height, width)
            Of ``over``, 0..1.
        """
        if not share.any():
            return ab
        out = ab + share[..., None] * (over - ab)
        rows, columns = _nearest(~self.lines)
        changed = self.lines & (share[rows, columns] > 0)
        out[changed] = out[rows[changed], columns[changed]]
        out[changed] *= self._lesser(changed)
        return out

    def _lesser(self, lines: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return how much of their region's ab outlines have: (pixels, 1)."""
        light = self.means[self.regions[lines]]
        return np.minimum((self.lightness[lines] + 16) / (light + 16), 1)[:, None]


def between_knots(lightness: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the knot below CIE L, and how far from it, 0..1, on the way to the next."""
    place = np.clip(lightness / np.float32(KNOT_STEP), 0, N_KNOTS - 1)
    lower = np.minimum(place.astype(np.int64), N_KNOTS - 2)
    return lower, place - lower.astype(np.float32)


def parts_of_grey(grey: NDArray[np.uint8]) -> Parts:
    """Find the regions of a black-and-white picture (height, width) of any size, on the 256x256 grid."""
    return parts_of(lightness_on_grid(grey, COLOR_SIZE, COLOR_SIZE))


def parts_of(lightness: NDArray[np.float32], *, scale: float = 120.0) -> Parts:
    """Find the regions of a drawing (height, width), CIE L in 0..100.

    Outlines are found first; nothing grows across them. Then `felzenszwalb_regions` on an absolute scale, so
    that an area does not change because something else comes into the picture.
    """
    lines = line_pixels(lightness)
    free = ~lines
    if not free.any():
        lines, free = free, lines
    rows, columns = _nearest(free)
    found = felzenszwalb_regions(
        lightness, scale=scale, span=(0.0, 100.0), tolerance=_NO_EDGE / 100, barrier=lines
    )
    used, numbers = np.unique(found[rows, columns], return_inverse=True)
    regions = numbers.reshape(lightness.shape).astype(np.int32)
    areas = np.bincount(regions[free], minlength=len(used))
    means = region_means(lightness, regions, lines).astype(np.float32)
    return Parts(regions, lines, areas, means, lightness)


def region_means(
    lightness: NDArray[np.float32], regions: NDArray[np.int32], lines: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return the mean lightness of each region, (regions,), outlines left out."""
    free = regions[~lines]
    return np.bincount(free, lightness[~lines]) / np.bincount(free)


def line_pixels(lightness: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Find thin dark strokes: what a morphological closing fills up (a black top hat)."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LINE_WIDTH, _LINE_WIDTH))
    closed = cv2.morphologyEx(lightness, cv2.MORPH_CLOSE, kernel)
    return np.asarray(closed - lightness > _LINE_CONTRAST)


def _nearest(free: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return row and column of the nearest free pixel of every pixel."""
    indices = distance_transform_edt(~free, return_distances=False, return_indices=True)
    return indices[0], indices[1]
