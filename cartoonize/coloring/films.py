"""Film: a source, the part of it that is coloured, and the writers of its coloured copy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.coloring.area_files import AreaFile
from cartoonize.coloring.ensemble import MemberInfo, uses_color
from cartoonize.filters.areas import PictureAreas, find_areas
from cartoonize.filters.number import number_drawings
from cartoonize.filters.render import RenderOptions
from cartoonize.filters.transitions import without_transitions
from cartoonize.frames import Area, Frame
from cartoonize.prefetch import prefetch
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import fingerprint

if TYPE_CHECKING:
    from cartoonize.annotations.cuts import Cut
    from cartoonize.annotations.scribbles import Scribbles
    from cartoonize.video.output import Writer
    from cartoonize.video.source import Source

#: Tolerance of comparisons with the start and the end of a part, in seconds, as in readers.
_TIME_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Film:
    """A source, the part of it that is coloured, and the writers. Creating it reads and writes no frames."""

    source: Source
    """Opened source."""
    writer: Writer
    """Writer of the coloured copy."""
    render: RenderOptions
    """Part of the source, and coding."""
    with_color: bool
    """True if frames are read with ``rgb``: a member uses the coloured picture, and the source has colour."""
    n_expected: int
    """Expected number of frames; 0 if unknown."""
    plates: str | None = None
    """Luminance of the backgrounds that members need, ``"grey"`` or ``"cielab"``; None if no member does."""
    new_at: frozenset[int] = frozenset()
    """Indices of frames that always begin a new drawing, because other scribbles apply from there."""
    confidence_writer: Writer | None = None
    """Writer of a video that shows the confidence of the colours, or None."""
    crops: bool = True
    """True if methods see the picture without its bars; False with scribbles, which are painted on whole
    frames."""
    splits_transitions: bool = False
    """True if methods see pictures of one shot in the frames of dissolves and fades."""
    cache: Path | None = None
    """Folder of the workspace where picture areas of whole films are kept; None: nowhere."""
    known_cuts: Mapping[int, bool] = field(default_factory=dict)
    """Indices of frames of which the user says whether a shot begins with them."""
    reporter: Reporter = LOG
    """Receives progress, and a line about bars."""

    @property
    def path(self) -> Path:
        """Path of the source."""
        return self.source.path

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the content of the source."""
        return fingerprint(self.path)

    @property
    def first(self) -> int:
        """Number of frames of the source before the one with index 0."""
        return first_frame(self.source, self.render)

    def frames(self, *, rgb: bool = False) -> Iterator[Frame]:
        """Yield the frames of the part that is coloured."""
        # The length of a preview is a number of frames. Its end time is used only for sound and subtitles.
        frames = self.source.frames(rgb=rgb, start=self.render.start, end=self.render.end)
        return islice(frames, self.render.preview)

    def all_frames(self, *, rgb: bool = False) -> Iterator[Frame]:
        """Yield all frames of the source, also those outside the part that is coloured."""
        return self.source.frames(rgb=rgb)

    def is_before(self, frame: Frame) -> bool:
        """Return whether a frame of the source is before the part that is coloured."""
        return self.render.start is not None and self._time(frame) < self.render.start - _TIME_TOLERANCE

    def is_after(self, frame: Frame, n_colored: int) -> bool:
        """Return whether a frame is after the part that is coloured, after ``n_colored`` frames of it."""
        if self.render.preview is not None and n_colored >= self.render.preview:
            return True
        return self.render.end is not None and self._time(frame) >= self.render.end - _TIME_TOLERANCE

    def _time(self, frame: Frame) -> float:
        """Return the time of a frame in seconds from the start of the stream."""
        return float((frame.pts - self.source.format.start_pts) * self.source.format.time_base)

    @cached_property
    def areas(self) -> PictureAreas:
        """Picture areas in the part that is coloured: those kept of the whole film, or found in a pass."""
        if not self.render.bars:
            return PictureAreas()
        areas = self._known_areas()
        if areas is None:
            areas = self._found_areas()
            if self._area_file is not None and not (self.render.is_part or self.source.damage):
                self._area_file.write(areas)
        if line := areas.description(self.source.format):
            self.reporter.info(f"{self.path.name}: {line}")
        return areas

    def _known_areas(self) -> PictureAreas | None:
        areas = None if self._area_file is None else self._area_file.read()
        # Where a part begins is known only by its time, so areas that change are found anew.
        changes = areas is not None and len(set(areas.areas)) > 1
        return None if self.render.is_part and changes else areas

    def _found_areas(self) -> PictureAreas:
        label = f"looking for bars in {self.path.name}"
        report = partial(self.reporter.progress, label, total=self.n_expected, unit="frames")
        interlaced = self.source.format.field_order != "progressive"
        return find_areas(self.frames(), report, interlaced=interlaced)

    @cached_property
    def _area_file(self) -> AreaFile | None:
        return None if self.cache is None else AreaFile(self.cache, self.source, self.fingerprint)

    def split(self, frames: Iterable[Frame]) -> Iterable[Frame]:
        """Return frames of the film, with pictures of one shot in transitions if ``splits_transitions``."""
        return without_transitions(frames) if self.splits_transitions else frames

    def cropped_to(self, index: int) -> Area | None:
        """Return the area of a frame if methods see only that; else None."""
        return self.areas.at(index) if self.crops else None

    def with_area(self, frame: Frame) -> Frame:
        """Return a frame with its picture area."""
        return frame.having(area=self.areas.at(frame.index))

    def in_area(self, frame: Frame) -> Frame:
        """Return a frame with its picture area, and without its bars if methods do not see them."""
        framed = self.with_area(frame)
        return framed.cropped if self.crops else framed

    def numbered(self, *, backgrounds: bool = True) -> Iterator[Frame]:
        """Yield the frames with areas, numbers of drawings and shots, and backgrounds where needed.

        Parameters
        ----------
        backgrounds : bool
            False to leave out the backgrounds, for which the film is read twice.
        """
        if self.plates is None or not backgrounds:
            return self._numbered()
        from cartoonize.filters.backgrounds import backgrounds as plates_of
        from cartoonize.filters.backgrounds import with_backgrounds

        plates = prefetch(plates_of(self._numbered(), luminance=self.plates))
        return with_backgrounds(self._numbered(), plates)

    def _numbered(self) -> Iterator[Frame]:
        framed = map(self.with_area, self.frames(rgb=self.with_color))
        framed = map(self.in_area, self.split(framed))
        return number_drawings(framed, new_at=self.new_at, known_cuts=self.known_cuts)


