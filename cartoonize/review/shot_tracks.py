"""Shot tracks: the tracks of a cached shot as the user has divided and joined them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.edits import NO_EDITS, TrackEdits, edited, region_finder
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.pooling import PooledPredictions

if TYPE_CHECKING:
    from cartoonize.coloring.cached_shot import CachedShot
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.tracked import PartPrediction


@dataclass(frozen=True, eq=False)
class DrawingTracks:
    """A drawing, and what its regions belong to."""

    parts: Parts
    prediction: PartPrediction
    """Prediction of the part of the shot that paints it."""
    tracks: NDArray[np.int64]
    """(regions,) track of each region, as numbered in that part."""
    names: NDArray[np.int64]
    """(regions,) the same, as numbered in the whole shot."""
    originals: NDArray[np.int64]
    """(regions,) track of each region before the user's edits, as numbered in the whole shot."""

    def pooled(self, region: int) -> PooledPredictions:
        """Return the mean predictions for the track of a region, over all its drawings, for the region."""
        votes = self.prediction.votes
        rows = votes.codes // N_KNOTS == self.tracks[region]
        regions, knots = np.full(int(rows.sum()), region), votes.codes[rows] % N_KNOTS
        means = votes.light[rows] / votes.areas[rows]
        of_rows = votes.areas[rows], means, votes.histograms[rows], votes.descriptors[rows]
        return PooledPredictions(regions, knots, *of_rows)


class ShotTracks:
    """The tracks of one shot.

    Parameters
    ----------
    cached : CachedShot
        The shot, with its tracks.
    parts : sequence of Parts
        Regions of its drawings.
    edits : TrackEdits
        Tracks that the user has divided and joined in this shot.
    """

    def __init__(self, cached: CachedShot, parts: Sequence[Parts], edits: TrackEdits = NO_EDITS) -> None:
        assert cached.tracks is not None
        self._cached, self._parts, self.edits = cached, parts, edits
        self._predictions = cached.tracks.predictions

    @property
    def firsts(self) -> list[int]:
        """Index of the first frame of each drawing."""
        n_held = self._cached.n_held
        return [int(n) for n in self._cached.start + np.cumsum(n_held) - n_held]

    def first_of(self, index: int) -> int:
        """Return the index of the first frame of the drawing that a frame shows."""
        return self.firsts[self._cached.drawing_at(index)]

    @cached_property
    def drawings(self) -> list[DrawingTracks]:
        """The drawings of the shot, in order."""
        parts = [self._edited(number) for number in range(len(self._predictions))]
        of_drawings = [
            (prediction, tracks)
            for prediction in parts
            for tracks in prediction.tracks[: prediction.n_painted]
        ]
        names, originals = _named(parts), _named(self._predictions)
        return [
            DrawingTracks(self._parts[k], prediction, tracks, names[k], originals[k])
            for k, (prediction, tracks) in enumerate(of_drawings)
        ]

    def _edited(self, number: int) -> PartPrediction:
        """Return the predictions for a part of the shot after the edits."""
        start, stop = self._part_frames[number]
        own, prediction = self.edits.within(start, stop), self._predictions[number]
        if not own:
            return prediction
        first = self._cached.drawing_at(start)
        parts = self._parts[first : first + len(prediction.tracks)]

        find = region_finder(parts, lambda index: self._cached.drawing_at(index) - first)
        return edited(prediction, [one.areas for one in parts], own, find).prediction

    @cached_property
    def _part_frames(self) -> list[tuple[int, int]]:
        """Half-open range of frames from which each part of the shot was decided."""
        firsts, n_painted = self.firsts, 0
        found = []
        for prediction in self._predictions:
            start = firsts[n_painted]
            found.append((start, start + prediction.n_frames))
            n_painted += prediction.n_painted
        return found

    def extent(self, *tracks: int) -> tuple[int, int]:
        """Return the half-open range of frames in which some tracks are seen."""
        shows = [bool(np.isin(tracks, drawing.names).any()) for drawing in self.drawings]
        firsts = [*self.firsts, self._cached.stop]
        return firsts[shows.index(True)], firsts[len(shows) - shows[::-1].index(True)]

    def are_near(self, indices: Sequence[int]) -> bool:
        """Return whether the colours of some frames are decided together, as not in all of a long shot."""
        return any(all(start <= k < stop for k in indices) for start, stop in self._part_frames)


def _named(predictions: Sequence[PartPrediction]) -> list[NDArray[np.int64]]:
    """Return the track of each region of each drawing, as numbered in the whole shot.

    A long shot has several parts. The first drawing of a part is also the last one that the part before has
    followed, which tells the tracks that continue.
    """
    found: list[NDArray[np.int64]] = []
    continued: NDArray[np.int64] | None = None
    n_names = 0
    for prediction in predictions:
        names = np.arange(prediction.votes.n_tracks) + n_names
        if continued is not None:
            names[prediction.tracks[0]] = continued
        n_names += prediction.votes.n_tracks
        found += [names[tracks] for tracks in prediction.tracks[: prediction.n_painted]]
        following = prediction.tracks[prediction.n_painted :]
        continued = names[following[0]] if following else None
    return found
