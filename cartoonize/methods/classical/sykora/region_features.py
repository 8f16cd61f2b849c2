"""What a region between outlines looks like: features of its own, and patches around some of its points.

Sykora, Burianek, Zara 2005 compare a region with coloured ones by structural patches around sample points.
Here a region has five points, the one farthest from its outline and its uppermost, lowest, leftmost and
rightmost pixels, which move with it, and patches at two scales around each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.outlines import contacts, fill_outlines, largest, regions_between

#: Of a picture, the largest; smaller pieces join what is around them, as do those of fewer pixels than the
#: second number.
N_REGIONS, N_PIXELS = 96, 10
#: Sample points of a region, side of a patch in samples, and values around a point at both scales.
N_POINTS, SIDE = 5, 8
N_VALUES = 2 * SIDE * SIDE
#: Pixels between the samples of a patch and deviation of the Gaussian before sampling, by scale: 16 and 48
#: pixels wide.
SCALES = ((2, 1.0), (6, 3.0))
#: Differences that count as one in each feature: L, its deviation and the neighbours' L (0..1), the binary
#: logarithm of the area, centre, width and height (shares of the picture).
UNITS = np.array([0.03, 0.05, 0.2, 1.5, 0.6, 0.25, 0.2, 0.2], np.float32)
DEVIATION, AREA = 1, 3
#: Mean difference of patches that counts as one, of L in 0..100.
PATCH_UNIT = 6.0


class Regions(NamedTuple):
    """The regions of a picture, by size."""

    labels: NDArray[np.int32]
    """(h, w): the region of each pixel; those of an outline have the nearest one."""
    inside: NDArray[np.bool_]
    """(h, w): not on an outline, nor in a piece too small to be a region."""
    features: NDArray[np.float32]
    """(n, 8): as `UNITS` says, not yet divided by them."""
    patches: NDArray[np.int8]
    """(n, 5, 128): L, 0..100, around the points, less the patch's mean."""
    contacts: NDArray[np.int64]
    """(n, n): pairs of neighbouring pixels across the middle of outlines."""


def describe(luminance: NDArray[np.float32]) -> Regions:
    """Find and describe the regions of a picture, (h, w) L x 0.01; a picture without any is one region."""
    found = regions_between(luminance)
    if (found < 0).all():
        found = np.zeros_like(found)
    cores = largest(found, N_REGIONS, N_PIXELS)
    labels = fill_outlines(cores)
    n = int(cores.max()) + 1
    touching = contacts(labels, n)
    return Regions(
        labels,
        cores >= 0,
        _features(luminance, cores, touching),
        _patches(luminance, _points(cores)),
        touching,
    )


def medians(values: NDArray[np.floating], regions: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the median of each region, (h, w) to (n,); pixels of -1 are left out."""
    kept = regions >= 0
    sorts = np.lexsort((values[kept], regions[kept]))
    ends = np.cumsum(np.bincount(regions[kept]))
    middles = (np.concatenate([[0], ends[:-1]]) + ends - 1) // 2
    return values[kept][sorts][middles].astype(np.float32)


def _features(
    luminance: NDArray[np.float32], cores: NDArray[np.int32], touching: NDArray[np.int64]
) -> NDArray[np.float32]:
    height, width = cores.shape
    rows, columns = np.nonzero(cores >= 0)
    which = cores[rows, columns]
    sizes = np.bincount(which)
    values = luminance[rows, columns].astype(np.float64)
    mean = np.bincount(which, values) / sizes
    deviation = np.sqrt(np.maximum(np.bincount(which, values**2) / sizes - mean**2, 0))
    around = np.where(touching.sum(1) > 0, (touching * mean).sum(1) / np.maximum(touching.sum(1), 1), mean)
    (left, right), (top, bottom) = _extent(which, columns), _extent(which, rows)
    features = [
        medians(luminance, cores), deviation, around, np.log2(sizes / cores.size),
        np.bincount(which, columns) / sizes / width, np.bincount(which, rows) / sizes / height,
        (right - left + 1) / width, (bottom - top + 1) / height,
    ]  # fmt: skip
    return np.stack(features, 1).astype(np.float32)


def _extent(which: NDArray[np.int32], places: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the least and the greatest place of each region."""
    sorts = np.lexsort((places, which))
    ends = np.cumsum(np.bincount(which))
    return places[sorts][np.concatenate([[0], ends[:-1]])], places[sorts][ends - 1]


def _points(cores: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return rows and columns of sample points, (n, 5, 2)."""
    from scipy.ndimage import distance_transform_edt

    depth = distance_transform_edt(np.pad(cores >= 0, 1))[1:-1, 1:-1]
    rows, columns = np.nonzero(cores >= 0)
    which = cores[rows, columns]
    ends = np.cumsum(np.bincount(which))
    starts = np.concatenate([[0], ends[:-1]])
    deepest = np.lexsort((-depth[rows, columns], which))
    downwards, rightwards = np.lexsort((columns, rows, which)), np.lexsort((rows, columns, which))
    points = [
        np.stack([rows[place], columns[place]], 1)
        for place in (
            deepest[starts],
            downwards[starts],
            downwards[ends - 1],
            rightwards[starts],
            rightwards[ends - 1],
        )
    ]
    return np.stack(points, 1)


def _patches(luminance: NDArray[np.float32], points: NDArray[np.intp]) -> NDArray[np.int8]:
    """Return patches around points (n, p, 2): (n, p, 128)."""
    from scipy.ndimage import gaussian_filter

    limits = np.array(luminance.shape) - 1
    taken = []
    for step, sigma in SCALES:
        smooth = gaussian_filter(luminance.astype(np.float64) * 100, sigma, mode="nearest")
        # The picture goes on beyond its border as it was there.
        offsets = np.rint((np.arange(SIDE) - (SIDE - 1) / 2) * step).astype(np.intp)
        rows = np.clip(points[..., 0, None] + offsets, 0, limits[0])
        columns = np.clip(points[..., 1, None] + offsets, 0, limits[1])
        patch = smooth[rows[..., :, None], columns[..., None, :]].reshape(*points.shape[:2], -1)
        taken.append(patch - patch.mean(-1, keepdims=True))
    return np.clip(np.rint(np.concatenate(taken, -1)), -127, 127).astype(np.int8)
