"""What predictions say of regions and tracks, and which colour wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS, N_BINS, soft_histogram
from cartoonize.tracking.borders import Borders
from cartoonize.tracking.carry import ColorHints
from cartoonize.tracking.paints import few_paints, of_equal_lightness
from cartoonize.tracking.parts import KNOT_STEP, N_KNOTS, Parts, between_knots

Recall = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]

#: How much what is predicted for tracks as light as one counts beside what is predicted for itself.
_ALIKE_COUNT = 0.6
#: Of probabilities, before a colour is picked; below 1, what is likely becomes likelier.
_TEMPERATURE = 0.6
#: The likeliest colour is that of the bin with most around it, by a Gaussian of this deviation in ab ...
_BLUR = 10.0
#: ... and what is farther from it than this has no part in the mean.
_REACH = 40.0
#: A colour is right if it is nearer than this in ab: then the probability of that is the share of the area
#: that is within CIEDE2000 10 of the truth, as the validation episode told.
_RIGHT = 20.0
#: Of probabilities, before that is told; above 1, networks are thought to be too sure.
_DOUBT = 1.25
#: What was carried from a reference, or found in an album, is right as often.
KNOWN_CONFIDENCE = 0.97
#: What was found again in an album, in one of ten drawings, counts so much beside a prediction; ...
_FOUND_COUNT = 5.0
#: ... tracks of which at least this part of those drawings was found have no other colours ...
_FOUND_SHARE = 0.1
#: ... than those of at least this part of that.
_KNOT_SHARE = 0.01
#: Least probability of a bin.
_LEAST = 1e-4
#: How much a known colour counts beside a predicted one.
_KNOWN_COUNT = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """What is predicted for the regions of a drawing where they are about as light as a knot."""

    regions: NDArray[np.int64]
    """(shares,)"""
    knots: NDArray[np.int64]
    """(shares,) 0..10."""
    areas: NDArray[np.float32]
    """(shares,) pixels; one between two knots counts in part for each."""
    means: NDArray[np.float32]
    """(shares,) mean CIE L."""
    histograms: NDArray[np.float16]
    """(shares, 313) probabilities of the ab bins."""


def pool(histograms: NDArray[np.float32], parts: Parts) -> Shares:
    """Average predicted histograms over the regions of a drawing, by lightness.

    A cell of the prediction counts for a region by the square of the share of its pixels that are the
    region's: what lies across an edge says little of either side. Outlines do not count. It counts for the
    two knots between which those pixels are, on the mean, the more the nearer.

    Parameters
    ----------
    histograms : float32 array, shape (313, h, w)
        Probabilities of the ab bins, on any coarser grid.
    parts : Parts
        Of the drawing.
    """
    cells = np.ascontiguousarray(np.moveaxis(histograms, 0, -1), np.float32)
    sums, weights, areas, light = _pooled(
        cells, parts.regions, parts.lines, parts.lightness, len(parts.areas), N_KNOTS, KNOT_STEP
    )
    regions, knots = np.nonzero(weights > 0)
    areas, light, weights = (array[regions, knots] for array in (areas, light, weights))
    means = sums[regions, knots] / weights[:, None]
    return Shares(regions, knots, areas, light / areas, means.astype(np.float16))


def pool_hints(known: ColorHints, parts: Parts) -> tuple[Shares, NDArray[np.float32]]:
    """Average known colours over the regions of a drawing, by lightness.

    Parameters
    ----------
    known : ColorHints
    parts : Parts
        Of the drawing.

    Returns
    -------
    Shares
        With the areas multiplied by how sure they are.
    float32 array, shape (shares, 2)
        Their mean ab.
    """
    free = (known.sure > 0) & ~parts.lines
    light, sure, ab = parts.lightness[free], known.sure[free], known.ab[free]
    lower, part = between_knots(light)
    n = len(parts.areas) * N_KNOTS
    sums = np.zeros((4, n))
    for knots, share in ((lower, 1 - part), (lower + 1, part)):
        codes = parts.regions[free] * N_KNOTS + knots
        pixels = share * sure
        for k, values in enumerate((pixels, pixels * light, pixels * ab[:, 0], pixels * ab[:, 1])):
            sums[k] += np.bincount(codes, values, n)
    codes = np.flatnonzero(sums[0] > 0)
    areas, *totals = sums[:, codes].astype(np.float32)
    means, a, b = (total / areas for total in totals)
    colors = np.stack([a, b], -1)
    histograms = soft_histogram(torch.from_numpy(colors)).numpy().astype(np.float16)
    return Shares(*np.divmod(codes, N_KNOTS), areas, means, histograms), colors


def _nothing(histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    return histograms


class Votes:
    """What is predicted for the tracks of one shot at every knot, added up drawing by drawing."""

    def __init__(self, recall: Recall = _nothing) -> None:
        self._recall = recall
        """Of histograms (n, 313) and CIE L (n,): returns histograms with what is remembered of the like."""
        self._rows: dict[int, int] = {}
        """Row of the arrays, by track * knots + knot."""
        self._n_tracks = 0
        self._sums = np.zeros((0, N_BINS), np.float32)
        self._light = np.zeros(0, np.float32)
        self._areas = np.zeros(0, np.float32)
        self._n_drawings = np.zeros(0, np.float32)
        self._known = np.zeros((0, 3), np.float32)
        """Sums of known a and b, and the pixels that have them."""
        self._found = np.zeros((0, 3), np.float32)
        """The same of colours that were found again."""
        self._looked_at = np.zeros(0, np.float32)
        """Pixels of tracks in drawings that were looked for."""
        self._borders = Borders()

    def add(self, tracks: NDArray[np.int64], parts: Parts, shares: Shares) -> None:
        """Add what is predicted for a drawing whose regions have these tracks (regions,)."""
        rows = self._add(tracks, shares, 1.0)
        self._n_drawings[np.unique(rows)] += 1
        self._borders.add(tracks, parts)

    def know(self, tracks: NDArray[np.int64], parts: Parts, known: ColorHints) -> None:
        """Add what is known of a drawing whose regions have these tracks (regions,)."""
        rows, sums = self._add_known(tracks, parts, known, _KNOWN_COUNT)
        np.add.at(self._known, rows, sums)

    def find(self, tracks: NDArray[np.int64], parts: Parts, found: ColorHints | None) -> None:
        """Add what was found again of a drawing that was looked for; its regions have these tracks."""
        missing = int(tracks.max()) + 1 - len(self._looked_at)
        self._looked_at = np.pad(self._looked_at, (0, max(missing, 0)))
        np.add.at(self._looked_at, tracks, parts.areas.astype(np.float32))
        if found is not None:
            rows, sums = self._add_known(tracks, parts, found, _FOUND_COUNT)
            np.add.at(self._found, rows, sums)

    def _add_known(
        self, tracks: NDArray[np.int64], parts: Parts, known: ColorHints, count: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Add known colours, each as much as it counts; return their rows, and sums of a, b and pixels."""
        shares, colors = pool_hints(known, parts)
        rows = self._add(tracks, shares, count)
        return rows, np.insert(colors, 2, 1, 1) * shares.areas[:, None]

    def _add(self, tracks: NDArray[np.int64], shares: Shares, count: float) -> NDArray[np.int64]:
        """Add shares, each as much as it counts; return their rows."""
        codes = tracks[shares.regions] * N_KNOTS + shares.knots
        rows = np.array([self._rows.setdefault(code, len(self._rows)) for code in codes.tolist()], np.int64)
        self._n_tracks = max(self._n_tracks, int(tracks.max()) + 1)
        missing = len(self._rows) - len(self._areas)
        if missing:
            self._sums = np.pad(self._sums, ((0, missing), (0, 0)))
            self._light = np.pad(self._light, (0, missing))
            self._areas = np.pad(self._areas, (0, missing))
            self._n_drawings = np.pad(self._n_drawings, (0, missing))
            self._known = np.pad(self._known, ((0, missing), (0, 0)))
            self._found = np.pad(self._found, ((0, missing), (0, 0)))
        areas = np.float32(count) * shares.areas
        np.add.at(self._sums, rows, shares.histograms * areas[:, None])
        np.add.at(self._light, rows, shares.means * areas)
        np.add.at(self._areas, rows, areas)
        return rows

    def decide(self) -> NDArray[np.float32]:
        """Decide: return ab and confidence (tracks, knots, 3), for `Parts.painted`.

        1. The mean of a track's histograms at each knot, by area; with what is remembered of the like.
        2. Times that of all that is as light as it, which is likely of the same paint.
        3. Small tracks lean on what they touch without an outline between.
        4. The mean of the bins around the likeliest colour, so that of red or green it is one, not brown.
        5. Nearly equal colours become equal.
        6. Tracks of which enough was found again have the mean of that, unless more is known of them.

        What is known is a vote that counts more than predictions. It does not have the last word: it may have
        come from far away, and films change their colours in time. The confidence, 0..1, is the probability,
        after step 3, of colours around the one decided on.
        """
        # Half precision, since what the memory is asked may be kept.
        histograms = (self._sums / self._areas[:, None]).astype(np.float16).astype(np.float32)
        lightness = np.asarray(self._light / self._areas, np.float32)
        histograms = self._recall(histograms, lightness)
        alike = of_equal_lightness(histograms, lightness, self._areas)
        logits = np.log(histograms + _LEAST) + _ALIKE_COUNT * np.log(alike + _LEAST)
        tracks, knots = np.divmod(np.array(list(self._rows)), N_KNOTS)
        logits += self._pulled(logits, tracks)[tracks]
        ab = few_paints(_winners(logits), self._areas)
        decided = np.full((self._n_tracks, N_KNOTS, 3), np.nan, np.float32)
        decided[tracks, knots, :2] = ab
        decided[tracks, knots, 2] = _probability(logits, ab)
        self._put_found(decided, tracks, knots)
        return _spread(decided)

    def _put_found(
        self, decided: NDArray[np.float32], tracks: NDArray[np.int64], knots: NDArray[np.int64]
    ) -> None:
        """Put colours that were found again in the place of all that was decided for their tracks.

        If they were found of enough of what was looked for of a track, and no more of it is known.
        """
        pixels = self._found[:, 2]
        looked_at = np.pad(self._looked_at, (0, self._n_tracks - len(self._looked_at)))
        of_track = np.bincount(tracks, pixels, self._n_tracks)
        enough = (of_track > 0) & (of_track >= _FOUND_SHARE * looked_at)
        enough &= np.bincount(tracks, self._known[:, 2], self._n_tracks) <= of_track
        decided[enough] = np.nan
        rows = enough[tracks] & (pixels > _KNOT_SHARE * of_track[tracks])
        decided[tracks[rows], knots[rows], :2] = self._found[rows, :2] / pixels[rows, None]
        decided[tracks[rows], knots[rows], 2] = KNOWN_CONFIDENCE

    def _pulled(self, logits: NDArray[np.float32], tracks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return by how much soft borders change what is thought of tracks as wholes: (tracks, 313)."""
        areas = np.bincount(tracks, self._areas, self._n_tracks).astype(np.float32)
        sums = np.zeros((self._n_tracks, N_BINS), np.float32)
        np.add.at(sums, tracks, logits * self._areas[:, None])
        means = np.asarray(sums / np.maximum(areas, 1e-6)[:, None], np.float32)
        n_drawings = np.ones(self._n_tracks, np.float32)
        np.maximum.at(n_drawings, tracks, self._n_drawings)
        softened = self._borders.soften(means, np.asarray(areas / n_drawings, np.float32))
        return np.asarray(softened - means, np.float32)


def _probability(logits: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability (n,) of colours around ab (n, 2), from log-probabilities (n, 313)."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _DOUBT)
    squared = ((AB_BINS - ab[:, None]) ** 2).sum(-1)
    return np.asarray((weights * (squared < _RIGHT**2)).sum(1) / weights.sum(1), np.float32)


def _spread(ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give knots without a colour, NaN, that of the next darker one, else that of the next lighter one."""
    for ks in (range(1, N_KNOTS), range(N_KNOTS - 2, -1, -1)):
        for k in ks:
            empty = np.isnan(ab[:, k, 0])
            ab[empty, k] = ab[empty, k - 1 if ks.step > 0 else k + 1]
    return np.nan_to_num(ab)


def _winners(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ab (n, 2) of log-probabilities (n, 313), sharpened by a temperature."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _TEMPERATURE)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    likeliest = (weights @ np.exp(-0.5 * squared / _BLUR**2)).argmax(1)
    weights *= squared[likeliest] <= _REACH**2
    return np.asarray(weights @ AB_BINS / weights.sum(1, keepdims=True), np.float32)


@njit(cache=True, nogil=True)
def _pooled(cells, regions, lines, lightness, n_regions, n_knots, step):  # type: ignore[no-untyped-def]
    height, width = regions.shape
    rows, columns, n_bins = cells.shape
    sums = np.zeros((n_regions, n_knots, n_bins), np.float32)
    weights = np.zeros((n_regions, n_knots), np.float32)
    areas = np.zeros((n_regions, n_knots), np.float32)
    lights = np.zeros((n_regions, n_knots), np.float32)
    # The regions of a cell; how many of its pixels each has, and their lightness in all.
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
