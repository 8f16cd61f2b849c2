"""Votes: predictions for the tracks of one shot, summed drawing by drawing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import N_BINS
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.pooling import PooledHints, PooledPredictions
from cartoonize.tracking.recognition import unit_rows


@dataclass(frozen=True, slots=True, eq=False)
class TrackVotes:
    """Predictions for the tracks of one shot: one row for each pair of a track and a knot of lightness."""

    codes: NDArray[np.int64]
    """(rows,) track x 11 + knot, in the order in which they were first seen."""
    histograms: NDArray[np.float16]
    """(rows, 313) mean probabilities of the ab bins, by area."""
    light: NDArray[np.float32]
    """(rows,) sum of CIE L over the pixels."""
    areas: NDArray[np.float32]
    """(rows,) pixels, over all drawings."""
    n_drawings: NDArray[np.float32]
    """(rows,) number of drawings that show it."""
    n_tracks: int
    """Number of tracks."""
    descriptors: NDArray[np.float16] = field(default_factory=lambda: np.empty((0, 0), np.float16))
    """(rows, n) mean descriptors of the regions, by area; n is 0 if no method describes regions. Their length
    is the familiarity, 0..1."""

    def __post_init__(self) -> None:
        if not len(self.descriptors):
            object.__setattr__(self, "descriptors", np.empty((len(self.codes), 0), np.float16))


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Regions that the memory is asked about. Each row is one region."""

    histograms: NDArray[np.float32]
    """(rows, 313) predicted probabilities of the ab bins."""
    lightness: NDArray[np.float32]
    """(rows,) mean CIE L, 0..100."""
    descriptors: NDArray[np.float16]
    """(rows, n) descriptors; n is 0 if no method describes regions, and a row is 0 if nothing is known."""

    def __len__(self) -> int:
        return len(self.lightness)


class Votes:
    """Sum of pooled predictions and hints by track and knot."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        """Row of the arrays, by track x 11 + knot."""
        self.n_tracks = 0
        self.sums = np.zeros((0, N_BINS), np.float32)
        self.light = np.zeros(0, np.float32)
        self.areas = np.zeros(0, np.float32)
        self.n_drawings = np.zeros(0, np.float32)
        self._described = np.zeros((0, 0), np.float32)
        """(rows, n) sums of descriptors over the pixels of predictions."""
        self._unfamiliar = np.zeros(0, np.float32)
        """(rows,) sum of one minus the familiarity, the length of a descriptor, over these pixels."""

    @classmethod
    def of(cls, summed: TrackVotes) -> Votes:
        """Return a sum that continues an earlier one."""
        votes = cls()
        votes.rows = {code: row for row, code in enumerate(summed.codes.tolist())}
        votes.n_tracks = summed.n_tracks
        votes.sums = summed.histograms.astype(np.float32) * summed.areas[:, None]
        votes.light, votes.areas = summed.light.copy(), summed.areas.copy()
        votes.n_drawings = summed.n_drawings.copy()
        descriptors = summed.descriptors.astype(np.float32)
        votes._described = descriptors * summed.areas[:, None]
        votes._unfamiliar = _unfamiliar(descriptors, summed.areas)
        return votes

    def summed(self) -> TrackVotes:
        """Return the sum, with histograms in half precision."""
        histograms = (self.sums / self.areas[:, None]).astype(np.float16)
        codes, described = np.array(list(self.rows), np.int64), self._descriptors()
        return TrackVotes(
            codes, histograms, self.light, self.areas, self.n_drawings, self.n_tracks, described
        )

    def appearance(self) -> Appearance:
        """Return what the memory is asked about, for all rows."""
        histograms = (self.sums / self.areas[:, None]).astype(np.float16).astype(np.float32)
        return Appearance(histograms, np.asarray(self.light / self.areas, np.float32), self._descriptors())

    def _descriptors(self) -> NDArray[np.float16]:
        """Return the mean direction of the descriptors, with the familiarity as length, (rows, n)."""
        return (unit_rows(self._described) * self.familiarity()[:, None]).astype(np.float16)

    def familiarity(self) -> NDArray[np.float32]:
        """Return the mean familiarity of the pixels of each row, 0..1. Those with hints are familiar."""
        return np.asarray(1 - self._unfamiliar / self.areas, np.float32)

    def add_drawing(self, tracks: NDArray[np.int64], pooled: PooledPredictions) -> None:
        """Add the predictions for a drawing whose regions belong to these tracks (regions,)."""
        rows = self.add(tracks, pooled, 1.0)
        self.n_drawings[np.unique(rows)] += 1
        n, descriptors = pooled.descriptors.shape[1], pooled.descriptors.astype(np.float32)
        if n > self._described.shape[1]:
            self._described = np.zeros((len(self.areas), n), np.float32)
        if n:
            _add_to(self._described, rows, descriptors * pooled.areas[:, None])
            _add_to(self._unfamiliar, rows, _unfamiliar(descriptors, pooled.areas))

    def add(
        self, tracks: NDArray[np.int64], pooled: PooledPredictions | PooledHints, weight: float
    ) -> NDArray[np.int64]:
        """Add pooled predictions or hints; return their rows in the arrays.

        Parameters
        ----------
        tracks : int64 array, shape (regions,)
            Track of each region of the drawing.
        pooled : PooledPredictions or PooledHints
            Means over these regions.
        weight : float
            Weight of a pixel, relative to one pixel of a prediction.
        """
        codes = tracks[pooled.regions] * N_KNOTS + pooled.knots
        rows = np.array([self.rows.setdefault(code, len(self.rows)) for code in codes.tolist()], np.int64)
        self.n_tracks = max(self.n_tracks, int(tracks.max()) + 1)
        self._grow(len(self.rows) - len(self.areas))
        areas = np.float32(weight) * pooled.areas
        _add_to(self.sums, rows, pooled.histograms * areas[:, None])
        _add_to(self.light, rows, pooled.means * areas)
        _add_to(self.areas, rows, areas)
        return rows

    def _grow(self, n_rows: int) -> None:
        if n_rows:
            self.sums = np.pad(self.sums, ((0, n_rows), (0, 0)))
            self.light = np.pad(self.light, (0, n_rows))
            self.areas = np.pad(self.areas, (0, n_rows))
            self.n_drawings = np.pad(self.n_drawings, (0, n_rows))
            self._unfamiliar = np.pad(self._unfamiliar, (0, n_rows))
            self._described = np.pad(self._described, ((0, n_rows), (0, 0)))


def _unfamiliar(descriptors: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of one minus the familiarity over the pixels of rows; 0 without descriptors."""
    if not descriptors.shape[1]:
        return np.zeros(len(areas), np.float32)
    lengths = np.linalg.norm(descriptors, axis=1)
    return np.asarray(areas * (1 - np.minimum(lengths, 1)), np.float32)


def _add_to(sums: NDArray[np.float32], rows: NDArray[np.int64], values: NDArray[np.float32]) -> None:
    """Add values to rows of sums, in order. Indexing is several times faster, but adds a row only once."""
    _, first = np.unique(rows, return_index=True)
    sums[rows[first]] += values[first]
    rest = np.ones(len(rows), bool)
    rest[first] = False
    np.add.at(sums, rows[rest], values[rest])
