"""Segmentation of a frame by its luminance: region growing (thesis, 8.4.1) or Felzenszwalb's graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1
#: Thresholds among which `grow_regions_for` chooses: that of the thesis, and others by factors of sqrt(2).
THRESHOLDS = tuple(3 / 51 * 2 ** (k / 2) for k in range(-4, 4))
#: Squared difference of a and b, mean over all pixels, that a region has to save.
REGION_COST = 2.0


def grow_regions(
    luminance: NDArray[Any], *, threshold: float = 3 / 51, min_distance: float = 4.0
) -> NDArray[np.int32]:
    """Segment a frame by seeded region growing (thesis, 8.4.1).

    The luminance of every frame is stretched to 0..1. A region grows breadth-first from its seed over the
    4-neighbourhood. Pixels are taken from a first-in-first-out queue, and their neighbours are visited in the
    order above, left, right, below. A neighbour without a region joins immediately if its luminance differs
    from the running mean of the region by less than the threshold, and the mean is updated before the next
    pixel is visited. The first seed is (0, 0). Each further seed is the pixel with the greatest Euclidean
    distance from all regions so far, the first in row order among equals, until no pixel is farther than
    ``min_distance``. The remaining pixels, mostly outlines, join the region of the nearest segmented pixel,
    the first in row order among equals.

    Parameters
    ----------
    luminance : array, shape (height, width)
        Any linear scale: CIE L in 0..100 or grey codes in 0..255.
    threshold : float
        Upper bound of the difference from the mean of the region, on the stretched scale.
    min_distance : float
        Minimum distance of a seed from earlier regions, in pixels.

    Returns
    -------
    int32 array, shape (height, width)
        Region numbers 0, 1, ... in the order of their seeds. A constant frame is one region.
    """
    return _grow(_stretched(luminance), threshold, min_distance)


def grow_regions_for(luminance: NDArray[Any], ab: NDArray[Any]) -> NDArray[np.int32]:
    """Segment a frame by `grow_regions` with the threshold that suits its predicted colours best.

    The thesis (8.4.1) expects an inferred threshold to be better than a fixed one, and does not say how to
    infer it. Here it is the one of `THRESHOLDS` with the least energy: the variance of a and b in the
    regions, mean over all pixels, plus `REGION_COST` for each region. This is the piecewise constant
    functional of Mumford and Shah (1989), with the number of regions in the place of the length of their
    borders.

    Parameters
    ----------
    luminance : array, shape (height, width)
        Any linear scale, as in `grow_regions`.
    ab : array, shape (height, width, 2)
        Predicted CIELAB a and b.

    Returns
    -------
    int32 array, shape (height, width)
        Region numbers as in `grow_regions`.
    """
    candidates = [grow_regions(luminance, threshold=threshold) for threshold in THRESHOLDS]
    return min(candidates, key=lambda regions: _energy(regions, np.asarray(ab, np.float64)))


def _energy(regions: NDArray[np.int32], ab: NDArray[np.float64]) -> float:
    flat = regions.ravel()
    n_pixels = np.bincount(flat)
    explained = sum(
        (np.bincount(flat, channel.ravel()) ** 2 / n_pixels).sum() for channel in (ab[..., 0], ab[..., 1])
    )
    return float(((ab**2).sum() - explained) / flat.size + REGION_COST * len(n_pixels))


def felzenszwalb_regions(
    luminance: NDArray[Any],
    *,
    scale: float = 30.0,
    sigma: float = 0.5,
    min_size: int = 20,
    span: tuple[float, float] | None = None,
    tolerance: float = 0.0,
    barrier: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Segment a frame by the graph method of Felzenszwalb and Huttenlocher (2004).

    The algorithm is that of scikit-image's ``felzenszwalb``, but several times as fast. Differences between
    neighbours are rounded to 16 bits, and equal differences are processed in a fixed order, so that the
    regions are the same on every machine. The default scale yields about 150 to 700 regions in a cartoon
    frame of 256x256. The thesis (8.4.1) names the method as an alternative to region growing.

    Parameters
    ----------
    luminance : array, shape (height, width)
        Any linear scale. The span, or the range of the frame, is stretched to 0..1.
    scale : float
        Greater values yield larger regions. This is the scale of scikit-image, called k in the paper.
    sigma : float
        Standard deviation of the Gaussian that smooths the frame first, in pixels.
    min_size : int
        Minimum number of pixels. Smaller regions are merged into the neighbour that differs least.
    span : (float, float), optional
        Minimum and maximum luminance of the scale. With a span, regions do not depend on the range of the
        frame.
    tolerance : float
        Subtracted from the differences between neighbours, with 0 as the minimum; on the stretched scale.
    barrier : bool array, shape (height, width), optional
        Pixels that regions do not cross. They join one of the adjacent regions.

    Returns
    -------
    int32 array, shape (height, width)
        Region numbers from 0, in row order of their first pixels.
    """
    smooth = _smoothed(_stretched(luminance, span), sigma, barrier)
    pixels = np.arange(smooth.size).reshape(smooth.shape)
    # Each pair of neighbours once: to the right, below, below to the right, below to the left.
    pairs: list[tuple[Any, Any]] = [
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    ]
    costs = np.concatenate([np.abs(smooth[one] - smooth[other]).ravel() for one, other in pairs])
    if tolerance:
        costs = np.maximum(costs - tolerance, 0)
    if barrier is not None:
        costs[np.concatenate([(barrier[one] | barrier[other]).ravel() for one, other in pairs])] = 1.0
    steps = np.rint(costs * 65535).astype(np.uint16)
    order = np.argsort(steps, kind="stable")
    ones = np.concatenate([pixels[one].ravel() for one, _ in pairs])[order]
    others = np.concatenate([pixels[other].ravel() for _, other in pairs])[order]
    roots = _merge(ones, others, steps[order] / 65535, smooth.size, scale / 255, min_size)
    return _numbered(roots).reshape(smooth.shape)


