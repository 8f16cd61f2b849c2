"""A chapter of a film as a source of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from cartoonize.frames import Frame
from cartoonize.video.chapters import chapter_at
from cartoonize.video.opened_on_demand import OpenedOnDemand
from cartoonize.video.reader import VideoSource


class ChapterSource(OpenedOnDemand):
    """A chapter of a video; see :class:`cartoonize.video.source.Source`.

    Parameters
    ----------
    path : Path
        Path of the chapter, from `cartoonize.film_parts.chapter_path`.
    film : VideoSource
        The whole film.
    number : int
        Number of the chapter, from 1.
    """

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, path: Path, film: VideoSource, number: int) -> None:
        self.path, self._film = path, film
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self.remarks = film.remarks
        whole = film.format
        zero = whole.start_pts * whole.time_base
        self.chapter = chapter_at(film.path, number, zero)
        start, end = self.chapter.start, self.chapter.end
        end = end if end is not None else whole.duration
        duration = max(0.0, end - start) if end is not None else None
        self.format = replace(
            whole,
            film_start_pts=whole.start_pts,
            start_pts=whole.start_pts + round(Fraction(start) / whole.time_base),
            duration=duration,
            n_frames=0 if duration is None else round(duration * whole.frame_rate),
        )
        self.share = min(1.0, duration / whole.duration) if duration and whole.duration else 1.0
        """Share of the film that the chapter is, 0..1."""
        self.seeks = film.seeks
        """True if reading can begin near a time."""

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order; see :meth:`cartoonize.video.source.Source.frames`."""
        begins, ends = self.chapter.start, self.chapter.end
        stop = ends if end is None else min(begins + end, begins + end if ends is None else ends)
        for frame in self._film.frames(rgb=rgb, color=color, start=begins + (start or 0.0), end=stop):
            self.damage = self._film.damage
            yield frame
