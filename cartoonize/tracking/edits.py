"""Edits: tracks that a user has divided or joined, because the regions of a shot were followed wrongly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.tracked import PartPrediction
from cartoonize.tracking.votes import TrackVotes

if TYPE_CHECKING:
    from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a frame."""

    index: int
    """Index of the frame."""
    x: float
    y: float
    """Shares of the width and height of the picture area, 0..1."""

    def pixel(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Return its row and column in a picture of a shape (height, width)."""
        return int(self.y * shape[0]), int(self.x * shape[1])


@dataclass(frozen=True)
class TrackEdits:
    """Tracks of a film that are divided and joined. Places that no frame of a shot shows have no effect."""

    splits: tuple[Place, ...] = ()
    """From its frame on, the thing at each place is another thing than before."""
    joins: tuple[tuple[Place, Place], ...] = ()
    """The things at the two places of a pair are one thing."""

    def within(self, start: int, stop: int) -> TrackEdits:
        """Return the edits whose frames are all in ``[start, stop)``."""
        return TrackEdits(
            tuple(place for place in self.splits if start <= place.index < stop),
            tuple(pair for pair in self.joins if all(start <= place.index < stop for place in pair)),
        )

    def fingerprint(self, start: int, stop: int) -> str:
        """Return a fingerprint of the edits in the frames ``[start, stop)``; "" if there are none."""
        own = self.within(start, stop)
        if not own:
            return ""
        splits = sorted(map(astuple, own.splits))
        joins = sorted(sorted(map(astuple, pair)) for pair in own.joins)
        return hashlib.sha256(json.dumps([splits, joins]).encode()).hexdigest()

    def __bool__(self) -> bool:
        return bool(self.splits or self.joins)


NO_EDITS = TrackEdits()


@dataclass(frozen=True)
class EditedPart:
    """A part of a shot after the edits."""

    prediction: PartPrediction
    divided: frozenset[int] = frozenset()
    """Tracks that are parts of one that was divided."""
    begins: dict[int, list[int]] = field(default_factory=dict)
    """By position of the drawing: tracks that begin there, because another one was divided."""


#: Takes a place, and returns the position of the drawing that its frame shows, and the region there.
RegionAt = Callable[[Place], tuple[int, int]]


def region_finder(parts: Sequence[Parts], drawing_at: Callable[[int], int]) -> RegionAt:
    """Return a function that finds the drawing and the region at a place.

    Parameters
    ----------
    parts : sequence of Parts
        Regions of each drawing.
    drawing_at : callable
        Takes the index of a frame, and returns the position of its drawing.
    """

    def region_at(place: Place) -> tuple[int, int]:
        k = drawing_at(place.index)
        regions = parts[k].regions
        return k, int(regions[place.pixel(regions.shape)])

    return region_at


def edited(
    prediction: PartPrediction, areas: Sequence[NDArray[np.int64]], edits: TrackEdits, region_at: RegionAt
) -> EditedPart:
    """Return a part of a shot with divided and joined tracks: all joins first, then the splits in order.

    The predictions of a track are a sum over its drawings. So both parts of a divided track have the same
    ones, with weights by their areas; colours that the user gives count for one part.

    Parameters
    ----------
    prediction : PartPrediction
        Predictions for the part.
    areas : sequence of int64 arrays, shape (regions,)
        Pixels of the regions of each drawing.
    edits : TrackEdits
        Edits whose frames are all in this part.
    region_at : callable
        Finds the drawing and the region at a place.
    """
    tracks, votes = [one.copy() for one in prediction.tracks], prediction.votes
    for one, other in edits.joins:
        kept, gone = (int(tracks[k][region]) for k, region in map(region_at, (one, other)))
        if kept != gone:
            for of_drawing in tracks:
                of_drawing[of_drawing == gone] = kept
            votes = _joined(votes, kept, gone)
    divided: set[int] = set()
    begins: dict[int, list[int]] = {}
    for k, region in sorted(map(region_at, edits.splits)):
        old, new = int(tracks[k][region]), votes.n_tracks
        pixels = [float(a[t == old].sum()) for a, t in zip(areas, tracks, strict=True)]
        if not sum(pixels[:k]):  # it begins here
            continue
        for of_drawing in tracks[k:]:
            of_drawing[of_drawing == old] = new
        votes = _divided(votes, old, sum(pixels[k:]) / sum(pixels))
        divided |= {old, new}
        begins.setdefault(k, []).append(new)
    return EditedPart(replace(prediction, tracks=tracks, votes=votes), frozenset(divided), begins)


def _divided(votes: TrackVotes, old: int, share: float) -> TrackVotes:
    """Return votes in which a new track, the last one, has this share of an old one."""
    rows = np.flatnonzero(votes.codes // N_KNOTS == old)
    codes = votes.n_tracks * N_KNOTS + votes.codes[rows] % N_KNOTS
    weights = np.ones(len(votes.codes), np.float32)
    weights[rows] = 1 - share
    light, areas, n_drawings = (
        np.concatenate([values * weights, values[rows] * np.float32(share)]).astype(np.float32)
        for values in (votes.light, votes.areas, votes.n_drawings)
    )
    codes = np.concatenate([votes.codes, codes])
    histograms, descriptors = (np.concatenate([v, v[rows]]) for v in (votes.histograms, votes.descriptors))
    return TrackVotes(codes, histograms, light, areas, n_drawings, votes.n_tracks + 1, descriptors)


def _joined(votes: TrackVotes, kept: int, gone: int) -> TrackVotes:
    """Return votes in which one track has those of another one, too."""
    codes = np.where(votes.codes // N_KNOTS == gone, kept * N_KNOTS + votes.codes % N_KNOTS, votes.codes)
    found, first, row = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)  # rows stay in the order in which they were first seen
    row = np.argsort(order)[row]
    areas = np.bincount(row, votes.areas).astype(np.float32)

    def mean(values: NDArray[np.float16]) -> NDArray[np.float16]:
        sums = np.zeros((len(found), values.shape[1]), np.float32)
        np.add.at(sums, row, values.astype(np.float32) * votes.areas[:, None])
        return (sums / areas[:, None]).astype(np.float16)

    return TrackVotes(
        found[order],
        mean(votes.histograms),
        np.bincount(row, votes.light).astype(np.float32),
        areas,
        np.bincount(row, votes.n_drawings).astype(np.float32),
        votes.n_tracks,
        mean(votes.descriptors),
    )
