"""Film in a telecined video as a source: its own progressive pictures at its own rate (`--film`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Literal, Protocol

from cartoonize.detect.telecine import CYCLE, Cadence, PulldownPhase, cadence_of
from cartoonize.errors import UsageError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.video.opened_on_demand import OpenedOnDemand
from cartoonize.video.reader import VideoSource

#: Frames from which the cadence is found, and frames with fields of two pictures that are enough for it.
_N_SEARCHED, _N_ENOUGH = 1800, 40
#: Frames that are read ahead of a cycle, from which its phase is found.
_AHEAD = 10


class _Opened(Protocol):
    """A video or a chapter of one."""

    path: object
    format: VideoFormat

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]: ...


class FilmSource(OpenedOnDemand):
    """The pictures of film in a telecined video; see :class:`cartoonize.video.source.Source`.

    Of five frames with 3:2 pulldown, four are film. The frame that shows the picture before once more is left
    out. With 2:2 pulldown, every frame is film, woven from the fields that show its picture.

    Parameters
    ----------
    video : VideoSource
        The video, or the one that the chapter is in.
    part : Source
        What is read: the video, or a chapter of it.

    Raises
    ------
    UsageError
        If the video is not telecined.
    """

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, video: VideoSource, part: object) -> None:
        assert hasattr(part, "frames")
        self._part: _Opened = part  # type: ignore[assignment]
        self.path = video.path if part is video else part.path  # type: ignore[attr-defined]
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self.remarks = video.remarks
        self.seeks = video.seeks
        video.keeps_fields = False
        form = self._part.format
        self._cadence = _cadence(self._part)
        if self._cadence is None:
            raise UsageError(
                f"{self.path} is not telecined film, as far as its fields show", "Leave out --film."
            )
        self._base = form.time_base
        self.format = replace(form, field_order="progressive")
        if self._cadence == "3:2":
            rate = form.frame_rate * 4 / CYCLE
            # Exact for both 24 and 24000/1001 pictures per second.
            self.format = replace(
                self.format,
                time_base=Fraction(1, 24000),
                frame_rate=rate,
                n_frames=form.n_frames * 4 // CYCLE,
                start_pts=self._in_own_base(form.start_pts),
                film_start_pts=None
                if form.film_start_pts is None
                else self._in_own_base(form.film_start_pts),
            )

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the pictures of the film; see :meth:`cartoonize.video.source.Source.frames`."""
        frames = self._part.frames(rgb=rgb, color=color, start=start, end=end)
        pictures = frames if self._cadence == "2:2" else self._without_repeats(frames)
        for index, frame in enumerate(pictures):
            self.damage = getattr(self._part, "damage", [])
            yield replace(frame, index=index, weaves_next=False, field_order=None)

    def _without_repeats(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield four of five frames, at even times."""
        phase = PulldownPhase()
        waiting: list[Frame] = []

        def more(n: int) -> None:
            for frame in islice(frames, n):
                phase.add(mixed=frame.weaves_next)
                waiting.append(frame)

        more(CYCLE + _AHEAD)
        while waiting:
            cycle = waiting[:CYCLE]
            del waiting[:CYCLE]
            if len(cycle) == CYCLE:
                repeated = phase.phase if phase.phase is not None else 2
                del cycle[repeated]
            yield from self._timed(cycle)
            more(CYCLE)

    def _timed(self, cycle: Sequence[Frame]) -> Iterator[Frame]:
        """Yield the pictures of a cycle, at even times from its first frame on."""
        step = 1 / self.format.frame_rate / self.format.time_base
        for k, frame in enumerate(cycle):
            if k == 0:
                begin = self._in_own_base(frame.pts)
            yield replace(frame, pts=begin + round(k * step), duration=round(step))

    def _in_own_base(self, pts: int) -> int:
        return round(pts * self._base / Fraction(1, 24000))


def _cadence(video: _Opened) -> Cadence | None:
    """Return the cadence of the first part of a video in which enough moves."""
    mixed: list[bool] = []
    for frame in islice(video.frames(), _N_SEARCHED):
        mixed.append(frame.weaves_next)
        if sum(mixed) >= _N_ENOUGH:
            break
    is_interlaced = video.format.field_order != "progressive"
    return cadence_of(mixed, is_interlaced=is_interlaced, frame_rate=video.format.frame_rate)
