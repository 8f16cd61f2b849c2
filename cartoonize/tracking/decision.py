"""Decision: decide on the colours of the tracks of one shot, from predictions and hints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS, N_BINS
from cartoonize.tracking.borders import Borders
from cartoonize.tracking.knots import N_KNOTS, filled_from_neighbours
from cartoonize.tracking.paints import few_paints, of_equal_lightness
from cartoonize.tracking.pooling import PooledHints
from cartoonize.tracking.votes import Appearance, TrackVotes, Votes

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 7

Recall = Callable[[Appearance], NDArray[np.float32]]

#: Weight of the mean prediction for equally light tracks, relative to that for the track itself.
_EQUAL_LIGHTNESS_WEIGHT = 0.6
#: Temperature of the probabilities before a colour is picked. Below 1, likely colours become likelier.
_TEMPERATURE = 0.6
#: The likeliest colour is the bin with the most probability around it, in a Gaussian of this deviation in ab.
_BLUR = 10.0
#: Bins farther than this from the likeliest colour, in ab, are left out of the mean.
_REACH = 40.0
#: A colour counts as right if it is nearer than this in ab. On the validation episode, the probability of
#: such colours was equal to the share of the area within CIEDE2000 10 of the truth.
_RIGHT = 20.0
#: Temperature of the probabilities before the confidence is computed. Above 1, because networks are
#: overconfident.
_CONFIDENCE_TEMPERATURE = 1.25
#: Confidence of colours that were carried from a reference or found in an album; measured as above.
KNOWN_CONFIDENCE = 0.97
#: Weight of a pixel found in an album, relative to a predicted one. One of ten drawings is looked up.
_FOUND_WEIGHT = 5.0
#: A track gets only found colours if at least this share of its pixels in looked-up drawings was found, ...
_FOUND_SHARE = 0.1
#: ... and only from knots with more than this share of its found pixels.
_KNOT_SHARE = 0.01
#: Added to the probability of every bin before the logarithm.
_MIN_PROBABILITY = 1e-4
#: Colours that are less likely are not named.
_LEAST_LIKELY = 0.01
#: Pins on one track contradict each other if their colours are farther apart than this, in ab.
_APART = 10.0
#: A pinned colour decides if it was pinned on at least this share of its track in the drawing.
_PINNED_SHARE = 0.5
#: Weight of a pixel with a hint, relative to a predicted one.
_HINT_WEIGHT = 4.0


class Decision:
    """Decision on the colours of the tracks of one shot, from predictions and hints.

    Parameters
    ----------
    votes : TrackVotes
        Predictions.
    borders : Borders, optional
        Soft borders between the tracks; required by `decide`.
    """

    def __init__(self, votes: TrackVotes, borders: Borders | None = None) -> None:
        self._votes, self._borders = Votes.of(votes), borders
        self._hints: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        """For each call of `add_hints`: rows (n,) of the votes, and sums of a, b and pixels (n, 3)."""
        self._found: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
        """The same for each call of `add_found`."""
        self._pinned: dict[int, list[tuple[bool, float, NDArray[np.int64], NDArray[np.float32]]]] = {}
        """By track, for each region that was pinned or painted: whether it was pinned, its pixels, its knots
        (n,) and their colours (n, 2)."""
        self._looked_up = np.zeros(0, np.float32)
        """(tracks,) pixels of each track in drawings that were looked up."""

    def add_hints(self, tracks: NDArray[np.int64], pooled: PooledHints) -> None:
        """Add hints for a drawing whose regions belong to these tracks (regions,)."""
        self._hints.append(self._add(tracks, pooled, _HINT_WEIGHT))

    def add_pinned(
        self,
        tracks: NDArray[np.int64],
        areas: NDArray[np.int64],
        pooled: PooledHints,
        *,
        is_paint: bool = False,
    ) -> None:
        """Add a drawing on which a person has pinned colours, or painted some things.

        A track to which other regions of the drawing belong, too, may be of two things. Such a pin decides
        nothing; it is only painted where its pixels continue.

        Parameters
        ----------
        tracks : int64 array, shape (regions,)
            Track of each region of the drawing.
        areas : int64 array, shape (regions,)
            Pixels of each region.
        pooled : PooledHints
            The pinned colours.
        is_paint : bool
            True for paint. If it contradicts a pin, the pin counts.
        """
        of_track = np.bincount(tracks, areas)
        pinned = np.bincount(tracks[pooled.regions], pooled.areas, len(of_track))
        for region in np.unique(pooled.regions).tolist():
            track, rows = int(tracks[region]), pooled.regions == region
            if pinned[track] >= _PINNED_SHARE * of_track[track]:
                area = float(pooled.areas[rows].sum())
                rows = np.flatnonzero(rows)[pooled.areas[rows] / area > _KNOT_SHARE]
                one = (not is_paint, area, pooled.knots[rows], pooled.colors[rows])
                self._pinned.setdefault(track, []).append(one)

    def add_found(
        self, tracks: NDArray[np.int64], areas: NDArray[np.int64] | None, pooled: PooledHints | None
    ) -> None:
        """Add a drawing that was looked up in an album.

        Parameters
        ----------
        tracks : int64 array, shape (regions,)
            Track of each region of the drawing.
        areas : int64 array, shape (regions,), optional
            Pixels of each region; required by `decide`.
        pooled : PooledHints or None
            Colours that were found; None if there are none.
        """
        if areas is not None:
            missing = int(tracks.max()) + 1 - len(self._looked_up)
            self._looked_up = np.pad(self._looked_up, (0, max(missing, 0)))
            np.add.at(self._looked_up, tracks, areas.astype(np.float32))
        if pooled is not None:
            self._found.append(self._add(tracks, pooled, _FOUND_WEIGHT))

    def _add(
        self, tracks: NDArray[np.int64], pooled: PooledHints, weight: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows = self._votes.add(tracks, pooled, weight)
        return rows, np.insert(pooled.colors, 2, 1, 1) * pooled.areas[:, None]

    def appearance(self) -> Appearance:
        """Return what the memory is asked about, for the rows of the votes."""
        return self._votes.appearance()

    def decide(self, recall: Recall) -> NDArray[np.float32]:
        """Decide on the colours of all tracks.

        1. Take the mean of the histograms of a track at each knot, by area. If the memory recognises it, use
           the colours that the memory recalls.
        2. Multiply it by a power of the mean of all tracks of the same lightness, which probably have the
           same paint. Recalled colours count only for tracks that were recognised, too.
        3. Move small tracks towards the tracks that they touch without an outline between them.
        4. Take the mean of the bins around the likeliest colour. If red and green are likely, this is one of
           them and not brown.
        5. Make nearly equal colours equal.
        6. Give tracks that were found in the album the mean of the found colours, unless there are hints for
           more of their pixels.
        7. Give pinned tracks their colours.

        Hints are votes with more weight than predictions. They do not decide alone, because they may come
        from a distant drawing, and films change their colours over time. The confidence is the probability,
        after step 3, of colours near the decided one. If nothing is recognised, the odds that the track is
        unfamiliar are added to those of an error. Methods that have seen nothing like it are often sure of a
        wrong colour.

        Parameters
        ----------
        recall : callable
            Takes the appearance of n rows and returns histograms (n, 313), as `Memory.recall` does.

        Returns
        -------
        float32 array, shape (tracks, knots, 3)
            ab, and confidence 0..1, as for `Parts.painted`.
        """
        votes = self._votes
        appearance = self.appearance()
        predicted, lightness = appearance.histograms, appearance.lightness
        histograms = recall(appearance)
        of_lightness = of_equal_lightness(predicted, lightness, votes.areas)
        recognised = (histograms != predicted).any(1)
        if recognised.any():
            of_lightness[recognised] = of_equal_lightness(histograms, lightness, votes.areas, recognised)
        logits = np.log(histograms + _MIN_PROBABILITY)
        logits = logits + _EQUAL_LIGHTNESS_WEIGHT * np.log(of_lightness + _MIN_PROBABILITY)
        tracks, knots = np.divmod(np.array(list(votes.rows)), N_KNOTS)
        logits += self._changes_at_borders(logits, tracks)[tracks]
        ab = few_paints(_likeliest_colors(logits), votes.areas)
        decided = np.full((votes.n_tracks, N_KNOTS, 3), np.nan, np.float32)
        decided[tracks, knots, :2] = ab
        familiarity = np.where(recognised, np.float32(1), votes.familiarity())
        decided[tracks, knots, 2] = _with_added_odds(_probability(logits, ab), familiarity)
        self._use_found(decided, tracks, knots)
        self._use_pinned(decided)
        return np.nan_to_num(filled_from_neighbours(decided))

    def _totals(self, added: list[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> NDArray[np.float32]:
        """Return sums of a, b and pixels, (rows, 3)."""
        totals = np.zeros((len(self._votes.areas), 3), np.float32)
        for rows, sums in added:
            np.add.at(totals, rows, sums)
        return totals

    def _use_found(
        self, decided: NDArray[np.float32], tracks: NDArray[np.int64], knots: NDArray[np.int64]
    ) -> None:
        """Replace, in place, the colours of tracks of which enough was found, and not less than has hints."""
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

    def _use_pinned(self, decided: NDArray[np.float32]) -> None:
        """Replace, in place, the colours of tracks on which a person has pinned colours.

        They count for the lightness of the regions on which they were pinned, and a little more. If two of
        them contradict each other, the one on the larger region counts: the other may be on another thing
        that was followed as the same track.
        """
        for track, pinned in self._pinned.items():
            totals, counts = np.zeros((N_KNOTS, 2), np.float32), np.zeros(N_KNOTS, np.float32)
            for _, _, knots, colors in sorted(pinned, key=lambda one: one[:2], reverse=True):
                so_far = totals[knots] / np.maximum(counts[knots], 1)[:, None]
                apart = np.linalg.norm(colors - so_far, axis=1)[counts[knots] > 0]
                if apart.max(initial=0) <= _APART:
                    totals[knots] += colors
                    counts[knots] += 1
            known = np.flatnonzero(counts)
            mean = totals[known] / counts[known, None]
            near = np.arange(max(int(known[0]) - 1, 0), min(int(known[-1]) + 2, N_KNOTS))
            for k in (0, 1):
                decided[track, near, k] = np.interp(near, known, mean[:, k])
            decided[track, near, 2] = KNOWN_CONFIDENCE

    def _changes_at_borders(
        self, logits: NDArray[np.float32], tracks: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the changes of the log-probabilities of whole tracks by soft borders, (tracks, 313)."""
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
    """Return the probability (n,) of colours near ab (n, 2), from log-probabilities (n, 313)."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _CONFIDENCE_TEMPERATURE)
    squared = ((AB_BINS - ab[:, None]) ** 2).sum(-1)
    return np.asarray((weights * (squared < _RIGHT**2)).sum(1) / weights.sum(1), np.float32)


def _with_added_odds(right: NDArray[np.float32], familiar: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return p (n,) with (1 - p) / p = (1 - right) / right + (1 - familiar) / familiar."""
    both = right * familiar
    return np.asarray(both / (right + familiar - both), np.float32)


