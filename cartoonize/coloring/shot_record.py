"""Shot record: what is kept of a shot, collected while its frames pass."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays
from cartoonize.coloring.cached_shot import CachedShot, LookUp, PackedChroma
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import Area, Frame, PlaneFormat
from cartoonize.tracking.confidence import PartConfidence
from cartoonize.tracking.tracked import PartPrediction, TrackedShot
from cartoonize.tracking.votes import Appearance


class TrackRecorder:
    """Record of the predictions for the tracks of one shot, and of the confidence of its colours."""

    def __init__(self) -> None:
        self.predictions: list[PartPrediction] = []
        self.confidence: list[PartConfidence] = []
        self.look_ups: list[LookUp] = []
        self.recalled: list[Appearance] = []
        self._colors: list[NDArray[np.int32]] = []

    def recording(self, sources: TrackSources) -> TrackSources:
        """Return sources that record what the album and the memory are asked, and the tracks."""
        find, recall = sources.find, sources.recall

        def recorded_find(drawing: NDArray[np.uint8]) -> ColorHints | None:
            assert find is not None
            found = find(drawing)
            self.look_ups.append(LookUp(drawing, fingerprint_of_found(found)))
            return found

        def recorded_recall(appearance: Appearance) -> NDArray[np.float32]:
            self.recalled.append(appearance)
            return recall(appearance)

        return replace(
            sources, find=recorded_find if find else None, recall=recorded_recall, record=self.record
        )

    def record(self, prediction: PartPrediction, tracked: TrackedShot) -> None:
        """Add a part of the shot."""
        self.predictions.append(prediction)
        self.confidence.append(PartConfidence.of(tracked, prediction.votes))
        self._colors.append(tracked.colors)

    @property
    def colors(self) -> NDArray[np.int32]:
        """All colours that were decided."""
        return np.unique(np.concatenate([np.zeros(0, np.int32), *self._colors]))


class ShotRecord:
    """The chroma of a shot, and the times of its frames.

    Parameters
    ----------
    planes : PlaneFormat
        Size and coding of the chroma planes.
    max_bytes : int, optional
        Nothing is kept of a shot whose compressed chroma has more bytes than this.
    """

    def __init__(self, planes: PlaneFormat, max_bytes: int | None = None) -> None:
        self._planes, self._max_bytes = planes, max_bytes
        self._chroma: PackedChroma | None = PackedChroma()
        self._start, self._drawing = -1, -1
        self._area: Area | None = None
        self._pts: list[int] = []
        self._n_held: list[int] = []
        self._is_mixed: list[bool] = []

    def following(self, frames: Generator[Frame]) -> Generator[Frame]:
        """Yield all frames of the shot, with ``chroma``, and note what is kept of them."""
        with closing(frames):
            for frame in frames:
                self._add(frame)
                yield frame

    def _add(self, frame: Frame) -> None:
        self._start = frame.index if self._start < 0 else self._start
        self._area = frame.area
        self._pts.append(frame.pts)
        self._is_mixed.append(frame.mix is not None)
        if frame.drawing != self._drawing:
            self._n_held.append(0)
        self._n_held[-1] += 1
        if frame.chroma is None:
            self._chroma = None
        elif self._chroma is not None and frame.drawing != self._drawing:
            self._chroma.add(frame.chroma)
            if self._max_bytes is not None and self._chroma.n_bytes >= self._max_bytes:
                self._chroma = None
        self._drawing = frame.drawing

    def shot(self) -> CachedShot | None:
        """Return the shot after its last frame; None if it is too large or a frame has no ``chroma``."""
        if self._chroma is None or not len(self._chroma):
            return None
        times = np.array(self._pts, np.int64), np.array(self._n_held, np.int64)
        n_mixed = _n_first(self._is_mixed), _n_first(self._is_mixed[::-1])
        return CachedShot(self._start, *times, self._planes, self._chroma, area=self._area, n_mixed=n_mixed)


def fingerprint_of_found(found: ColorHints | None) -> str:
    """Return a fingerprint of the answer of an album; "" if it found nothing."""
    return fingerprint_of_arrays(found.ab, found.confidence) if found is not None else ""


def _n_first(values: Sequence[bool]) -> int:
    """Return how many of the first values are True."""
    return next((n for n, value in enumerate(values) if not value), len(values))
