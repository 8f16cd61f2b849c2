"""Areas: find the part of each frame that shows the picture, and leave the black bars around it out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cartoonize.frames import Area, Frame


@dataclass(frozen=True)
class PictureAreas:
    """The picture areas of a film. They change only at cuts."""

    starts: tuple[int, ...] = ()
    """Indices of the frames from which another area applies, ascending."""
    areas: tuple[Area | None, ...] = ()
    """The area from each of them on; None if the picture fills the frame."""

    def at(self, index: int) -> Area | None:
        """Return the area of a frame; None if the picture fills the frame."""
        at = bisect_right(self.starts, index) - 1
        return self.areas[max(at, 0)] if self.areas else None


def find_areas(frames: Iterable[Frame]) -> PictureAreas:
    """Find the picture areas of all shots of a film. Memory grows only with the number of shots.

    Parameters
    ----------
    frames : iterable of Frame
        All frames, in order, as they come from a source.
    """
    from cartoonize.detect.bars import Borders, ShotBorders, picture_areas
    from cartoonize.detect.cuts import CutDetector

    cuts, borders = CutDetector(), ShotBorders()
    starts: list[int] = []
    measured: list[Borders] = []
    for frame in frames:
        if cuts.is_cut(frame.grey) or not starts:
            if starts:
                measured.append(borders.measured())
            starts.append(frame.index)
            borders = ShotBorders()
        borders.add(frame.grey)
    if starts:
        measured.append(borders.measured())
    areas = picture_areas(measured)
    changes = [k for k, area in enumerate(areas) if k == 0 or area != areas[k - 1]]
    return PictureAreas(tuple(starts[k] for k in changes), tuple(areas[k] for k in changes))


def with_areas(frames: Iterable[Frame], areas: PictureAreas) -> Iterator[Frame]:
    """Add ``area`` to frames; they are not cropped."""
    return (frame.having(area=areas.at(frame.index)) for frame in frames)


def cropped_frames(frames: Iterable[Frame], areas: PictureAreas) -> Iterator[Frame]:
    """Add ``area`` to frames, and crop ``grey`` and ``rgb`` to it, so that no method sees the bars."""
    return (frame.cropped for frame in with_areas(frames, areas))