def _smoothed(
    values: NDArray[np.float64], sigma: float, barrier: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Smooth by a Gaussian that ignores the pixels of the barrier (normalised convolution)."""
    if barrier is None:
        return np.asarray(gaussian_filter(values, sigma))
    free = (~barrier).astype(np.float64)
    return np.asarray(gaussian_filter(values * free, sigma) / np.maximum(gaussian_filter(free, sigma), 1e-6))


def _stretched(luminance: NDArray[Any], span: tuple[float, float] | None = None) -> NDArray[np.float64]:
    """Map a span or the range of the frame to 0..1, and a constant frame to 0."""
    values = np.asarray(luminance, np.float64)
    low, high = span or (values.min(), values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


@njit(cache=True, nogil=True)
def _grow(values, threshold, min_distance):  # type: ignore[no-untyped-def]
    height, width = values.shape
    regions = np.full((height, width), -1, np.int32)
    # Squared distances to the nearest region are integers, so ties are exact.
    far = height + width
    infinity = far**2
    squared = np.full((height, width), infinity, np.int64)
    row_farthest = np.full(height, infinity, np.int64)
    queue = np.empty(height * width, np.int64)
    seed_row, seed_column, farthest, label = 0, 0, infinity, 0
    while True:
        n_members = _flood(values, regions, label, seed_row, seed_column, threshold, queue)
        # No pixel was farther away than the seed, so distances change only within that margin of the region.
        margin = int(np.ceil(np.sqrt(farthest)))
        rows, columns = queue[:n_members] // width, queue[:n_members] % width
        top, bottom = max(rows.min() - margin, 0), min(rows.max() + margin + 1, height)
        left, right = max(columns.min() - margin, 0), min(columns.max() + margin + 1, width)
        _lower_distances(regions[top:bottom, left:right], label, squared[top:bottom, left:right], far)
        for y in range(top, bottom):
            row_farthest[y] = squared[y].max()
        label += 1
        seed_row = int(row_farthest.argmax())
        farthest = row_farthest[seed_row]
        if farthest <= min_distance**2:
            break
        seed_column = int(squared[seed_row].argmax())
    _join_rest(regions, squared, farthest)
    return regions


@njit(cache=True)
def _flood(values, regions, label, seed_row, seed_column, threshold, queue):  # type: ignore[no-untyped-def]
    """Grow one region; write its pixels, row x width + column, to the queue and return their number."""
    height, width = values.shape
    regions[seed_row, seed_column] = label
    queue[0] = seed_row * width + seed_column
    total, mean = values[seed_row, seed_column], values[seed_row, seed_column]
    first, n_members = 0, 1
    while first < n_members:
        row, column = divmod(queue[first], width)
        first += 1
        for y, x in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
            inside = 0 <= y < height and 0 <= x < width
            if inside and regions[y, x] < 0 and abs(values[y, x] - mean) < threshold:
                regions[y, x] = label
                queue[n_members] = y * width + x
                n_members += 1
                total += values[y, x]
                mean = total / n_members
    return n_members


@njit(cache=True)
def _lower_distances(regions, label, squared, far):  # type: ignore[no-untyped-def]
    """Lower squared distances in a window to those from one region (Felzenszwalb & Huttenlocher 2012)."""
    height, width = regions.shape
    along_column = _column_distances(regions, label, far)
    vertices = np.empty(width, np.int64)
    starts = np.empty(width, np.int64)
    for y in range(height):
        n = _lower_envelope(along_column[y], far, vertices, starts)
        for i in range(n):
            vertex = vertices[i]
            end = starts[i + 1] if i + 1 < n else width
            base = along_column[y, vertex] ** 2
            for x in range(starts[i], end):
                squared[y, x] = min(squared[y, x], (x - vertex) ** 2 + base)


@njit(cache=True)
def _column_distances(regions, label, far):  # type: ignore[no-untyped-def]
    """Return the distance of each pixel to the region's nearest pixel in the same column, at most ``far``."""
    height, width = regions.shape
    distances = np.empty((height, width), np.int64)
    for x in range(width):
        distance = far
        for y in range(height):
            distance = 0 if regions[y, x] == label else distance + 1
            distances[y, x] = min(distance, far)
    for x in range(width):
        distance = far
        for y in range(height - 1, -1, -1):
            distance = min(distances[y, x], distance + 1)
            distances[y, x] = distance
    return distances


@njit(cache=True)
def _lower_envelope(distances, far, vertices, starts):  # type: ignore[no-untyped-def]
    """Compute the lower envelope of the parabolas (x - v)^2 + distances[v]^2 of a row.

    Write the vertices of its parabolas and the columns where they begin; return their number.
    """
    width = len(distances)
    n = 0
    for x in range(width):
        if distances[x] >= far:
            continue
        start = 0
        while n > 0:
            v = vertices[n - 1]
            rise = distances[x] ** 2 + x * x - distances[v] ** 2 - v * v
            start = rise // (2 * (x - v)) + 1  # the first column where the parabola of x is strictly below
            if start > starts[n - 1]:
                break
            n -= 1
            start = 0
        if start < width:
            vertices[n], starts[n] = x, max(start, 0)
            n += 1
    return n


@njit(cache=True)
def _join_rest(regions, squared, farthest):  # type: ignore[no-untyped-def]
    """Assign each pixel without a region to the region of its nearest segmented pixel at a known distance."""
    height, width = regions.shape
    reach = int(np.sqrt(farthest))
    segmented = regions.copy()
    for y in range(height):
        for x in range(width):
            if segmented[y, x] >= 0:
                continue
            for dy in range(-reach, reach + 1):
                across = squared[y, x] - dy * dy
                if across < 0 or not 0 <= y + dy < height:
                    continue
                dx = int(np.sqrt(across))
                if dx * dx != across:
                    continue
                if x - dx >= 0 and segmented[y + dy, x - dx] >= 0:
                    regions[y, x] = segmented[y + dy, x - dx]
                    break
                if x + dx < width and segmented[y + dy, x + dx] >= 0:
                    regions[y, x] = segmented[y + dy, x + dx]
                    break


@njit(cache=True, nogil=True)
def _merge(ones, others, costs, n_pixels, scale, min_size):  # type: ignore[no-untyped-def]
    """Merge along edges of ascending cost; return the root of each pixel, the first pixel of its region."""
    parent = np.arange(n_pixels)
    size = np.ones(n_pixels, np.int64)
    # The internal difference of a region: the greatest cost of an edge along which it was merged.
    inner = np.zeros(n_pixels)
    for i in range(len(costs)):
        a, b = _root(parent, ones[i]), _root(parent, others[i])
        if a != b and costs[i] < min(inner[a] + scale / size[a], inner[b] + scale / size[b]):
            root = _union(parent, size, a, b)
            inner[root] = costs[i]
    for i in range(len(costs)):
        a, b = _root(parent, ones[i]), _root(parent, others[i])
        if a != b and min(size[a], size[b]) < min_size:
            _union(parent, size, a, b)
    for pixel in range(n_pixels):
        parent[pixel] = _root(parent, pixel)
    return parent


@njit(cache=True)
def _root(parent, pixel):  # type: ignore[no-untyped-def]
    while parent[pixel] != pixel:
        parent[pixel] = parent[parent[pixel]]
        pixel = parent[pixel]
    return pixel


@njit(cache=True)
def _union(parent, size, a, b):  # type: ignore[no-untyped-def]
    root, child = min(a, b), max(a, b)
    parent[child] = root
    size[root] += size[child]
    return root


@njit(cache=True)
def _numbered(roots):  # type: ignore[no-untyped-def]
    """Return region numbers from 0 in the order of the roots. No pixel comes before its root."""
    labels = np.empty(len(roots), np.int32)
    n_regions = 0
    for pixel in range(len(roots)):
        if roots[pixel] == pixel:
            labels[pixel] = n_regions
            n_regions += 1
        else:
            labels[pixel] = labels[roots[pixel]]
    return labels
