"""Parts of a drawing: its outlines, and the regions of one paint between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects

from cartoonize.annotations.hints import fingerprint_of_arrays
from cartoonize.color.lab import lightness_on_grid
from cartoonize.frames import COLOR_SIZE
from cartoonize.prefetch import n_cores
from cartoonize.recent import Recent
from cartoonize.refine.regions import felzenszwalb_regions
from cartoonize.tracking.knots import between_knots

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 3

#: An outline is darker than its surroundings by more than this, in CIE L, ...
_LINE_CONTRAST = 8.0
#: ... and narrower than this, in pixels of the 256x256 grid.
_LINE_WIDTH = 5
#: Neighbours with a smaller difference in CIE L are in one region: gradients are not split into bands, and
#: soft edges do not become regions.
_MIN_EDGE = 1.0
#: Standard deviation of the weights of the paints around an outline, in pixels of the grid.
_REACH = 1.5
#: Rows and columns of a region without pixels.
_NOWHERE = (slice(0, 0), slice(0, 0))
#: Parts of the last drawings, 0.6 MB each. Each core may work on several drawings ahead of the tracks.
_RECENT: Recent[tuple[str, float], Parts] = Recent(16 * n_cores())


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The regions of one drawing."""

    regions: NDArray[np.int32]
    """(height, width) number of the region, 0..n-1. Outlines belong to the nearest region."""
    lines: NDArray[np.bool_]
    """(height, width) True on outlines."""
    areas: NDArray[np.int64]
    """(n,) pixels of each region, without outlines."""
    means: NDArray[np.float32]
    """(n,) mean CIE L of each region, without outlines."""
    lightness: NDArray[np.float32]
    """(height, width) CIE L of the drawing, 0..100."""

    @property
    def centers(self) -> NDArray[np.float64]:
        """Centres of the regions in pixels, (n, 2): x and y. Outlines are included."""
        height, width = self.regions.shape
        labels = self.regions.ravel()
        n = np.maximum(np.bincount(labels, minlength=len(self.areas)), 1)
        x = np.bincount(labels, np.tile(np.arange(width), height), len(self.areas)) / n
        y = np.bincount(labels, np.repeat(np.arange(height), width), len(self.areas)) / n
        return np.stack([x, y], -1)

    @property
    def boxes(self) -> NDArray[np.int64]:
        """Smallest rectangles around the regions in pixels, (n, 4): left, top, right, bottom.

        Outlines are included. Right and bottom are the column and the row after the last one.
        """
        slices = find_objects(self.regions + 1, max_label=len(self.areas))
        boxes = [(x.start, y.start, x.stop, y.stop) for y, x in (s or _NOWHERE for s in slices)]
        return np.array(boxes, np.int64).reshape(-1, 4)

    def painted(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the values of every pixel: those of its region at its lightness.

        Outlines get the ab of the paints around them; see `with_outlines`. Their other values, and their ab
        where no paint is near, are those of their region at its mean lightness.

        Parameters
        ----------
        values : float32 array, shape (regions, 11, n)
            Values of the regions at the knots: ab, then others.

        Returns
        -------
        float32 array, shape (height, width, n)
        """
        lower, upper_share = between_knots(np.where(self.lines, self.means[self.regions], self.lightness))
        upper_share = upper_share[..., None]
        out = (1 - upper_share) * values[self.regions, lower] + upper_share * values[self.regions, lower + 1]
        out = np.asarray(out, np.float32)
        out[self.lines, :2] *= _shade(self.lightness[self.lines], self.means[self.regions[self.lines]])
        out[..., :2] = self.with_outlines(out[..., :2])
        return out

    def overpainted(
        self,
        ab: NDArray[np.float32],
        over: NDArray[np.float32],
        share: NDArray[np.float32],
        inked: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """Blend other colours over a painted drawing.

        Outlines without a colour of their own get that of the paints around them again.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            Colours from `painted`.
        over : float32 array, shape (height, width, 2)
            Colours to blend over them.
        share : float32 array, shape (height, width)
            Opacity of ``over``, 0..1.
        inked : bool array, shape (height, width)
            True on outlines that have a colour of their own.

        Returns
        -------
        float32 array, shape (height, width, 2)
        """
        if not share.any():
            return ab
        out = ab + share[..., None] * (over - ab)
        follows = self.lines & ~inked & (share == 0)
        return np.where(follows[..., None], self.with_outlines(out), out)

    def with_outlines(self, ab: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the colours with other ones for the outlines: those of the paints around them, darkened.

        The pixels of an outline are mixtures of ink and of the paints on both of its sides.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            Colours of all pixels. Outlines without paint near them keep theirs.
        """
        free = np.where(self.lines, np.float32(0), np.float32(1))
        paints = [free * plane for plane in (ab[..., 0], ab[..., 1], self.lightness)]
        sums = np.asarray(cv2.GaussianBlur(cv2.merge([*paints, free]), (0, 0), _REACH), np.float32)
        near = self.lines & (sums[..., 3] > 0)
        around = sums[near, :3] / sums[near, 3:]
        out = ab.copy()
        out[near] = around[:, :2] * _shade(self.lightness[near], around[:, 2])
        return out


def _shade(lightness: NDArray[np.float32], of_paint: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the chroma of outlines as a share of the chroma of their paint, (pixels, 1).

    If a paint is mixed with black in sRGB, its chroma decreases in proportion to the cube root of luminance,
    L + 16.
    """
    return np.minimum((lightness + 16) / (of_paint + 16), 1)[:, None]


def parts_of_grey(grey: NDArray[np.uint8]) -> Parts:
    """Find the parts of a picture (height, width), 0..255, of any size, on the 256x256 grid."""
    return parts_of(lightness_on_grid(grey, COLOR_SIZE, COLOR_SIZE))


def parts_of(lightness: NDArray[np.float32], *, scale: float = 120.0) -> Parts:
    """Find the parts of a drawing.

    Outlines are found first (`line_pixels`). They are barriers for `felzenszwalb_regions`, which uses an
    absolute scale, so that a region stays the same if something else enters the picture.

    The last results are kept: a method that looks at regions needs those of a drawing before the tracks do.

    Parameters
    ----------
    lightness : float32 array, shape (height, width)
        CIE L of the drawing, 0..100.
    scale : float
        Scale of `felzenszwalb_regions`. Larger values yield larger regions.
    """
    key = fingerprint_of_arrays(lightness), scale
    return _RECENT.of(key, lambda: _find_parts(lightness, scale))


def _find_parts(lightness: NDArray[np.float32], scale: float) -> Parts:
    lines = line_pixels(lightness)
    free = ~lines
    if not free.any():
        lines, free = free, lines
    rows, columns = distance_transform_edt(lines, return_distances=False, return_indices=True)
    found = felzenszwalb_regions(
        lightness, scale=scale, span=(0.0, 100.0), tolerance=_MIN_EDGE / 100, barrier=lines
    )
    regions = _without_gaps(found[rows, columns])
    areas = np.bincount(regions[free], minlength=regions.max() + 1)
    means = region_means(lightness, regions, lines).astype(np.float32)
    return Parts(regions, lines, areas, means, lightness)


def _without_gaps(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the labels numbered anew from 0, in their order, without those that do not occur."""
    is_used = np.bincount(labels.ravel()) > 0
    return (np.cumsum(is_used, dtype=np.int32) - 1)[labels]


def region_means(
    lightness: NDArray[np.float32], regions: NDArray[np.int32], lines: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return the mean lightness of each region, (regions,), without outlines."""
    free = regions[~lines]
    return np.bincount(free, lightness[~lines]) / np.bincount(free)


def values_by_region(
    values: NDArray[Any], regions: NDArray[np.int32], free: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the regions with free pixels, in order, and the values of these pixels.

    Parameters
    ----------
    values : ndarray, shape (height, width, ...)
        Values of the pixels.
    regions : int32 array, shape (height, width)
        Number of the region of each pixel.
    free : bool array, shape (height, width)
        Pixels that count.
    """
    order = np.argsort(regions[free], kind="stable")
    found, first = np.unique(regions[free][order], return_index=True)
    parts = np.split(values[free][order], first[1:]) if len(found) else []
    yield from zip(found.tolist(), parts, strict=True)


def line_pixels(lightness: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return a mask of thin dark strokes, found by a black top-hat transform."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LINE_WIDTH, _LINE_WIDTH))
    closed = cv2.morphologyEx(lightness, cv2.MORPH_CLOSE, kernel)
    return np.asarray(closed - lightness > _LINE_CONTRAST)
