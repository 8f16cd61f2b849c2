"""Fills that give each region one colour.

The fill of the thesis (8.4.1) is the centroid of the larger of two colour clusters. Three others are for
comparison: the mean, the mode, and the elbow method, which chooses the number of clusters. The thesis rejects
the elbow method for its computation time. It takes the number with the greatest absolute second derivative;
here it is the greatest signed second derivative of the sum of squares, see `fill_regions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
from cartoonize.errors import UnknownNameError
from cartoonize.refine.regions import felzenszwalb_regions, grow_regions

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

Segmentation = Literal["grow", "felzenszwalb"]
Fill = Literal["kmeans", "mean", "mode", "elbow"]
FILLS: tuple[str, ...] = get_args(Fill)

#: Maximum number of clusters that the elbow method chooses.
MAX_CLUSTERS = 6
#: Side of the squares of the ab plane in which the mode counts colours.
MODE_STEP = 4.0

#: Functions from the luminance of a frame to its regions, by name.
SEGMENTATIONS: dict[str, Callable[[NDArray[Any]], NDArray[np.int32]]] = {
    "grow": grow_regions,
    "felzenszwalb": felzenszwalb_regions,
}


def fill_regions(
    ab: NDArray[np.floating[Any]],
    regions: NDArray[np.integer[Any]],
    *,
    fill: Fill = "kmeans",
    n_clusters: int = 2,
    n_iterations: int = 50,
) -> NDArray[np.float32]:
    """Give every region one colour, by default the centroid of its largest colour cluster (thesis, 8.4.1).

    The ab values of each region are clustered by k-means (Lloyd's algorithm). The initial centroids are
    evenly spaced on the line through the mean along the region's principal axis of colour, from the lowest to
    the highest projection. The axis points to larger a, or to larger b if it is parallel to the b axis.
    Without a principal direction it is the a axis. A pixel equally near to two centroids belongs to the
    first. Of clusters of equal size, the first fills the region. A cluster without pixels keeps its centroid.
    The result therefore depends only on the input. A region of one pixel keeps its colour. In a region of two
    different pixels, the one with the smaller projection is chosen.

    Parameters
    ----------
    ab : float array, shape (height, width, 2)
        CIELAB a and b, about -110..110.
    regions : integer array, shape (height, width)
        Region numbers from 0. Numbers may be unused.
    fill : {"kmeans", "mean", "mode", "elbow"}
        ``"kmeans"`` is the thesis's fill. ``"mean"`` is the mean. ``"mode"`` is the mean of the colours in
        the fullest square of 4x4 units of the ab plane. ``"elbow"`` is k-means with 1 to 6 clusters: k is the
        number, from 2, at which the second difference of the sum of squares, S(k - 1) - 2 S(k) + S(k + 1), is
        greatest, or 1 if it is positive nowhere. The thesis (8.4.1) describes the greatest absolute value.
    n_clusters : int
        The thesis's k, at least 1; with 1 each region gets its mean. Only for ``"kmeans"``.
    n_iterations : int
        Maximum number of iterations of k-means. It stops earlier if nothing changes.

    Returns
    -------
    float32 array, shape (height, width, 2)
        Filled ab.

    Raises
    ------
    UnknownNameError
        For another fill.
    """
    labels = np.ascontiguousarray(regions, np.int64).ravel()
    colors = np.ascontiguousarray(ab, np.float64).reshape(-1, 2)
    if fill not in FILLS:
        raise UnknownNameError("fill", fill, FILLS)
    how = {"kmeans": n_clusters, "mean": 1, "mode": _MODE, "elbow": _ELBOW}[fill]
    fills = _fill_colors(colors, labels, int(labels.max()) + 1, how, n_iterations)
    return fills.astype(np.float32)[labels].reshape(ab.shape)


def fill_image(rgb: NDArray[np.uint8], *, method: Segmentation = "grow") -> NDArray[np.uint8]:
    """Segment a coloured image by its lightness L and give every region one colour. L does not change.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        sRGB 0..255.
    method : {"grow", "felzenszwalb"}
        Segmentation method.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        sRGB 0..255. Colours outside the gamut are clipped, which can change L a little.

    Raises
    ------
    UnknownNameError
        For another method.
    """
    if method not in SEGMENTATIONS:
        raise UnknownNameError("segmentation", method, SEGMENTATIONS)
    lab = rgb_to_lab(rgb)
    ab = fill_regions(lab[..., 1:], SEGMENTATIONS[method](lab[..., 0]))
    return quantize(lab_to_rgb(np.concatenate([lab[..., :1], ab], axis=-1)))


#: Special values in place of a number of clusters.
_MODE, _ELBOW = -1, 0


@njit(cache=True, nogil=True)
def _fill_colors(colors, labels, n_regions, n_clusters, n_iterations):  # type: ignore[no-untyped-def]
    """Return the fill of each region, (n_regions, 2); NaN for unused numbers."""
    # Counting sort: the colours of each region become contiguous, in their order in the frame.
    stops = np.zeros(n_regions, np.int64)
    for label in labels:
        stops[label] += 1
    stops = np.cumsum(stops)
    slots = np.empty(n_regions, np.int64)
    slots[0], slots[1:] = 0, stops[:-1]
    ordered = np.empty_like(colors)
    for pixel in range(len(labels)):
        ordered[slots[labels[pixel]]] = colors[pixel]
        slots[labels[pixel]] += 1

    fills = np.full((n_regions, 2), np.nan)
    start = 0
    for region in range(n_regions):
        stop = stops[region]
        if stop > start:
            points = ordered[start:stop]
            if n_clusters == _MODE:
                fills[region] = _mode(points)
            else:
                n = _elbow(points, n_iterations) if n_clusters == _ELBOW else n_clusters
                fills[region] = _largest_cluster(points, n, n_iterations)[0]
        start = stop
    return fills


@njit(cache=True)
def _largest_cluster(points, n_clusters, n_iterations):  # type: ignore[no-untyped-def]
    """Return the centroid of the largest k-means cluster of points (n, 2), and the sum of squares."""
    centroids = _spread_centroids(points, n_clusters)
    nearest = np.full(len(points), -1)
    sizes = np.empty(n_clusters, np.int64)
    for _ in range(n_iterations):
        changed = False
        squares = 0.0
        sums = np.zeros((n_clusters, 2))
        sizes[:] = 0
        for i in range(len(points)):
            best, least = 0, np.inf
            for k in range(n_clusters):
                distance = (points[i, 0] - centroids[k, 0]) ** 2 + (points[i, 1] - centroids[k, 1]) ** 2
                if distance < least:
                    best, least = k, distance
            changed |= best != nearest[i]
            nearest[i] = best
            sizes[best] += 1
            squares += least
            sums[best] += points[i]
        for k in range(n_clusters):
            if sizes[k] > 0:
                centroids[k] = sums[k] / sizes[k]
        if not changed:
            break
    return centroids[sizes.argmax()], squares


@njit(cache=True)
def _elbow(points, n_iterations):  # type: ignore[no-untyped-def]
    """Return the number of clusters at which the second difference of the sum of squares is greatest."""
    squares = np.empty(MAX_CLUSTERS + 1)
    for k in range(1, MAX_CLUSTERS + 2):
        squares[k - 1] = _largest_cluster(points, k, n_iterations)[1]
    best, most = 1, 1e-9 * len(points)
    for k in range(2, MAX_CLUSTERS + 1):
        bend = squares[k - 2] - 2 * squares[k - 1] + squares[k]
        if bend > most:
            best, most = k, bend
    return best


@njit(cache=True)
def _mode(points):  # type: ignore[no-untyped-def]
    """Return the mean of the colours in the fullest square, of equally full ones the first in a, then b."""
    squares = np.floor(points / MODE_STEP).astype(np.int64)
    keys = squares[:, 0] * 1024 + squares[:, 1]
    order = np.argsort(keys, kind="mergesort")
    best, first, most = 0, 0, 0
    for i in range(1, len(points) + 1):
        if i == len(points) or keys[order[i]] != keys[order[first]]:
            if i - first > most:
                best, most = first, i - first
            first = i
    total = np.zeros(2)
    for i in range(best, best + most):
        total += points[order[i]]
    return total / most


@njit(cache=True)
def _spread_centroids(points, n_clusters):  # type: ignore[no-untyped-def]
    """Place centroids evenly along the principal axis, from the lowest to the highest projection."""
    n = len(points)
    mean_a, mean_b = points[:, 0].sum() / n, points[:, 1].sum() / n
    a, b = points[:, 0] - mean_a, points[:, 1] - mean_b
    angle = 0.5 * np.arctan2(2 * (a * b).sum(), (a * a).sum() - (b * b).sum())
    axis_a, axis_b = np.cos(angle), np.sin(angle)
    projected = a * axis_a + b * axis_b
    low, high = projected.min(), projected.max()
    centroids = np.empty((n_clusters, 2))
    for k in range(n_clusters):
        along = low + (high - low) * (k / max(n_clusters - 1, 1))
        centroids[k] = mean_a + along * axis_a, mean_b + along * axis_b
    return centroids