def open_film(
    source: Source,
    output: Path,
    members: Sequence[MemberInfo],
    render: RenderOptions,
    *,
    confidence_output: Path | None = None,
    splits_transitions: bool = False,
    cache: Path | None = None,
    reporter: Reporter = LOG,
) -> Film:
    """Return a film with the writers of its coloured copy.

    Parameters
    ----------
    source : Source
        Opened source.
    output : Path
        File or folder to write.
    members : sequence of MemberInfo
        Members that will colour it.
    render : RenderOptions
        Part of the source, and coding.
    confidence_output : Path, optional
        File of a video that shows the confidence.
    splits_transitions : bool
        True if methods see pictures of one shot in the frames of dissolves and fades.
    cache : Path, optional
        Folder of the workspace for what can be made anew.
    reporter : Reporter
        Receives warnings.

    Raises
    ------
    UsageError, OutputError
        If the output cannot be written with these options.
    """
    from cartoonize.video import open_writer

    wants_color = uses_color(members)
    if wants_color and not source.format.has_color:
        reporter.warning(
            f"{source.path.name} has no colour, and a member was trained with CIE L of coloured pictures. It"
            " gets CIE L of the grey picture. For black-and-white film, train with --luminance grey."
        )
    bounds = _with_end(render, source)

    def writer(path: Path, coding: Mapping[str, Any], streams: bool = False) -> Writer:
        return open_writer(
            path,
            source.format,
            **coding,
            copy_from=source.path if streams else None,
            start=bounds.start,
            end=bounds.end,
            names=source.names,
            force=render.force,
        )

    with_background = [member for member in members if "background" in member.variant.inputs]
    return Film(
        source,
        _clips(source, output, render)
        if render.clip_per_shot
        else writer(output, render.coding, source.kind == "video"),
        render,
        wants_color and source.format.has_color,
        _expected_frames(source, bounds),
        ("cielab" if uses_color(with_background) else "grey") if with_background else None,
        confidence_writer=writer(confidence_output, render.plain_coding) if confidence_output else None,
        splits_transitions=splits_transitions,
        cache=cache,
        reporter=reporter,
    )


def _clips(source: Source, folder: Path, render: RenderOptions) -> Writer:
    """Return the writer of a folder with one clip for each shot."""
    from cartoonize.video.shot_clips import open_clips

    return open_clips(
        folder,
        source.format,
        handles=render.handles,
        copy_from=source.path if source.kind == "video" else None,
        names=source.names,
        force=render.force,
        **render.coding,
    )


def with_scribbles(film: Film, scribbles: Scribbles | None) -> Film:
    """Return a copy of a film with new drawings where other scribbles begin to apply."""
    if scribbles is None:
        return film
    return replace(film, new_at=scribbles.begin_at, crops=False, splits_transitions=False)


def with_cuts(film: Film, cuts: Sequence[Cut]) -> Film:
    """Return a copy of a film with those of a user's corrections of cuts that are of this film."""
    known = {cut.frame - film.first: cut.is_cut for cut in cuts if cut.episode == film.path.stem}
    return replace(film, known_cuts=known)


def first_frame(source: Source, render: RenderOptions) -> int:
    """Return the number of frames of a source before the one with index 0.

    The first frame of a video that is read has index 0. Stills are always counted from the first one.
    """
    if source.names or render.start is None:
        return 0
    return math.ceil((render.start - 1e-6) * float(source.format.frame_rate or 24))


def _with_end(render: RenderOptions, source: Source) -> RenderOptions:
    """Replace a preview of N frames by an end time, from the average frame rate."""
    if render.preview is None:
        return render
    rate = source.format.frame_rate or 24
    # Half a frame early, so that rounded timestamps cannot include one frame more.
    end = (render.start or 0.0) + float((render.preview - 0.5) / rate)
    return replace(render, preview=None, end=end)


def _expected_frames(source: Source, render: RenderOptions) -> int:
    rate = float(source.format.frame_rate or 24)
    first = round((render.start or 0.0) * rate)
    last = source.format.n_frames
    if render.end is not None:
        last = min(last, round(render.end * rate + 0.5)) if last else round(render.end * rate + 0.5)
    return max(0, last - first)
