"""Write a black-and-white print of a coloured episode, which can be coloured and then scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import make_folder
from cartoonize.errors import OutputError, SourceError
from cartoonize.frames import Frame, VideoFormat, area_average
from cartoonize.prints.presets import Print
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: A film is coloured if, in some spot (1/32 of the picture wide), red, green and blue differ by this many
#: codes.
_COLOR = 12


@dataclass(frozen=True)
class PrintOptions:
    """How the print is stored."""

    codec: str = "h264"
    """``h264``, ``h265``, ``av1``, ``ffv1``, or ``png`` for a folder of pictures."""
    crf: int | None = None
    """Quality of the encoder, lower is better; default: visually lossless for the codec."""
    force: bool = False
    """Replace an existing output."""
    allow_damaged: bool = False
    """Use what can be decoded of a damaged source."""


@dataclass(frozen=True)
class PrintSummary:
    """Print that was written."""

    source: str
    output: str
    print: str
    """Description of the print in words."""
    n_frames: int
    warnings: list[str]


def print_frames(
    frames: Iterable[Frame], *, print_: Print, format: VideoFormat, keep_color: bool = False
) -> Iterator[Frame]:
    """Replace the ``luma`` and ``grey`` of coloured frames by those of a print.

    Parameters
    ----------
    frames : iterable of Frame
        With ``rgb``. Their ``index`` determines grain, dirt and gate weave.
    print_ : Print
    format : VideoFormat
        Format of the frames; it determines how luma is coded.
    keep_color : bool
        Keep ``rgb``, which gate weave does not move. Otherwise ``rgb`` is None, as in a black-and-white film.
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
    reporter: Reporter = LOG,
) -> PrintSummary:
    """Write the black-and-white print of a coloured film. Sound, subtitles and frame times are kept.

    Parameters
    ----------
    source : Path
        A coloured video, picture or folder of stills.
    output : Path
        As for `cartoonize.video.open_writer`.
    print_ : Print
    options : PrintOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    SourceError
        If the source cannot be read, or has no colour.
    OutputError
        If the output is the source, exists (without ``options.force``), or cannot be written.
    """
    from cartoonize.video import open_source, open_writer

    with open_source(source, allow_damaged=options.allow_damaged) as film:
        if output.resolve() == source.resolve():
            raise OutputError(f"{output} is the input itself", "Choose another name for the output.")
        if output.exists() and not options.force:
            raise OutputError(f"{output} exists already", "Use --force to replace it.")
        if not film.format.has_color:
            raise _no_color(source)
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
        watch = _ColorWatch(film)
        n_frames = 0
        with writer:
            for frame in print_frames(watch.frames(), print_=print_, format=format):
                writer.write(frame)
                n_frames += 1
                reporter.progress(f"printing {source.name}", n_frames, film.format.n_frames, unit="frames")
            if not watch.has_color:
                raise _no_color(source)
        warnings = [*writer.warnings, *(f"{source.name} {line}" for line in [*film.remarks, *film.damage])]
    for line in warnings:
        reporter.warning(line)
    return PrintSummary(str(source), str(output), print_.description, n_frames, warnings)


class _ColorWatch:
    """Passes on the frames of a film and notices whether any of them has colour."""

    def __init__(self, film: Source) -> None:
        self._film = film
        self.has_color = False

    def frames(self) -> Iterator[Frame]:
        for frame in self._film.frames(rgb=True):
            assert frame.rgb is not None
            self.has_color = self.has_color or _is_colored(frame.rgb)
            yield frame


def _codes_of_grey(bit_depth: int, full_range: bool) -> NDArray[Any]:
    """Return the luma code of each grey level 0..255."""
    scale = 1 << (bit_depth - 8)
    grey = np.arange(256) / 255
    codes = grey * (256 * scale - 1) if full_range else scale * (16 + 219 * grey)
    return np.rint(codes).astype(np.uint8 if bit_depth == 8 else np.uint16)


def _is_colored(rgb: NDArray[np.uint8]) -> bool:
    return bool(np.ptp(area_average(rgb, 32), axis=2).max() >= _COLOR)


def _no_color(source: Path) -> SourceError:
    return SourceError(
        f"{source} has no colour, so results from its print could not be scored", "Use a coloured episode."
    )
