"""Areas: find the part of each frame that shows the picture, and leave the black bars around it out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartoonize.frames import Area, Frame, VideoFormat

if TYPE_CHECKING:
    from cartoonize.detect.bars import Borders


#: Part of the keys of cached shots. Raise it when the same film yields other areas.
VERSION = 1

#: Number of frames at the start of a shot of which all are measured. Of the others, every fourth is.
_N_MEASURED, _EVERY = 8, 4


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

    def until(self, n_frames: int) -> PictureAreas:
        """Return the areas of the first frames."""
        n = sum(start < n_frames for start in self.starts)
        return PictureAreas(self.starts[:n], self.areas[:n])

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


class AreaFinder:
    """Search for the picture areas of a film, frame by frame. Memory grows only with the number of shots.

    Parameters
    ----------
    interlaced : bool
        True if the frames have two fields.
    """

    def __init__(self, *, interlaced: bool = False) -> None:
        from cartoonize.detect.bars import ShotBorders
        from cartoonize.detect.cuts import CutDetector

        self._line_step = 4 if interlaced else 2
        self._cuts = CutDetector()
        self._new_shot = ShotBorders
        self._borders = ShotBorders()
        self._starts: list[int] = []
        self._measured: list[Borders] = []

    def add(self, frame: Frame) -> None:
        """Look at the next frame, as it comes from a source."""
        if self._cuts.is_cut(frame.grey) or not self._starts:
            if self._starts:
                self._measured.append(self._borders.measured())
            self._starts.append(frame.index)
            self._borders = self._new_shot()
        place = frame.index - self._starts[-1]
        if place < _N_MEASURED or place % _EVERY == 0:
            self._borders.add(frame.grey)

    @property
    def areas(self) -> PictureAreas:
        """The areas, as the frames so far show them."""
        from cartoonize.detect.bars import picture_areas

        if not self._starts:
            return PictureAreas()
        measured = [*self._measured, self._borders.measured()]
        areas = picture_areas(measured, line_step=self._line_step)
        changes = [k for k, area in enumerate(areas) if k == 0 or area != areas[k - 1]]
        return PictureAreas(tuple(self._starts[k] for k in changes), tuple(areas[k] for k in changes))


def versions() -> list[int]:
    """Return the versions of all on which areas depend."""
    from cartoonize.detect import bars, cuts

    return [VERSION, bars.VERSION, cuts.VERSION]


def find_areas(
    frames: Iterable[Frame], report: Callable[[int], None] | None = None, *, interlaced: bool = False
) -> PictureAreas:
    """Find the picture areas of all shots of a film.

    Parameters
    ----------
    frames : iterable of Frame
        All frames, in order, as they come from a source.
    report : callable, optional
        Called with the number of frames that were read.
    interlaced : bool
        True if the frames have two fields.
    """
    finder = AreaFinder(interlaced=interlaced)
    report = report or (lambda n: None)
    report(0)
    for n, frame in enumerate(frames, 1):
        report(n)
        finder.add(frame)
    return finder.areas
