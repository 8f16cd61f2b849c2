"""Score the frames of coloured films against the original, on all cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.filters.areas import PictureAreas
from cartoonize.frames import Area, Frame, area_average
from cartoonize.prefetch import n_cores

if TYPE_CHECKING:
    from cartoonize.metrics import FrameColors, Measures, Pair, Reference, Sums

#: Number of frames that may wait for their scores.
LOOKAHEAD = 8


@dataclass(frozen=True)
class ScoredFrame:
    """One frame of the original, and the sums of the metrics for the same frame of each result."""

    shot: int
    """Number of the shot, from 0."""
    reference: Reference
    sums: list[Sums]
    """One entry per result."""


def score_frames(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
    measures: Measures,
    areas: PictureAreas = PictureAreas(),  # noqa: B008, frozen
) -> Iterator[ScoredFrame]:
    """Score frames of results against frames of the original, in order.

    Cuts are detected in the original; metrics that compare successive frames do not cross them. All cores
    compute, since the sums of a frame depend only on it and the frame before. Reads up to `LOOKAHEAD` frames
    ahead.

    Parameters
    ----------
    frames : iterable of (Frame, sequence of Frame)
        A frame of the original and the same frame of each result, with ``rgb``.
    measures : Measures
        Metrics to compute.
    areas : PictureAreas
        Picture areas of the original. Bars around them are not scored.
    """
    from concurrent.futures import Future, ThreadPoolExecutor

    def scored(shot: int, reference: Reference, pairs: Sequence[Pair]) -> ScoredFrame:
        return ScoredFrame(shot, reference, [measures.sums(pair) for pair in pairs])

    waiting: deque[Future[ScoredFrame]] = deque()
    with ThreadPoolExecutor(n_cores()) as pool:
        for shot, reference, pairs in _paired(_cropped(frames, areas)):
            waiting.append(pool.submit(scored, shot, reference, pairs))
            if len(waiting) > LOOKAHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cropped(
    frames: Iterable[tuple[Frame, Sequence[Frame]]], areas: PictureAreas
) -> Iterator[tuple[Frame, list[Frame]]]:
    """Yield the frames without bars. Results may have another size than the original."""
    for frame, others in frames:
        area = areas.at(frame.index)
        cropped = [other.having(area=_in_size_of(other, frame, area)).cropped for other in others]
        yield frame.having(area=area).cropped, cropped


def _in_size_of(other: Frame, frame: Frame, area: Area | None) -> Area | None:
    (height, width), (to_height, to_width) = frame.luma.shape, other.luma.shape
    return area and area.scaled((to_height / height, to_width / width))


def _paired(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
) -> Iterator[tuple[int, Reference, list[Pair]]]:
    """Yield the shot, the reference and the pairs of each frame, with the colours of the frame before."""
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.metrics import FrameColors, Pair, Reference

    def colors_of(frame: Frame, luma: NDArray[np.uint8] | None = None) -> FrameColors:
        assert frame.rgb is not None
        return FrameColors.of(area_average(frame.rgb), luma=luma)

    cuts, shot = CutDetector(), 0
    before: list[FrameColors | None] = []
    area = None
    for frame, others in frames:
        moved, area = frame.index > 0 and frame.area != area, frame.area
        if cuts.is_cut(frame.grey) or moved:
            shot += 1
            before = []
        now = [colors_of(frame), *(colors_of(f, luma=area_average(f.grey)) for f in others)]
        last = before or [None] * len(now)
        reference = Reference(now[0], last[0])
        yield shot, reference, [Pair(reference, c, b) for c, b in zip(now[1:], last[1:], strict=True)]
        before = [*now]
