"""Opening a coloured copy for writing: a video, a picture, or a folder of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from cartoonize.atomic import FinishedHook
from cartoonize.errors import OutputError, UsageError
from cartoonize.film_parts import disc_folder, whole_film
from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.video.animated_pictures import is_still
from cartoonize.video.codecs import CONTAINERS, Encoding, codec_named, container_of
from cartoonize.video.containers import list_streams
from cartoonize.video.picture_codecs import PICTURE_CODECS, PICTURE_SUFFIXES, codec_of_suffix
from cartoonize.video.picture_data import picture_data
from cartoonize.video.stills_writer import StillsWriter
from cartoonize.video.writer import VideoWriter


class Writer(Protocol):
    """A writer of coloured frames. The output gets its final name at the end of the ``with`` block."""

    path: Path
    suffix: str
    """Suffix of the files that it writes, if they are videos or it writes one picture; else empty."""
    plane_format: PlaneFormat
    """Shape and coding of the chroma planes that it accepts."""
    warnings: list[str]
    """Streams that could not be copied from the source, one line each."""
    sidecars: list[Path]
    """Files beside the output with streams that its container cannot hold."""
    force: bool
    """True if existing output is replaced."""
    on_finished: FinishedHook
    """Called for each sidecar, and then for the output, when it is complete, before it is renamed."""

    def write(self, frame: Frame) -> None:
        """Add a frame with the ``luma`` of the source and ``chroma`` as in ``plane_format`` (None: grey)."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_writer(  # noqa: PLR0913 - keywords for the file, as in rasterio.open; each is independent
    path: Path,
    format: VideoFormat,
    *,
    codec: str = "h264",
    crf: int | None = None,
    pix_fmt: str | None = None,
    profile: str | None = None,
    chroma_only: bool = False,
    copy_from: Path | None = None,
    start: float | None = None,
    end: float | None = None,
    names: Sequence[str] = (),
    force: bool = False,
) -> Writer:
    """Open a coloured copy for writing. Use it in a ``with`` block, which completes and renames the output.

    Parameters
    ----------
    path : Path
        ``.mp4``, ``.m4v``, ``.mov``, ``.mkv`` or ``.mxf`` for a video; ``.png``, ``.tif`` or ``.exr`` for
        one picture. A folder of pictures has a name without suffix, or any name with a codec of pictures.
    format : VideoFormat
        Format of the source. Its size, time base, matrix, range and field order are kept.
    codec : str
        ``h264``, ``h265``, ``av1``, ``ffv1`` (lossless), ``prores``, ``dnxhr``, ``png``, ``tiff`` or ``exr``.
    crf : int, optional
        Quality of the lossy codecs; lower is better. Default: that of the codec.
    pix_fmt : str, optional
        FFmpeg name of a planar Y'CbCr format. Default: the nearest to that of the source.
    profile : str, optional
        Profile of ``prores`` or ``dnxhr``. Default: the best one for the chroma of the source.
    chroma_only : bool
        Write the layer of colour with its opacity, to be laid above the grey picture: ``prores``, ``png`` or
        ``exr``; see `cartoonize.video.full_color.color_layer`.
    copy_from : Path, optional
        Source from which sound, subtitles, attachments, chapters and metadata are copied to a video.
    start, end : float, optional
        Part that is written, in seconds from the start of the source, as in ``Source.frames``.
    names : sequence of str
        File names of the source's stills, for a folder of pictures.
    force : bool
        Replace existing output.

    Raises
    ------
    UsageError
        If codec, pixel format or suffix is unknown, or the combination is not supported.
    OutputError
        If the output cannot be written. The ``with`` block may raise it on entry and exit, too.
    """
    path = Path(path)
    if format.film_start_pts is not None:
        format, start, end = _in_film(format, start, end)
    copy_from = None if copy_from is None else whole_film(copy_from)
    if copy_from is not None and path.exists() and path.samefile(copy_from):
        raise OutputError(f"{path} is the input itself", "Use another name for the output.")
    is_folder = copy_from is not None and copy_from.is_dir() and disc_folder(copy_from) is None
    if copy_from is not None and (is_folder or is_still(copy_from)):
        copy_from = None  # pictures have no other streams
    if codec in PICTURE_CODECS or path.suffix.lower() in ("", *PICTURE_SUFFIXES):
        if (crf, pix_fmt, profile) != (None, None, None):
            raise UsageError("crf, pix_fmt and profile do not apply to pictures", "Omit these options.")
        kind = _picture_kind(path, codec)
        stills = StillsWriter(path, format, codec=kind, chroma_only=chroma_only, names=names, force=force)
        if copy_from is not None and not chroma_only:
            stills.warnings += _lost_in_pictures(path, copy_from)
        return stills
    container = container_of(path)
    fitting = codec_named(codec).containers
    if container not in fitting:
        suffixes = " or ".join(suffix for suffix, name in CONTAINERS.items() if name in fitting)
        raise UsageError(f"{path.suffix} files cannot hold {codec}", f"Use {suffixes}, or the codec h264.")
    return VideoWriter(
        path,
        format,
        container=container,
        encoding=Encoding(codec, crf, pix_fmt, profile, chroma_only),
        copy_from=copy_from,
        start=start,
        end=end,
        force=force,
    )


def _in_film(
    format: VideoFormat, start: float | None, end: float | None
) -> tuple[VideoFormat, float, float | None]:
    """Return the format of the film that a chapter is in, and a part of the chapter as a part of the film."""
    assert format.film_start_pts is not None
    offset = float((format.start_pts - format.film_start_pts) * format.time_base)
    end = format.duration if end is None else end
    whole = replace(format, start_pts=format.film_start_pts, film_start_pts=None)
    return whole, offset + (start or 0.0), None if end is None else offset + end


def _picture_kind(path: Path, codec: str) -> str:
    """Return the format of pictures: that of the suffix or the codec, or PNG."""
    of_suffix, of_codec = codec_of_suffix(path.suffix), codec if codec in PICTURE_CODECS else None
    if of_suffix and of_codec and of_suffix != of_codec:
        raise UsageError(
            f"{path.name} would not hold {codec}", "Give the file another suffix, or omit --codec."
        )
    return of_suffix or of_codec or "png"


def _lost_in_pictures(path: Path, film: Path) -> list[str]:
    """Return a line about what a film has that no picture can hold; none if it has nothing of the kind."""
    others = [stream for stream in list_streams(film) if stream.type in ("audio", "subtitle")]
    data = picture_data(film)
    lost = [str(stream) for stream in others]
    lost += [f"the timecode {data.timecode}"] if data.timecode else []
    lost += ["closed captions"] if data.has_captions else []
    return [f"{path}: pictures cannot hold {', '.join(lost)}"] if lost else []
