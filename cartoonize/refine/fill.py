"""One colour per region: the thesis's fill (8.4.1), the centroid of the larger of two colour clusters.

And what it is to be compared with: the mean, the mode, and as many clusters as the elbow method finds, which
the thesis thinks not worth its time.
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

Segmentation = Literal["grow", "felzenszwalb"]
Fill = Literal["kmeans", "mean", "mode", "elbow"]
FILLS: tuple[str, ...] = get_args(Fill)

#: The elbow method tries up to so many clusters.
MOST_CLUSTERS = 6
#: Side of the squares of the ab plane in which colours are counted for the mode.
MODE_STEP = 4.0

#: How a frame's luminance becomes regions, by name.
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
    """Give every region one colour: the centroid of its largest colour cluster (thesis, 8.4.1).

    In each region the ab values are clustered by k-means (Lloyd's algorithm). The first centroids lie
    evenly spaced on the line through the mean along the region's principal axis of colour, from the lowest
    to the highest projection on it; the axis points to larger a, and if it has no a, to larger b; without a
    principal direction it is the a axis. A pixel equally near to two centroids goes to the one that came
    first; of clusters of one size the first fills the region; a cluster that lost all its pixels stays where
    it was. So the result depends on nothing but the input. A region of one pixel keeps its colour; of two
    pixels that differ, the one with the smaller projection wins.

    Parameters
    ----------
    ab : float array, shape (height, width, 2)
        CIELAB a and b, about -110..110.
    regions : integer array, shape (height, width)
        Region numbers from 0; a number may be unused.
    fill : {"kmeans", "mean", "mode", "elbow"}
        The thesis's clusters; the mean; the mean of the colours in the fullest square of 4x4 units of the ab
        plane; clusters as many as the elbow method says, up to 6.
    n_clusters : int
        The thesis's k, at least 1; with 1 each region gets its mean. Of ``"kmeans"`` alone.
    n_iterations : int
        At most so many rounds of k-means; it stops earlier where nothing changes.

    Returns
    -------
    float32 array, shape (height, width, 2)
        The filled ab.

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
    """Segment a coloured image by its lightness and give every region one colour; the lightness L stays.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        sRGB 0..255.
    method : {"grow", "felzenszwalb"}
        How to find the regions.

    Returns
    -------
    uint8 array, shape (height, width, 3)
        sRGB 0..255; colours outside the gamut are clipped, where L can change a little.

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


#: In the place of a number of clusters.
_MODE, _ELBOW = -1, 0


@njit(cache=True, nogil=True)
def _fill_colors(colors, labels, n_regions, n_clusters, n_iterations):  # type: ignore[no-untyped-def]
    """Return the fill of each region, (n_regions, 2); NaN for unused numbers."""
    # Counting sort, so that each region's colours lie side by side in their order in the frame.
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
    """Return the centroid of the largest k-means cluster of points (n, 2), and the sum of all squares."""
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
    """Return how many clusters: where the sum of squares bends most (thesis: the second derivative)."""
    squares = np.empty(MOST_CLUSTERS + 1)
    for k in range(1, MOST_CLUSTERS + 2):
        squares[k - 1] = _largest_cluster(points, k, n_iterations)[1]
    best, most = 1, 1e-9 * len(points)
    for k in range(2, MOST_CLUSTERS + 1):
        bend = squares[k - 2] - 2 * squares[k - 1] + squares[k]
        if bend > most:
            best, most = k, bend
    return best


@njit(cache=True)
def _mode(points):  # type: ignore[no-untyped-def]
    """Return the mean of the colours in the fullest square; of equally full ones the first in a, then b."""
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
    """Place centroids evenly along the points' principal axis, from lowest to highest projection."""
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
