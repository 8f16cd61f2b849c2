"""Records of a shot that was coloured along tracks: its predictions and its tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cartoonize.tracking.pooling import PooledHints
    from cartoonize.tracking.votes import Appearance, TrackVotes


@dataclass(frozen=True, slots=True, eq=False)
class PartPrediction:
    """Predictions for a shot, or for a part of a long one, from which its colours can be decided again.

    Regions, outlines and paths are not included, because they can be computed from the frames.
    """

    n_frames: int
    """Number of frames from which the part was decided."""
    n_painted: int
    """Number of drawings that were painted. The other drawings also belong to the next part."""
    tracks: list[NDArray[np.int64]]
    """For each drawing (regions,): the track of each region."""
    votes: TrackVotes
    """Predictions for the tracks, summed over the drawings."""
    found: Mapping[int, PooledHints | None]
    """Colours that an album has for the drawings that were looked up, by position; None if it has none."""

    def appearance(self) -> Appearance:
        """Return what the memory is asked about in a part without hints, as `Decision.appearance` does."""
        from cartoonize.tracking.decision import Decision

        decision = Decision(self.votes)
        for k, pooled in self.found.items():
            decision.add_found(self.tracks[k], None, pooled)
        return decision.appearance()


@dataclass(frozen=True, slots=True, eq=False)
class TrackedDrawing:
    """The regions of a drawing that was coloured."""

    index: int
    """Index of the first frame that shows it."""
    n_frames: int
    """Number of frames that show it."""
    tracks: NDArray[np.int64]
    """(regions,) track of each region. A track may have several regions."""
    areas: NDArray[np.int64]
    """(regions,) pixels of the 256x256 grid, without outlines."""
    confidence: NDArray[np.float32]
    """(regions,) mean confidence, 0..1."""
    centers: NDArray[np.float64]
    """(regions, 2) x and y of the centres, in pixels of the 256x256 grid."""
    boxes: NDArray[np.int64]
    """(regions, 4) left, top, right and bottom of the smallest rectangle around each region, in pixels."""
    clear_at: int = -1
    """Index of the first frame that shows it and nothing else, as frames of dissolves do; -1: none does."""
    contrast: float = 100.0
    """Range of CIE L that 96% of the pixels are in, 0..100; small where the picture fades."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedShot:
    """The tracks of a shot that was coloured, or of a part of a long one."""

    number: int
    """Number of the shot."""
    drawings: list[TrackedDrawing]
    """Drawings in order; at least one."""
    colors: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Decided colours, from `ColorNotes.colors`."""

    @property
    def start(self) -> int:
        """Index of the first frame."""
        return self.drawings[0].index

    @property
    def stop(self) -> int:
        """Index of the frame after the last one."""
        return self.drawings[-1].index + self.drawings[-1].n_frames
