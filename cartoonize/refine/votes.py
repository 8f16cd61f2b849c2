"""What predictions say of regions and tracks, and which colour wins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS, N_BINS
from cartoonize.refine.borders import Borders
from cartoonize.refine.paints import few_paints, of_equal_lightness
from cartoonize.refine.parts import Parts

#: How much what is predicted for tracks as light as one counts beside what is predicted for itself.
_ALIKE_COUNT = 0.6
#: Of probabilities, before a colour is picked; below 1, what is likely becomes likelier.
_TEMPERATURE = 0.6
#: The likeliest colour is that of the bin with most around it, by a Gaussian of this deviation in ab ...
_BLUR = 10.0
#: ... and what is farther from it than this has no part in the mean.
_REACH = 40.0
#: Least probability of a bin.
_LEAST = 1e-4


def pool(histograms: NDArray[np.float32], parts: Parts) -> NDArray[np.float32]:
    """Average predicted histograms over the regions of a drawing.

    A cell of the prediction counts for a region by the square of the share of its pixels that are the
    region's: what lies across an edge says little of either side. Outlines do not count.

    Parameters
    ----------
    histograms : float32 array, shape (313, h, w)
        Probabilities of the ab bins, on any coarser grid.
    parts : Parts
        Of the drawing.

    Returns
    -------
    float32 array, shape (regions, 313)
        Probabilities.
    """
    cells = np.ascontiguousarray(np.moveaxis(histograms, 0, -1), np.float32)
    return _pooled(cells, parts.regions, parts.lines, len(parts.areas))


class Votes:
    """What is predicted for the tracks of one shot, added up drawing by drawing."""

    def __init__(self) -> None:
        self._sums = np.zeros((0, N_BINS), np.float32)
        self._light = np.zeros(0, np.float32)
        self._areas = np.zeros(0, np.float32)
        self._n_drawings = np.zeros(0, np.float32)
        self._borders = Borders()

    def add(self, tracks: NDArray[np.int64], parts: Parts, histograms: NDArray[np.floating[Any]]) -> None:
        """Add what a drawing says: the track (regions,) and the histogram (regions, 313) of its regions."""
        missing = int(tracks.max()) + 1 - len(self._areas)
        if missing > 0:
            for name in ("_sums", "_light", "_areas", "_n_drawings"):
                array = getattr(self, name)
                setattr(
                    self, name, np.concatenate([array, np.zeros((missing, *array.shape[1:]), np.float32)])
                )
        areas = parts.areas.astype(np.float32)
        np.add.at(self._sums, tracks, histograms * areas[:, None])
        np.add.at(self._light, tracks, parts.means * areas)
        np.add.at(self._areas, tracks, areas)
        self._n_drawings[np.unique(tracks)] += 1
        self._borders.add(tracks, parts)

    def colors(self) -> NDArray[np.float32]:
        """Decide: return ab (tracks, 2).

        1. The mean of a track's histograms, by area.
        2. Times that of all tracks as light as it, which are likely of the same paint.
        3. Small tracks lean on what they touch without an outline between.
        4. The mean of the bins around the likeliest colour, so that of red or green it is one, not brown.
        5. Nearly equal colours become equal.
        """
        histograms = np.asarray(self._sums / self._areas[:, None], np.float32)
        lightness = np.asarray(self._light / self._areas, np.float32)
        alike = of_equal_lightness(histograms, lightness, self._areas)
        logits = np.log(histograms + _LEAST) + _ALIKE_COUNT * np.log(alike + _LEAST)
        logits = self._borders.soften(logits, self._areas / self._n_drawings)
        return few_paints(_winners(logits), self._areas)


def _winners(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ab (n, 2) of log-probabilities (n, 313), sharpened by a temperature."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _TEMPERATURE)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    likeliest = (weights @ np.exp(-0.5 * squared / _BLUR**2)).argmax(1)
    weights *= squared[likeliest] <= _REACH**2
    return np.asarray(weights @ AB_BINS / weights.sum(1, keepdims=True), np.float32)


@njit(cache=True, nogil=True)
def _pooled(cells, regions, lines, n_regions):  # type: ignore[no-untyped-def]
    height, width = regions.shape
    rows, columns, n_bins = cells.shape
    sums = np.zeros((n_regions, n_bins), np.float32)
    weights = np.zeros(n_regions, np.float32)
    found = np.empty(height * width, np.int32)  # regions of a cell, and how many of its pixels each has
    counts = np.zeros(n_regions, np.int32)
    for row in range(rows):
        top, bottom = row * height // rows, (row + 1) * height // rows
        for column in range(columns):
            left, right = column * width // columns, (column + 1) * width // columns
            n_found = 0
            for y in range(top, bottom):
                for x in range(left, right):
                    if lines[y, x]:
                        continue
                    region = regions[y, x]
                    if counts[region] == 0:
                        found[n_found] = region
                        n_found += 1
                    counts[region] += 1
            n_pixels = (bottom - top) * (right - left)
            for k in range(n_found):
                region = found[k]
                share = np.float32(counts[region]) / np.float32(n_pixels)
                counts[region] = 0
                weights[region] += share * share
                for b in range(n_bins):
                    sums[region, b] += share * share * cells[row, column, b]
    for region in range(n_regions):
        if weights[region] > 0:
            for b in range(n_bins):
                sums[region, b] /= weights[region]
    return sums
