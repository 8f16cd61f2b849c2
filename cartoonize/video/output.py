"""Opening a coloured copy for writing: a video, a picture, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from cartoonize.atomic import WhenWhole
from cartoonize.errors import OutputError, UsageError
from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.video.codecs import codec_named, container_of
from cartoonize.video.containers import first_bytes
from cartoonize.video.images import StillsWriter
from cartoonize.video.picture_size import is_picture
from cartoonize.video.writer import VideoWriter


class Writer(Protocol):
    """Something that takes coloured frames; what it writes appears when its ``with`` block ends well."""

    path: Path
    plane_format: PlaneFormat
    """What chroma it wants."""
    warnings: list[str]
    """What could not be kept, a line each."""
    sidecars: list[Path]
    """Files beside the output that hold what its container cannot."""
    force: bool
    """Whether it replaces what is there."""
    when_whole: WhenWhole
    """Called for the output, and before it for each sidecar, when it is about to get its final name."""

    def write(self, frame: Frame) -> None:
        """Add a frame: ``luma`` as in the source, ``chroma`` as in ``plane_format`` (None: no colour)."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


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
    """Open a coloured copy for writing; use it in a ``with`` block, which renames it when it is whole.

    Parameters
    ----------
    path : Path
        ``.mp4``, ``.m4v``, ``.mov`` or ``.mkv``; ``.png`` for one picture; any other name with
        ``codec="png"``, or a name without suffix, for a folder of pictures.
    format : VideoFormat
        Of the source: its size, time, matrix, range and fields stay.
    codec : str
        ``h264``, ``h265``, ``av1``, ``ffv1`` (lossless) or ``png``.
    crf : int, optional
        Quality of the lossy codecs, lower is better; else the codec's default.
    pix_fmt : str, optional
        FFmpeg's name of a planar Y'CbCr format; else the nearest to the source's.
    copy_from : Path, optional
        The source, for the sound, subtitles, attachments, chapters and metadata of a video.
    start, end : float, optional
        The part that is written, in seconds from the source's start, as given to ``Source.frames``.
    names : sequence of str
        File names of the source's stills, for a folder of pictures.
    force : bool
        Replace what is there.

    Raises
    ------
    UsageError
        If codec, pixel format or suffix are unknown, or do not go together.
    OutputError
        If it cannot be written there; entering or leaving the ``with`` block may raise it, too.
    """
    path = Path(path)
    if copy_from is not None and path.exists() and path.samefile(copy_from):
        raise OutputError(f"{path} is the input itself", "Give the output another name")
    if copy_from is not None and (copy_from.is_dir() or is_picture(first_bytes(copy_from))):
        copy_from = None  # pictures have nothing else
    if codec == "png" or path.suffix.lower() in ("", ".png"):
        if crf is not None or pix_fmt is not None:
            raise UsageError("pictures have neither crf nor pix_fmt", "Leave those options out")
        return StillsWriter(path, format, names=names, force=force)
    container, known = container_of(path), codec_named(codec)
    if container not in known.containers:
        raise UsageError(f"{path.suffix} files cannot hold {codec}", "Use .mkv, or the codec h264")
    return VideoWriter(
        path,
        format,
        container=container,
        codec=known,
        codec_name=codec,
        crf=crf,
        pix_fmt=pix_fmt,
        copy_from=copy_from,
        start=start,
        end=end,
        force=force,
    )
