"""Records of a shot that was coloured along tracks: what was predicted for it, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.pooling import HintShares
from cartoonize.tracking.votes import TrackVotes


@dataclass(frozen=True, slots=True, eq=False)
class PartPrediction:
    """Predictions for a shot, or for a part of a long one: enough to decide on its colours again.

    Regions, outlines and paths are not in it. They follow from the frames.
    """

    n_frames: int
    """Frames that the part was decided from."""
    n_painted: int
    """Drawings that were coloured; the others wait for the next part."""
    tracks: list[NDArray[np.int64]]
    """For each drawing (regions,): the track of each of its regions."""
    votes: TrackVotes
    """Predictions for the tracks, summed."""
    found: Mapping[int, HintShares | None]
    """What an album had for the drawings that were looked up, by position; None if nothing."""

    def question(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the histograms (rows, 313) and CIE L (rows,) that a memory is asked about without hints."""
        from cartoonize.tracking.decision import Decision

        decision = Decision(self.votes)
        for k, shares in self.found.items():
            decision.add_found(self.tracks[k], None, shares)
        return decision.question()


@dataclass(frozen=True, slots=True, eq=False)
class TrackedDrawing:
    """The regions of a drawing that was coloured."""

    index: int
    """Index of the first frame that shows it."""
    n_frames: int
    """Frames that show it."""
    tracks: NDArray[np.int64]
    """(regions,) track of each region; a track may have several regions."""
    areas: NDArray[np.int64]
    """(regions,) pixels of the 256x256 grid, outlines left out."""
    confidence: NDArray[np.float32]
    """(regions,) mean confidence, 0..1."""
    places: NDArray[np.float64]
    """(regions, 2) x and y of the centres, in pixels of the 256x256 grid."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedShot:
    """The tracks of a shot that was coloured, or of a part of a long one."""

    number: int
    """Number of the shot."""
    drawings: list[TrackedDrawing]
    """At least one."""

    @property
    def start(self) -> int:
        """Index of the first frame."""
        return self.drawings[0].index

    @property
    def stop(self) -> int:
        """Index of the frame after the last one."""
        return self.drawings[-1].index + self.drawings[-1].n_frames
