"""Description of a region between outlines: features of the region, and patches around sample points.

Sykora, Burianek and Zara (2005) compare a region with coloured ones by structural patches around sample
points. Here a region has five sample points: the pixel farthest from its outline and its uppermost, lowest,
leftmost and rightmost pixels, which move with it. There are patches at two scales around each point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.outlines import contacts, fill_outlines, largest, regions_between

#: Maximum number of regions of a picture and minimum number of pixels of a region. Smaller pieces are
#: assigned to the nearest region.
N_REGIONS, N_PIXELS = 96, 10
#: Number of sample points of a region, side of a patch in samples, and number of values around a point at
#: both scales.
N_POINTS, SIDE = 5, 8
N_VALUES = 2 * SIDE * SIDE
#: Pixels between the samples of a patch and standard deviation of the Gaussian before sampling, by scale. The
#: patches are 16 and 48 pixels wide.
SCALES = ((2, 1.0), (6, 3.0))
#: Unit of difference of each feature: L, its standard deviation and the neighbours' L (0..1), the binary
#: logarithm of the area, centre x and y, width and height (shares of the picture).
UNITS = np.array([0.03, 0.05, 0.2, 1.5, 0.6, 0.25, 0.2, 0.2], np.float32)
DEVIATION, AREA = 1, 3
#: Unit of the root mean square difference of patches, of L in 0..100.
PATCH_UNIT = 6.0


class Regions(NamedTuple):
    """Regions of a picture, n in all, in descending order of size."""

    labels: NDArray[np.int32]
    """(h, w) region of each pixel. Pixels on outlines belong to the nearest region."""
    inside: NDArray[np.bool_]
    """(h, w) False on outlines and in pieces that are too small to be a region."""
    features: NDArray[np.float32]
    """(n, 8) features in the order of `UNITS`, not divided by them."""
    patches: NDArray[np.int8]
    """(n, 5, 128) L, 0..100, around the sample points, minus the mean of each patch."""
    contacts: NDArray[np.int64]
    """(n, n) numbers of pairs of neighbouring pixels between regions, across the middle of outlines."""


def describe(luminance: NDArray[np.float32]) -> Regions:
    """Find and describe the regions of a picture, (h, w) L x 0.01. A picture without regions is one."""
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
    """Return the median of values (h, w) in each region, (n,). Pixels of region -1 are ignored."""
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
    """Return the minimum and the maximum position of each region."""
    sorts = np.lexsort((places, which))
    ends = np.cumsum(np.bincount(which))
    return places[sorts][np.concatenate([[0], ends[:-1]])], places[sorts][ends - 1]


def _points(cores: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return rows and columns of the sample points, (n, 5, 2)."""
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
    """Return the patches around points (n, p, 2), (n, p, 128)."""
    from scipy.ndimage import gaussian_filter

    limits = np.array(luminance.shape) - 1
    taken = []
    for step, sigma in SCALES:
        smooth = gaussian_filter(luminance.astype(np.float64) * 100, sigma, mode="nearest")
        # The border is repeated outside the picture.
        offsets = np.rint((np.arange(SIDE) - (SIDE - 1) / 2) * step).astype(np.intp)
        rows = np.clip(points[..., 0, None] + offsets, 0, limits[0])
        columns = np.clip(points[..., 1, None] + offsets, 0, limits[1])
        patch = smooth[rows[..., :, None], columns[..., None, :]].reshape(*points.shape[:2], -1)
        taken.append(patch - patch.mean(-1, keepdims=True))
    return np.clip(np.rint(np.concatenate(taken, -1)), -127, 127).astype(np.int8)
