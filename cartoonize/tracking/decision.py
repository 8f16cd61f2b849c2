"""Decision: which colours the tracks of one shot get, from predictions and hints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS, N_BINS
from cartoonize.tracking.borders import Borders
from cartoonize.tracking.paints import few_paints, of_equal_lightness
from cartoonize.tracking.parts import N_KNOTS
from cartoonize.tracking.pooling import HintShares
from cartoonize.tracking.votes import TrackVotes, Votes

#: Part of the keys of cached shots. Raise it when the colours that this file decides on change.
VERSION = 2

Recall = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]

#: Weight of the prediction for equally light tracks beside that for the track itself.
_ALIKE_COUNT = 0.6
#: Temperature of the probabilities before a colour is picked. Below 1, likely colours become likelier.
_TEMPERATURE = 0.6
#: The likeliest colour is the bin with the most probability around it, by a Gaussian of this deviation in ab.
_BLUR = 10.0
#: Bins farther than this from the likeliest one do not count in the mean.
_REACH = 40.0
#: A colour counts as right if it is nearer than this in ab. On the validation episode, the probability of
#: that was the share of the area within CIEDE2000 10 of the truth.
_RIGHT = 20.0
#: Temperature of the probabilities before the confidence is computed. Above 1: networks are overconfident.
_DOUBT = 1.25
#: Confidence of colours that were carried from a reference, or found in an album: measured, as above.
KNOWN_CONFIDENCE = 0.97
#: Weight of a pixel that was found in an album; one in ten drawings is looked up.
_FOUND_COUNT = 5.0
#: A track gets the found colours alone if this share of its looked-up pixels was found, ...
_FOUND_SHARE = 0.1
#: ... from the knots that hold at least this share of them.
_KNOT_SHARE = 0.01
#: Least probability of a bin.
_LEAST = 1e-4
#: Weight of a pixel with a hint.
_HINT_COUNT = 4.0


class Decision:
    """Predictions and hints for the tracks of one shot, and the colours that follow from them.

    Parameters
    ----------
    votes : TrackVotes
        Predictions.
    borders : Borders, optional
        How much of their borders the tracks share; needed to `decide`.
    """

    def __init__(self, votes: TrackVotes, borders: Borders | None = None) -> None:
        self._votes, self._borders = Votes.of(votes), borders
        self._hints: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        """Rows, and sums of a, b and pixels, of what `add_hints` got."""
        self._found: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        """The same of what `add_found` got."""
        self._looked_up = np.zeros(0, np.float32)
        """Pixels of each track in drawings that were looked up."""

    def add_hints(self, tracks: NDArray[np.int64], shares: HintShares) -> None:
        """Add hints for a drawing whose regions belong to these tracks (regions,)."""
        self._hints.append(self._add(tracks, shares, _HINT_COUNT))

    def add_found(
        self, tracks: NDArray[np.int64], areas: NDArray[np.int64] | None, shares: HintShares | None
    ) -> None:
        """Add a drawing that was looked up in an album.

        Parameters
        ----------
        tracks : int64 array, shape (regions,)
            Track of each region of the drawing.
        areas : int64 array, shape (regions,), optional
            Pixels of each region; needed to `decide`.
        shares : HintShares or None
            What was found; None if nothing.
        """
        if areas is not None:
            missing = int(tracks.max()) + 1 - len(self._looked_up)
            self._looked_up = np.pad(self._looked_up, (0, max(missing, 0)))
            np.add.at(self._looked_up, tracks, areas.astype(np.float32))
        if shares is not None:
            self._found.append(self._add(tracks, shares, _FOUND_COUNT))

    def _add(
        self, tracks: NDArray[np.int64], shares: HintShares, count: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows = self._votes.add(tracks, shares, count)
        return rows, np.insert(shares.colors, 2, 1, 1) * shares.areas[:, None]

    def question(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the histograms (rows, 313) and CIE L (rows,) that a memory is asked about."""
        votes = self._votes
        histograms = (votes.sums / votes.areas[:, None]).astype(np.float16).astype(np.float32)
        return histograms, np.asarray(votes.light / votes.areas, np.float32)

    def decide(self, recall: Recall) -> NDArray[np.float32]:
        """Return ab and confidence (tracks, knots, 3), for `Parts.painted`.

        1. Take the mean of a track's histograms at each knot, by area, and mix in what the memory recalls.
        2. Multiply it by the mean of all tracks of the same lightness, which likely have the same paint.
        3. Draw small tracks towards those that they touch without an outline between.
        4. Take the mean of the bins around the likeliest colour: one of red and green, not brown.
        5. Make nearly equal colours equal.
        6. Give tracks that were found in the album the mean of what was found, unless more hints are known.

        Hints are votes that count more than predictions. They do not have the last word: they may come from
        far away, and films change their colours in time. The confidence, 0..1, is the probability, after
        step 3, of colours around the one that was decided.

        Parameters
        ----------
        recall : callable
            Takes histograms (n, 313) and CIE L (n,); returns histograms, as `Memory.recall` does.
        """
        votes = self._votes
        histograms, lightness = self.question()
        histograms = recall(histograms, lightness)
        alike = of_equal_lightness(histograms, lightness, votes.areas)
        logits = np.log(histograms + _LEAST) + _ALIKE_COUNT * np.log(alike + _LEAST)
        tracks, knots = np.divmod(np.array(list(votes.rows)), N_KNOTS)
        logits += self._pulled(logits, tracks)[tracks]
        ab = few_paints(_winners(logits), votes.areas)
        decided = np.full((votes.n_tracks, N_KNOTS, 3), np.nan, np.float32)
        decided[tracks, knots, :2] = ab
        decided[tracks, knots, 2] = _probability(logits, ab)
        self._put_found(decided, tracks, knots)
        return _spread(decided)

    def _totals(self, added: list[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> NDArray[np.float32]:
        """Return sums of a, b and pixels, (rows, 3)."""
        totals = np.zeros((len(self._votes.areas), 3), np.float32)
        for rows, sums in added:
            np.add.at(totals, rows, sums)
        return totals

    def _put_found(
        self, decided: NDArray[np.float32], tracks: NDArray[np.int64], knots: NDArray[np.int64]
    ) -> None:
        """Replace what was decided for tracks of which enough was found, and no more is known from hints."""
        found, n_tracks = self._totals(self._found), self._votes.n_tracks
        pixels = found[:, 2]
        looked_up = np.pad(self._looked_up, (0, n_tracks - len(self._looked_up)))
        of_track = np.bincount(tracks, pixels, n_tracks)
        enough = (of_track > 0) & (of_track >= _FOUND_SHARE * looked_up)
        enough &= np.bincount(tracks, self._totals(self._hints)[:, 2], n_tracks) <= of_track
        decided[enough] = np.nan
        rows = enough[tracks] & (pixels > _KNOT_SHARE * of_track[tracks])
        decided[tracks[rows], knots[rows], :2] = found[rows, :2] / pixels[rows, None]
        decided[tracks[rows], knots[rows], 2] = KNOWN_CONFIDENCE

    def _pulled(self, logits: NDArray[np.float32], tracks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return by how much soft borders change the log-probabilities of whole tracks: (tracks, 313)."""
        n_tracks, weights = self._votes.n_tracks, self._votes.areas
        areas = np.bincount(tracks, weights, n_tracks).astype(np.float32)
        sums = np.zeros((n_tracks, N_BINS), np.float32)
        np.add.at(sums, tracks, logits * weights[:, None])
        means = np.asarray(sums / np.maximum(areas, 1e-6)[:, None], np.float32)
        n_drawings = np.ones(n_tracks, np.float32)
        np.maximum.at(n_drawings, tracks, self._votes.n_drawings)
        assert self._borders is not None
        softened = self._borders.soften(means, np.asarray(areas / n_drawings, np.float32))
        return np.asarray(softened - means, np.float32)


def _probability(logits: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability (n,) of colours around ab (n, 2), from log-probabilities (n, 313)."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _DOUBT)
    squared = ((AB_BINS - ab[:, None]) ** 2).sum(-1)
    return np.asarray((weights * (squared < _RIGHT**2)).sum(1) / weights.sum(1), np.float32)


def _spread(ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill knots without a colour (NaN) with that of the next darker knot, else of the next lighter one."""
    for ks in (range(1, N_KNOTS), range(N_KNOTS - 2, -1, -1)):
        for k in ks:
            empty = np.isnan(ab[:, k, 0])
            ab[empty, k] = ab[empty, k - 1 if ks.step > 0 else k + 1]
    return np.nan_to_num(ab)


def _winners(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the winning ab (n, 2) of log-probabilities (n, 313), sharpened by the temperature."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _TEMPERATURE)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    likeliest = (weights @ np.exp(-0.5 * squared / _BLUR**2)).argmax(1)
    weights *= squared[likeliest] <= _REACH**2
    return np.asarray(weights @ AB_BINS / weights.sum(1, keepdims=True), np.float32)
