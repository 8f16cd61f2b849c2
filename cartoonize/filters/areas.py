"""Areas: find the part of each frame that shows the picture, and leave the black bars around it out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cartoonize.frames import Area, Frame, VideoFormat


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

    def description(self, format: VideoFormat, fate: str = "stay grey") -> str:
        """Return a line that describes the bars and says that they stay grey; "" without bars."""
        kinds = {area for area in self.areas if area is not None}
        if not kinds:
            return ""
        where = "" if None not in self.areas else " in a part of the film"
        if len(kinds) > 1:
            return f"black bars {fate}{where}; they have {len(kinds)} forms."
        (area,) = kinds
        sizes = {
            "above": area.top,
            "below": format.height - area.bottom,
            "left": area.left,
            "right": format.width - area.right,
        }
        bars = ", ".join(f"{size} pixels {side}" for side, size in sizes.items() if size)
        corners = "round corners" if any(area.radii) else ""
        what = " and ".join(filter(None, (f"black bars ({bars})" if bars else "", corners)))
        return f"{what} {fate}{where}."


def find_areas(
    frames: Iterable[Frame], report: Callable[[int], None] | None = None, *, interlaced: bool = False
) -> PictureAreas:
    """Find the picture areas of all shots of a film. Memory grows only with the number of shots.

    Parameters
    ----------
    frames : iterable of Frame
        All frames, in order, as they come from a source.
    report : callable, optional
        Called with the number of frames that were read.
    interlaced : bool
        True if the frames have two fields.
    """
    from cartoonize.detect.bars import Borders, ShotBorders, picture_areas
    from cartoonize.detect.cuts import CutDetector

    cuts, borders = CutDetector(), ShotBorders()
    starts: list[int] = []
    measured: list[Borders] = []
    report = report or (lambda n: None)
    report(0)
    for n, frame in enumerate(frames, 1):
        report(n)
        if cuts.is_cut(frame.grey) or not starts:
            if starts:
                measured.append(borders.measured())
            starts.append(frame.index)
            borders = ShotBorders()
        borders.add(frame.grey)
    if starts:
        measured.append(borders.measured())
    areas = picture_areas(measured, line_step=4 if interlaced else 2)
    changes = [k for k, area in enumerate(areas) if k == 0 or area != areas[k - 1]]
    return PictureAreas(tuple(starts[k] for k in changes), tuple(areas[k] for k in changes))


def with_areas(frames: Iterable[Frame], areas: PictureAreas) -> Iterator[Frame]:
    """Add ``area`` to frames; they are not cropped."""
    return (frame.having(area=areas.at(frame.index)) for frame in frames)


def cropped_frames(frames: Iterable[Frame], areas: PictureAreas) -> Iterator[Frame]:
    """Add ``area`` to frames, and crop ``grey`` and ``rgb`` to it, so that no method sees the bars."""
    return (frame.cropped for frame in with_areas(frames, areas))
