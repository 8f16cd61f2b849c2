"""Segments: the regions of the drawings of a shot, before they are followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, area_average
from cartoonize.prefetch import map_parallel, n_cores
from cartoonize.tracking.tracked import TrackedDrawing

if TYPE_CHECKING:
    from cartoonize.optical_flow import Paths
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.pooling import PooledPredictions


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedDrawing:
    """A drawing, its regions, and the frames that show it."""

    number: int
    grey: NDArray[np.uint8]
    """(256, 256) 0..255: the drawing, without grain."""
    parts: Parts
    frames: list[Frame]
    predictions: PooledPredictions | None = None
    """Predictions for its regions; None if the frames have none."""

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """Find the regions of a drawing, and pool its predictions over them if it has any."""
        from cartoonize.tracking.parts import parts_of_grey
        from cartoonize.tracking.pooling import pool

        parts = parts_of_grey(frame.without_grain)
        predictions = None
        if frame.histogram is not None:
            predictions = pool(frame.histogram, parts, frame.descriptors)
        return cls(frame.drawing, area_average(frame.without_grain), parts, [], predictions)

    def record(self, tracks: NDArray[np.int64], confidence: NDArray[np.float32]) -> TrackedDrawing:
        """Return a record of the tracks in the drawing and of their mean confidence."""
        from cartoonize.tracking.parts import region_means
        from cartoonize.tracking.tracks import contrast_of

        parts = self.parts
        mean = region_means(confidence, parts.regions, parts.lines).astype(np.float32)
        return TrackedDrawing(
            index=self.frames[0].index,
            n_frames=len(self.frames),
            tracks=tracks,
            areas=parts.areas,
            confidence=mean,
            centers=parts.centers,
            boxes=parts.boxes,
            clear_at=next((frame.index for frame in self.frames if frame.mix is None), -1),
            contrast=contrast_of(parts.lightness),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedFrame:
    """A frame, and what is found in it before colours are decided."""

    frame: Frame
    drawing: SegmentedDrawing | None
    """Its drawing with regions; None if the frame holds the drawing of the frame before."""
    paths: Paths | None
    """Paths from a new drawing to the one before it. None if the frame begins no drawing, or the first."""


def segmented(frames: Iterable[Frame]) -> Iterator[SegmentedFrame]:
    """Find the regions of the drawings of a shot and their paths, for several drawings at once.

    Parameters
    ----------
    frames : iterable of Frame
        Frames of one shot, with ``drawing`` numbers.
    """
    n_threads = n_cores()

    def with_is_new() -> Iterator[tuple[Frame, bool]]:
        number = None
        for frame in frames:
            yield frame, frame.drawing != number
            number = frame.drawing

    def segment(item: tuple[Frame, bool]) -> tuple[Frame, SegmentedDrawing | None]:
        frame, is_new = item
        return frame, SegmentedDrawing.of(frame) if is_new else None

    def with_previous() -> Iterator[tuple[Frame, SegmentedDrawing | None, SegmentedDrawing | None]]:
        before = None
        for frame, drawing in map_parallel(segment, with_is_new(), n_threads=n_threads):
            yield frame, drawing, before
            before = drawing or before

    def with_paths(item: tuple[Frame, SegmentedDrawing | None, SegmentedDrawing | None]) -> SegmentedFrame:
        from cartoonize.tracking.tracks import paths_between

        frame, drawing, before = item
        if drawing is None or before is None:
            return SegmentedFrame(frame, drawing, None)
        paths = paths_between(before.grey, before.parts.lightness, drawing.grey)
        return SegmentedFrame(frame, drawing, paths)

    return map_parallel(with_paths, with_previous(), n_threads=n_threads)
