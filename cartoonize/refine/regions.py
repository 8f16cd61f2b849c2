"""Regions of one frame, from its luminance alone: region growing (thesis, 8.4.1) or Felzenszwalb's graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter


def grow_regions(
    luminance: NDArray[Any], *, threshold: float = 3 / 51, min_distance: float = 4.0
) -> NDArray[np.int32]:
    """Segment a frame by seeded region growing, as in the thesis, section 8.4.1.

    The luminance is stretched to 0..1 on every frame. A region starts at its seed and grows over the
    4-neighbourhood breadth-first: pixels leave a first-in-first-out queue, their neighbours are looked at in
    the order above, left, right, below, and one that belongs to no region yet joins at once if its luminance
    differs from the region's running mean by less than the threshold; the mean takes it in before the next
    pixel is looked at. The first seed is (0, 0); each further one is the pixel farthest (Euclidean) from all
    regions so far, the first in row order among equals, until no pixel is farther than ``min_distance``. The
    pixels left then, outlines mostly, join the region of the nearest segmented pixel, the first in row order
    among equals.

    Parameters
    ----------
    luminance : array, shape (height, width)
        Any linear scale: CIE L in 0..100 or grey codes in 0..255.
    threshold : float
        Largest difference from the region's mean, on the stretched scale.
    min_distance : float
        In pixels.

    Returns
    -------
    int32 array, shape (height, width)
        Region numbers 0, 1, ... in the order of their seeds. A constant frame is one region.
    """
    return _grow(_stretched(luminance), threshold, min_distance)


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
    """Segment a frame by the graph of Felzenszwalb and Huttenlocher (2004); the thesis's other way, 8.4.1.

    The same algorithm as scikit-image's ``felzenszwalb``, several times as fast, with the differences
    between neighbours rounded to 16 bits and equal ones taken in one fixed order, so that every machine
    finds the same regions. The default scale gives about 150 to 700 regions on a cartoon's frame of 256x256.

    Parameters
    ----------
    luminance : array, shape (height, width)
        Any linear scale; the span, or the frame's own range, is stretched to 0..1.
    scale : float
        Larger means larger regions; the scale of scikit-image, which the paper calls k.
    sigma : float
        Of the Gaussian that smooths the frame first, in pixels.
    min_size : int
        In pixels; smaller regions are merged into the neighbour that differs least.
    span : (float, float), optional
        Least and greatest luminance of the scale: the same regions whatever else is in the frame.
    tolerance : float
        On the stretched scale: neighbours that differ by less do not differ.
    barrier : bool array, shape (height, width), optional
        Pixels that regions do not grow across; they join some region next to them.

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
    """Smooth by a Gaussian, in which pixels of the barrier have no part (normalised convolution)."""
    if barrier is None:
        return np.asarray(gaussian_filter(values, sigma))
    free = (~barrier).astype(np.float64)
    return np.asarray(gaussian_filter(values * free, sigma) / np.maximum(gaussian_filter(free, sigma), 1e-6))


def _stretched(luminance: NDArray[Any], span: tuple[float, float] | None = None) -> NDArray[np.float64]:
    """Map a span or the frame's own range to 0..1; a constant frame to 0."""
    values = np.asarray(luminance, np.float64)
    low, high = span or (values.min(), values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


@njit(cache=True, nogil=True)
def _grow(values, threshold, min_distance):  # type: ignore[no-untyped-def]
    height, width = values.shape
    regions = np.full((height, width), -1, np.int32)
    # Squared distances to the nearest region are whole numbers: exact, and ties are true ties.
    infinity = (height + width) ** 2
    squared = np.full((height, width), infinity, np.int64)
    row_farthest = np.full(height, infinity, np.int64)
    queue = np.empty(height * width, np.int64)
    seed_row, seed_column, farthest, label = 0, 0, infinity, 0
    while True:
        n_members = _flood(values, regions, label, seed_row, seed_column, threshold, queue)
        # No pixel was farther than the seed was, so only pixels within that of the new region can get nearer.
        margin = int(np.ceil(np.sqrt(farthest)))
        rows, columns = queue[:n_members] // width, queue[:n_members] % width
        top, bottom = max(rows.min() - margin, 0), min(rows.max() + margin + 1, height)
        left, right = max(columns.min() - margin, 0), min(columns.max() + margin + 1, width)
        _lower_distances(regions, label, squared, top, bottom, left, right)
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
    """Grow one region, leaving its pixels (row * width + column) in the queue; return how many."""
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
def _lower_distances(regions, label, squared, top, bottom, left, right):  # type: ignore[no-untyped-def]
    """Lower squared distances in a window to those from one region (Felzenszwalb & Huttenlocher 2012)."""
    height, width = bottom - top, right - left
    far = squared.shape[0] + squared.shape[1]
    # Along each column: the distance to the region's nearest pixel in that column.
    along_column = np.empty((height, width), np.int64)
    for x in range(width):
        distance = far
        for y in range(height):
            distance = 0 if regions[top + y, left + x] == label else distance + 1
            along_column[y, x] = min(distance, far)
    for x in range(width):
        distance = far
        for y in range(height - 1, -1, -1):
            distance = min(along_column[y, x], distance + 1)
            along_column[y, x] = distance
    # Along each row: the lower envelope of one parabola per column.
    vertex = np.empty(width, np.int64)
    begins = np.empty(width, np.int64)
    for y in range(height):
        n = 0
        for x in range(width):
            if along_column[y, x] >= far:
                continue
            start = 0
            while n > 0:
                v = vertex[n - 1]
                rise = along_column[y, x] ** 2 + x * x - along_column[y, v] ** 2 - v * v
                start = rise // (2 * (x - v)) + 1  # the first column where x's parabola is strictly below v's
                if start > begins[n - 1]:
                    break
                n -= 1
                start = 0
            if start < width:
                vertex[n], begins[n] = x, max(start, 0)
                n += 1
        for i in range(n):
            v = vertex[i]
            end = begins[i + 1] if i + 1 < n else width
            height2 = along_column[y, v] ** 2
            for x in range(begins[i], end):
                d = (x - v) ** 2 + height2
                if d < squared[top + y, left + x]:
                    squared[top + y, left + x] = d


@njit(cache=True)
def _join_rest(regions, squared, farthest):  # type: ignore[no-untyped-def]
    """Give each pixel without a region that of its nearest segmented pixel, whose distance is known."""
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
    """Merge along edges of growing cost; return each pixel's root, which is the first pixel of its region."""
    parent = np.arange(n_pixels)
    size = np.ones(n_pixels, np.int64)
    inner = np.zeros(n_pixels)  # a region's internal difference: the costliest edge it was merged along
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
    """Return region numbers 0, 1, ... in the order of the roots; no pixel comes before its root."""
    labels = np.empty(len(roots), np.int32)
    n_regions = 0
    for pixel in range(len(roots)):
        if roots[pixel] == pixel:
            labels[pixel] = n_regions
            n_regions += 1
        else:
            labels[pixel] = labels[roots[pixel]]
    return labels
