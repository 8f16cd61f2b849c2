"""Pooling: average predictions and hints over the regions of a drawing, by lightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.bins import N_BINS, soft_histogram
from cartoonize.tracking.knots import KNOT_STEP, N_KNOTS, between_knots
from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class PooledPredictions:
    """Mean predictions for a drawing: one row for each pair of a region and a knot of lightness."""

    regions: NDArray[np.int64]
    """(rows,) number of the region."""
    knots: NDArray[np.int64]
    """(rows,) number of the knot, 0..10."""
    areas: NDArray[np.float32]
    """(rows,) pixels; a pixel between two knots counts for both in part."""
    means: NDArray[np.float32]
    """(rows,) mean CIE L."""
    histograms: NDArray[np.float16]
    """(rows, 313) probabilities of the ab bins."""
    descriptors: NDArray[np.float16]
    """(rows, n) descriptors; n is 0 if no method describes regions."""


@dataclass(frozen=True, slots=True, eq=False)
class PooledHints:
    """Mean hints of a drawing: one row for each pair of a region and a knot of lightness."""

    regions: NDArray[np.int64]
    """(rows,) number of the region."""
    knots: NDArray[np.int64]
    """(rows,) number of the knot, 0..10."""
    areas: NDArray[np.float32]
    """(rows,) pixels, each multiplied by its confidence."""
    means: NDArray[np.float32]
    """(rows,) mean CIE L."""
    colors: NDArray[np.float32]
    """(rows, 2) mean CIELAB a and b."""

    def without(self, is_left_out: NDArray[np.bool_]) -> PooledHints | None:
        """Return the hints without some regions, from a mask (regions,); None if none are left."""
        keeps = ~is_left_out[self.regions]
        if not keeps.any():
            return None
        regions, knots, areas = self.regions[keeps], self.knots[keeps], self.areas[keeps]
        return PooledHints(regions, knots, areas, self.means[keeps], self.colors[keeps])

    @property
    def histograms(self) -> NDArray[np.float16]:
        """The colours as soft histograms, (rows, 313)."""
        return soft_histogram(torch.from_numpy(self.colors)).numpy().astype(np.float16)


def pool(
    histograms: NDArray[np.float32], parts: Parts, descriptors: NDArray[np.float32] | None = None
) -> PooledPredictions:
    """Average predicted histograms over the regions of a drawing, by lightness.

    The weight of a cell of the prediction for a region is the square of the share of its pixels that belong
    to the region, because a cell on an edge says little about either side. Outlines do not count. The weight
    is divided among the two knots next to the mean lightness of these pixels, more for the nearer one.

    Parameters
    ----------
    histograms : float32 array, shape (313, h, w)
        Probabilities of the ab bins, on a coarser grid than the regions.
    parts : Parts
        Regions of the drawing.
    descriptors : float32 array, shape (n, h, w), optional
        What a method says about the regions, on the same grid. It is averaged in the same way.
    """
    predicted = histograms if descriptors is None else np.concatenate([histograms, descriptors])
    cells = np.ascontiguousarray(np.moveaxis(predicted, 0, -1), np.float32)
    sums, weights, areas, light = _pooled(
        cells, parts.regions, parts.lines, parts.lightness, len(parts.areas), N_KNOTS, KNOT_STEP
    )
    regions, knots = np.nonzero(weights > 0)
    areas, light, weights = (array[regions, knots] for array in (areas, light, weights))
    means = (sums[regions, knots] / weights[:, None]).astype(np.float16)
    return PooledPredictions(regions, knots, areas, light / areas, *np.split(means, [N_BINS], axis=1))


def pool_hints(hints: ColorHints, parts: Parts) -> PooledHints:
    """Average hints over the regions of a drawing, by lightness. Outlines do not count.

    Parameters
    ----------
    hints : ColorHints
        Known colours of the drawing.
    parts : Parts
        Regions of the drawing.
    """
    free = (hints.confidence > 0) & ~parts.lines
    light, confidence, ab = parts.lightness[free], hints.confidence[free], hints.ab[free]
    lower, part = between_knots(light)
    n = len(parts.areas) * N_KNOTS
    sums = np.zeros((4, n))
    for knots, share in ((lower, 1 - part), (lower + 1, part)):
        codes = parts.regions[free] * N_KNOTS + knots
        pixels = share * confidence
        for k, values in enumerate((pixels, pixels * light, pixels * ab[:, 0], pixels * ab[:, 1])):
            sums[k] += np.bincount(codes, values, n)
    codes = np.flatnonzero(sums[0] > 0)
    areas, *totals = sums[:, codes].astype(np.float32)
    means, a, b = (total / areas for total in totals)
    return PooledHints(*np.divmod(codes, N_KNOTS), areas, means, np.stack([a, b], -1))


@njit(cache=True, nogil=True)
def _pooled(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0913, numba compiles one flat loop
    cells, regions, lines, lightness, n_regions, n_knots, step
):
    height, width = regions.shape
    rows, columns, n_bins = cells.shape
    sums = np.zeros((n_regions, n_knots, n_bins), np.float32)
    weights = np.zeros((n_regions, n_knots), np.float32)
    areas = np.zeros((n_regions, n_knots), np.float32)
    lights = np.zeros((n_regions, n_knots), np.float32)
    # The regions of a cell, the number of its pixels in each, and the sum of their lightness.
    found = np.empty(height * width, np.int32)
    counts = np.zeros(n_regions, np.int32)
    light = np.zeros(n_regions, np.float32)
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
                    light[region] += lightness[y, x]
            n_pixels = (bottom - top) * (right - left)
            for k in range(n_found):
                region = found[k]
                n = np.float32(counts[region])
                total = light[region]
                counts[region], light[region] = 0, 0
                place = min(max(total / n / np.float32(step), np.float32(0)), np.float32(n_knots - 1))
                lower = min(int(place), n_knots - 2)
                for knot in (lower, lower + 1):
                    part = 1 - abs(place - knot)
                    if part <= 0:
                        continue
                    weight = part * (n / n_pixels) ** 2
                    weights[region, knot] += weight
                    areas[region, knot] += part * n
                    lights[region, knot] += part * total
                    for b in range(n_bins):
                        sums[region, knot, b] += weight * cells[row, column, b]
    return sums, weights, areas, lights
