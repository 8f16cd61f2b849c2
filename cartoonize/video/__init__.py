"""Films, pictures and folders of stills: reading, writing, making new ones. The only room that imports av.

The functions below import FFmpeg inside the call, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import VideoFormat
from cartoonize.limits import Limits
from cartoonize.video.sound import Sound

if TYPE_CHECKING:
    from cartoonize.video.containers import StreamInfo
    from cartoonize.video.output import Writer
    from cartoonize.video.source import Source

__all__ = [
    "Sound",
    "list_streams",
    "missing_encoders",
    "mp4_can_hold",
    "open_source",
    "open_writer",
    "write_film",
]


def open_source(
    path: Path,
    *,
    allow_damaged: bool = False,
    still_rate: Fraction = Fraction(24),
    limits: Limits | None = None,
) -> Source:
    """Open a video, a picture or a folder of stills: see :func:`cartoonize.video.source.open_source`."""
    from cartoonize.video import source

    return source.open_source(path, allow_damaged=allow_damaged, still_rate=still_rate, limits=limits)


def open_writer(
    path: Path,
    format: VideoFormat,
    *,
    codec: str = "h264",
    crf: int | None = None,
    pix_fmt: str | None = None,
    copy_from: Path | None = None,
    start: float | None = None,
    end: float | None = None,
    names: Sequence[str] = (),
    force: bool = False,
) -> Writer:
    """Open a coloured copy for writing: see :func:`cartoonize.video.output.open_writer`."""
    from cartoonize.video import output

    return output.open_writer(
        path,
        format,
        codec=codec,
        crf=crf,
        pix_fmt=pix_fmt,
        copy_from=copy_from,
        start=start,
        end=end,
        names=names,
        force=force,
    )


def write_film(path: Path, pictures: Iterable[NDArray[np.uint8]], **options: Any) -> None:
    """Write a new film from pictures and sound: see :func:`cartoonize.video.film.write_film`."""
    from cartoonize.video import film

    film.write_film(path, pictures, **options)


def mp4_can_hold(path: Path) -> list[str]:
    """Name the streams of a video that MP4 cannot hold: see `stream_copy.mp4_can_hold`."""
    from cartoonize.video import stream_copy

    return stream_copy.mp4_can_hold(path)


def list_streams(path: Path) -> list[StreamInfo]:
    """List the streams of a file: see :func:`cartoonize.video.containers.list_streams`."""
    from cartoonize.video import containers

    return containers.list_streams(path)


def missing_encoders() -> list[str]:
    """Name the codecs that cannot be written here: see :func:`cartoonize.video.codecs.missing_encoders`."""
    from cartoonize.video import codecs

    return codecs.missing_encoders()
