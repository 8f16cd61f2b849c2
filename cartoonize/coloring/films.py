"""Films under way: the source, the part of it that is wanted, and the writer of its coloured copy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import SourceError
from cartoonize.filters.number import number_drawings
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Frame
from cartoonize.methods.member import Member

if TYPE_CHECKING:
    from cartoonize.video.output import Writer
    from cartoonize.video.source import Source


@dataclass(frozen=True)
class Film:
    """One source on its way to its coloured copy; nothing is read or written before it is iterated."""

    source: Source
    writer: Writer
    render: RenderOptions
    with_color: bool
    """Whether frames are read with ``rgb``: a member looks at the coloured picture, and there is one."""
    new_at: frozenset[int]
    """Indices of frames that begin a new drawing though it be held."""
    n_expected: int
    """Frames, by what the source says of itself; 0 if it does not."""
    doubt_writer: Writer | None = None
    """Of a video that shows how sure the colours are, if one is wanted."""

    @property
    def path(self) -> Path:
        """Of the source."""
        return self.source.path

    def frames(self, *, rgb: bool = False) -> Iterator[Frame]:
        """Yield the frames that are wanted."""
        # A preview ends after so many frames, whatever their times; `end` only cuts the sound.
        frames = self.source.frames(rgb=rgb, start=self.render.start, end=self.render.end)
        return islice(frames, self.render.preview)

    def numbered(self) -> Iterator[Frame]:
        """Yield the frames as members look at them, with the numbers of their drawings and shots."""
        return number_drawings(self.frames(rgb=self.with_color), new_at=self.new_at)


def open_film(
    source: Source,
    output: Path,
    members: Sequence[Member],
    render: RenderOptions,
    notify: Callable[[str], None] = lambda line: None,
    *,
    doubt_output: Path | None = None,
) -> Film:
    """Prepare the writers for a source that members are going to colour.

    Raises
    ------
    UsageError, OutputError
        If it cannot be written so.
    """
    from cartoonize.video import open_writer

    wants_color = looks_at_color(members)
    if wants_color and not source.format.has_color:
        notify(
            f"{source.path.name} has no colour, and a member looks at CIE L of the coloured picture: "
            "it gets L of the grey one. Train with --luminance grey for black-and-white film."
        )
    until = _with_end(render, source)

    def writer(path: Path, streams: bool) -> Writer:
        return open_writer(
            path,
            source.format,
            codec=render.codec,
            crf=render.crf,
            pix_fmt=render.pix_fmt,
            copy_from=source.path if streams else None,
            start=until.start,
            end=until.end,
            names=source.names,
            force=render.force,
        )

    return Film(
        source,
        writer(output, source.kind == "video"),
        render,
        wants_color and source.format.has_color,
        frozenset(index for member in members for index in member.guided_at),
        _expected_frames(source, until),
        writer(doubt_output, False) if doubt_output else None,
    )


def looks_at_color(members: Sequence[Member]) -> bool:
    """Whether a member looks at CIE L of the coloured picture."""
    return any(member.luminance == "cielab" for member in members)


def looks_at_shots(members: Sequence[Member]) -> bool:
    """Whether a member looks at what stands still in shots."""
    return bool(_lookers(members))


def luminance_of_shots(members: Sequence[Member]) -> str:
    """Return in which luminance they do."""
    return "cielab" if looks_at_color(_lookers(members)) else "grey"


def _lookers(members: Sequence[Member]) -> list[Member]:
    return [member for member in members if "background" in member.variant.inputs]


def another_aspect(path: Path, size: tuple[int, int], source: Source, hint: str) -> SourceError:
    """Return the error that a picture, of this width and height, has another aspect than a source."""
    (width, height), form = size, source.format
    return SourceError(
        f"{path} is {width}x{height} pixels, another aspect than {source.path.name}'s"
        f" {form.width}x{form.height}",
        hint,
    )


def first_frame(source: Source, render: RenderOptions) -> int:
    """Return how many frames of a source are before the one with index 0.

    A video's frames are numbered from where the reading starts, pictures from the first.
    """
    if source.names or render.start is None:
        return 0
    return math.ceil((render.start - 1e-6) * float(source.format.frame_rate or 24))


def _with_end(render: RenderOptions, source: Source) -> RenderOptions:
    """Turn a preview of N frames into an end time, by the average frame rate."""
    if render.preview is None:
        return render
    rate = source.format.frame_rate or 24
    # Half a frame early, so that rounded timestamps cannot let one frame more in.
    end = (render.start or 0.0) + float((render.preview - 0.5) / rate)
    return replace(render, preview=None, end=end)


def _expected_frames(source: Source, render: RenderOptions) -> int:
    rate = float(source.format.frame_rate or 24)
    first = round((render.start or 0.0) * rate)
    last = source.format.n_frames
    if render.end is not None:
        last = min(last, round(render.end * rate + 0.5)) if last else round(render.end * rate + 0.5)
    return max(0, last - first)
