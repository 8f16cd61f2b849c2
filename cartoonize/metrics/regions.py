"""Regions of the original: connected areas of one paint, found robustly against the noise of a codec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.pair import Reference

#: Minimum number of pixels of a region at 256x256.
MIN_PIXELS = 30

#: Width of the histogram's bins in L, a and b, and their numbers.
_BIN = 4.0
_N_BINS = 26, 64, 64
#: Minimum distance of two paints of the palette in CIELAB units.
_MIN_DISTANCE = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """Regions of one frame of the original, with statistics of their colours."""

    pixels: NDArray[np.int64]
    """Positions, row x width + column, of all pixels in regions, region by region."""
    starts: NDArray[np.int64]
    """(regions + 1,) index of the first pixel of each region in ``pixels``, then the total number."""
    medians: NDArray[Any]
    """(regions, 3) medians of L, a and b."""
    spreads: NDArray[Any]
    """(regions,) root mean square distance of ab from the mean of the region."""


def regions_of(reference: Reference) -> Regions:
    """Find the regions of a frame of the original.

    The colours are quantised to a palette of the frame. The bins of a CIELAB histogram, in descending order
    of their numbers of pixels, become paints unless a paint within 12 units exists already. Then every bin is
    assigned to the nearest paint. Paints therefore lie where the pixels are, and noise of a few units, as
    from H.264, does not change the paint of a pixel. A fixed grid would split areas whose colour is near the
    edge of a cell. Connected pixels of one paint (4 neighbours) form a region if there are at least 30.
    """
    lab = reference.colors.lab
    pixels, starts = _connected(_paints(lab), MIN_PIXELS)
    return Regions(pixels, starts, medians_in(pixels, starts, lab), spreads_in(pixels, starts, lab))


def medians_in(pixels: NDArray[np.int64], starts: NDArray[np.int64], lab: NDArray[Any]) -> NDArray[Any]:
    """Return the medians of the channels of a picture (height, width, 3) in each region, (regions, 3)."""
    return _medians(pixels, starts, lab.reshape(-1, 3))


def spreads_in(pixels: NDArray[np.int64], starts: NDArray[np.int64], lab: NDArray[Any]) -> NDArray[Any]:
    """Return the root mean square distance of ab from its mean in each region, (regions,)."""
    return _spreads(pixels, starts, lab.reshape(-1, 3))


@njit(cache=True, nogil=True)
def _paints(lab):  # type: ignore[no-untyped-def]
    """Return the index of the paint of each pixel, (height, width)."""
    height, width = lab.shape[:2]
    n_l, n_a, n_b = _N_BINS
    bins = np.empty((height, width), np.int32)
    counts = np.zeros(n_l * n_a * n_b, np.int32)
    sums = np.zeros((n_l * n_a * n_b, 3))
    for y in range(height):
        for x in range(width):
            i = int(lab[y, x, 0] / _BIN)
            j = int(lab[y, x, 1] / _BIN + n_a / 2)
            k = int(lab[y, x, 2] / _BIN + n_b / 2)
            here = (min(max(i, 0), n_l - 1) * n_a + min(max(j, 0), n_a - 1)) * n_b + min(max(k, 0), n_b - 1)
            bins[y, x] = here
            counts[here] += 1
            for c in range(3):
                sums[here, c] += lab[y, x, c]
    used = np.flatnonzero(counts)
    by_size = used[np.argsort(-counts[used], kind="mergesort")]
    colors = np.empty((len(used), 3))
    for n, here in enumerate(by_size):
        colors[n] = sums[here] / counts[here]
    palette = np.empty((len(used), 3))
    n_paints = 0
    for n in range(len(by_size)):
        if _nearest(palette[:n_paints], colors[n])[1] > _MIN_DISTANCE**2:
            palette[n_paints] = colors[n]
            n_paints += 1
    paint_of = np.empty(len(counts), np.int32)
    for n, here in enumerate(by_size):
        paint_of[here] = _nearest(palette[:n_paints], colors[n])[0]
    paints = np.empty((height, width), np.int32)
    for y in range(height):
        for x in range(width):
            paints[y, x] = paint_of[bins[y, x]]
    return paints


@njit(cache=True)
def _nearest(palette, color):  # type: ignore[no-untyped-def]
    nearest, least = -1, np.inf
    for n in range(len(palette)):
        squared = 0.0
        for c in range(3):
            squared += (palette[n, c] - color[c]) ** 2
        if squared < least:
            nearest, least = n, squared
    return nearest, least


@njit(cache=True, nogil=True)
def _connected(paints, least):  # type: ignore[no-untyped-def]
    """Flood areas of one paint; return the pixels of the large areas, area by area, and their starts."""
    height, width = paints.shape
    pixels = np.empty(height * width, np.int64)
    starts = [0]
    seen = np.zeros((height, width), np.bool_)
    n_kept = 0
    for y in range(height):
        for x in range(width):
            if seen[y, x]:
                continue
            seen[y, x] = True
            pixels[n_kept] = y * width + x
            first, n = n_kept, n_kept + 1
            while first < n:
                row, column = divmod(pixels[first], width)
                first += 1
                for j, i in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
                    inside = 0 <= j < height and 0 <= i < width
                    if inside and not seen[j, i] and paints[j, i] == paints[y, x]:
                        seen[j, i] = True
                        pixels[n] = j * width + i
                        n += 1
            if n - n_kept >= least:
                n_kept = n
                starts.append(n)
    return pixels[:n_kept].copy(), np.array(starts)


@njit(cache=True, nogil=True)
def _medians(pixels, starts, lab):  # type: ignore[no-untyped-def]
    medians = np.empty((len(starts) - 1, 3), lab.dtype)
    values = np.empty(len(pixels), lab.dtype)
    for region in range(len(medians)):
        start, stop = starts[region], starts[region + 1]
        for c in range(3):
            for n in range(start, stop):
                values[n] = lab[pixels[n], c]
            medians[region, c] = _median(values[start:stop])
    return medians


@njit(cache=True)
def _median(values):  # type: ignore[no-untyped-def]
    """Return the median by quickselect, which is fast if many values are equal; reorder the values."""
    wanted = (len(values) - 1) // 2
    low, high = 0, len(values)
    pivot = values[wanted]
    while high - low > 1:
        pivot = values[(low + high) // 2]
        less, more, i = low, high, low
        while i < more:
            value = values[i]
            if value < pivot:
                values[i], values[less] = values[less], value
                less += 1
                i += 1
            elif value > pivot:
                more -= 1
                values[i], values[more] = values[more], value
            else:
                i += 1
        if wanted < less:
            high = less
        elif wanted >= more:
            low = more
        else:
            break
        pivot = values[wanted]
    if len(values) % 2:
        return pivot
    return (pivot + values[wanted + 1 :].min()) / 2  # all values behind are at least as large


@njit(cache=True, nogil=True)
def _spreads(pixels, starts, lab):  # type: ignore[no-untyped-def]
    spreads = np.empty(len(starts) - 1)
    for region in range(len(spreads)):
        start, stop = starts[region], starts[region + 1]
        mean_a = mean_b = squares = 0.0
        for n in range(start, stop):
            mean_a += lab[pixels[n], 1]
            mean_b += lab[pixels[n], 2]
        mean_a /= stop - start
        mean_b /= stop - start
        for n in range(start, stop):
            squares += (lab[pixels[n], 1] - mean_a) ** 2 + (lab[pixels[n], 2] - mean_b) ** 2
        spreads[region] = np.sqrt(squares / (stop - start))
    return spreads
