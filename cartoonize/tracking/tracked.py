"""What is told of a coloured shot: which tracks are in it, where, and how sure their colours are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TrackedDrawing:
    """The regions of a drawing that was coloured."""

    index: int
    """Of the first frame that shows it."""
    n_frames: int
    tracks: NDArray[np.int64]
    """(regions,) of which track each is; several pieces of a track are possible."""
    areas: NDArray[np.int64]
    """(regions,) pixels of 256x256, outlines left out."""
    confidence: NDArray[np.float32]
    """(regions,) 0..1."""
    places: NDArray[np.float64]
    """(regions, 2) x and y of their centres, in pixels of 256x256."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackedShot:
    """The tracks of a shot, or of a part of a long one."""

    number: int
    drawings: list[TrackedDrawing]

    @property
    def start(self) -> int:
        """Index of its first frame."""
        return self.drawings[0].index

    @property
    def stop(self) -> int:
        """Index of the frame after its last one."""
        return self.drawings[-1].index + self.drawings[-1].n_frames