def _likeliest_colors(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean ab (n, 2) around the likeliest colour, from log-probabilities (n, 313)."""
    weights = np.exp((logits - logits.max(1, keepdims=True)) / _TEMPERATURE)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    likeliest = (weights @ np.exp(-0.5 * squared / _BLUR**2)).argmax(1)
    weights *= squared[likeliest] <= _REACH**2
    return np.asarray(weights @ AB_BINS / weights.sum(1, keepdims=True), np.float32)


def likely_colors(histogram: NDArray[np.float32], n: int = 5) -> list[tuple[NDArray[np.float32], float]]:
    """Return the most likely colours of a histogram, which are not near to each other.

    Parameters
    ----------
    histogram : float32 array, shape (313,)
        Probabilities of the ab bins.
    n : int
        Largest number of colours.

    Returns
    -------
    list of (float32 array, float)
        ab (2,), and the probability of colours near it, 0..1. The likeliest is the first.
    """
    left = histogram / max(float(histogram.sum()), 1e-9)
    squared = ((AB_BINS[:, None] - AB_BINS) ** 2).sum(-1)
    nearness = np.exp(-0.5 * squared / _BLUR**2)
    found: list[tuple[NDArray[np.float32], float]] = []
    while len(found) < n and left.sum() > _LEAST_LIKELY:
        is_near = squared[int((nearness @ left).argmax())] < _RIGHT**2
        probability = float(left[is_near].sum())
        if probability < _LEAST_LIKELY:
            break
        ab = left[is_near] @ AB_BINS[is_near] / probability
        found.append((np.asarray(ab, np.float32), probability))
        left = np.where(is_near, np.float32(0), left)
    return sorted(found, key=lambda one: -one[1])
