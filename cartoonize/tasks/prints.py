"""Prints: from a coloured episode to a black-and-white print of it, which can be coloured and then scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder
from cartoonize.errors import OutputError, SourceError
from cartoonize.frames import Frame, VideoFormat, area_average
from cartoonize.prints.presets import Print

#: A film is grey where red, green and blue of no spot (1/32 of the picture wide) are this many codes apart.
_COLOR = 12


@dataclass(frozen=True)
class PrintOptions:
    """How the print of a film is stored."""

    codec: str = "h264"
    """``h264``, ``h265``, ``av1``, ``ffv1``, or ``png`` for a folder of pictures."""
    crf: int | None = None
    """Quality, lower is better; default: the codec's visually lossless setting."""
    force: bool = False
    """Replace an output that exists."""
    allow_damaged: bool = False
    """Take what can be decoded of a damaged source."""


@dataclass(frozen=True)
class PrintSummary:
    """What was written."""

    source: str
    output: str
    print: str
    """In words."""
    n_frames: int
    warnings: list[str]


def print_frames(
    frames: Iterable[Frame], *, print_: Print, format: VideoFormat, keep_color: bool = False
) -> Iterator[Frame]:
    """Replace the ``luma`` and ``grey`` of coloured frames by those of a print.

    Parameters
    ----------
    frames : iterable of Frame
        With ``rgb``; their ``index`` decides grain, dirt and weave.
    print_ : Print
    format : VideoFormat
        Of the frames: how their luma is coded.
    keep_color : bool
        Keep ``rgb``, which is not moved by the gate; else it is dropped, as a black-and-white film has none.
    """
    from cartoonize.prints.strike import strike_print

    codes = _codes_of_grey(format.bit_depth, format.full_range)
    for frame in frames:
        assert frame.rgb is not None
        grey, _ = strike_print(frame.rgb, print_, frame.index)
        yield frame.having(luma=codes[grey], grey=grey, rgb=frame.rgb if keep_color else None)


def print_film(
    source: Path,
    output: Path,
    *,
    print_: Print,
    options: PrintOptions = PrintOptions(),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PrintSummary:
    """Write the black-and-white print of a coloured film; sound, subtitles and times stay.

    Parameters
    ----------
    source : Path
        A coloured video, picture or folder of stills.
    output : Path
        As for `cartoonize.video.open_writer`.
    print_ : Print
    options : PrintOptions
    progress : callable
        Called with (frames written, frames expected or 0).

    Raises
    ------
    SourceError
        If the source cannot be read, or is grey itself.
    OutputError
        If the output exists and may not be replaced, is the source, or cannot be written.
    """
    from cartoonize.video import open_source, open_writer

    with open_source(source, allow_damaged=options.allow_damaged) as film:
        if output.resolve() == source.resolve():
            raise OutputError(f"{output} is the input itself", "Give the output another name.")
        if output.exists() and not options.force:
            raise OutputError(f"{output} exists already", "Use --force to replace it.")
        if not film.format.has_color:
            raise _grey(source)
        format = replace(film.format, field_order="progressive")  # the colour picture is deinterlaced
        writer = open_writer(
            output,
            format,
            codec=options.codec,
            crf=options.crf,
            copy_from=source if film.kind == "video" else None,
            names=film.names,
            force=options.force,
        )
        make_folder(output.parent)
        n_frames, has_color = 0, False

        def watched() -> Iterator[Frame]:
            nonlocal has_color
            for frame in film.frames(rgb=True):
                assert frame.rgb is not None
                has_color = has_color or _is_colored(frame.rgb)
                yield frame

        with writer:
            for frame in print_frames(watched(), print_=print_, format=format):
                writer.write(frame)
                n_frames += 1
                progress(n_frames, film.format.n_frames)
            if not has_color:
                raise _grey(source)
        damage = [f"{source.name} {line}" for line in film.damage]
    return PrintSummary(str(source), str(output), print_.described, n_frames, [*writer.warnings, *damage])


def _codes_of_grey(bit_depth: int, full_range: bool) -> NDArray[Any]:
    """Return the luma code of each grey level 0..255."""
    scale = 1 << (bit_depth - 8)
    grey = np.arange(256) / 255
    codes = grey * (256 * scale - 1) if full_range else scale * (16 + 219 * grey)
    return np.rint(codes).astype(np.uint8 if bit_depth == 8 else np.uint16)


def _is_colored(rgb: NDArray[np.uint8]) -> bool:
    return bool(np.ptp(area_average(rgb, 32), axis=2).max() >= _COLOR)


def _grey(source: Path) -> SourceError:
    return SourceError(
        f"{source} has no colour, so its prints could not be scored", "Give a coloured episode."
    )
