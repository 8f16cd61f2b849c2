"""Sources: what gives tracks their colours, beside predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.edits import NO_EDITS, TrackEdits
from cartoonize.tracking.paint_changes import NO_PAINT_CHANGES, PaintChanges
from cartoonize.tracking.tracked import PartPrediction, TrackedShot

if TYPE_CHECKING:
    from cartoonize.annotations.hints import ColorHints
    from cartoonize.tracking.decision import Recall
    from cartoonize.tracking.votes import Appearance

_NO_HINTS: Mapping[int, ColorHints] = MappingProxyType({})

Find = Callable[[NDArray[np.uint8]], "ColorHints | None"]
Record = Callable[[PartPrediction, TrackedShot], None]


def as_predicted(appearance: Appearance) -> NDArray[np.float32]:
    """Return the histograms as they are: the answer of an empty memory."""
    return appearance.histograms


def _ignore(prediction: PartPrediction, tracked: TrackedShot) -> None:
    return None


@dataclass(frozen=True)
class TrackSources:
    """Sources of colours for tracks in addition to predictions, and a receiver of the tracks."""

    hints: Mapping[int, ColorHints] = field(default_factory=lambda: _NO_HINTS)
    """Known colours of some frames, by index. They count more than predictions."""
    recall: Recall = as_predicted
    """Function that mixes remembered colours into predictions, as `Memory.recall` does."""
    find: Find | None = None
    """Function that returns known colours of a drawing (256, 256), as `Album.find` does; called for one of
    ten drawings."""
    record: Record = _ignore
    """Function that is called for each shot, or part of a long shot, after its last frame was yielded."""
    edits: TrackEdits = NO_EDITS
    """Tracks that a user has divided and joined."""
    paints: PaintChanges = NO_PAINT_CHANGES
    """Paints that a user has replaced or fixed."""


NO_SOURCES = TrackSources()
