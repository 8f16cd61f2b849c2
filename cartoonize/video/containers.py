"""Safe opening of containers: only local files of plain formats, no playlists, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from cartoonize.errors import SourceError
from cartoonize.film_parts import whole_film
from cartoonize.limits import current_limits
from cartoonize.video.disc import disc_title
from cartoonize.video.joined_files import JoinedFiles

av.logging.set_level(None)

_PLAIN_FORMATS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegts,mpegvideo,avi,flv,asf,ogg,mxf,dv,gif,ivf,nut,rm,"
    "h264,hevc,m4v,yuv4mpegpipe,apng,webp_pipe"
)
#: (offset, bytes) at the start of files of these formats, to distinguish damaged videos from other files.
_SIGNATURES = (
    (4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (0, b"\x1a\x45\xdf\xa3"), (8, b"AVI "), (0, b"\0\0\1\xba"),
    (0, b"FLV"), (0, b"OggS"), (0, b"\x30\x26\xb2\x75"), (0, b"\x06\x0e\x2b\x34"),
)  # fmt: skip
#: Bytes that are read at once from the files of a disc.
_BUFFER = 1 << 18
_HINT = "Use a video file, a picture, or a folder of pictures."


@dataclass(frozen=True)
class StreamInfo:
    """Description of a stream of a container."""

    index: int
    type: str
    """``video``, ``audio``, ``subtitle``, ``attachment`` or ``data``."""
    codec: str
    """FFmpeg name; empty if unknown."""
    language: str
    title: str
    dispositions: tuple[str, ...]
    """Names such as ``default``, ``forced`` and ``attached_pic`` (a cover)."""

    def __str__(self) -> str:
        language = f" ({self.language})" if self.language else ""
        return f"{self.type} {self.codec or 'of unknown kind'}{language}"


def open_container(path: Path, *, max_pixels: int | None = None) -> InputContainer:
    """Open a video file for reading.

    Raises
    ------
    SourceError
        If it is missing, empty, a folder but no disc, or not a video in one of the known plain formats.
    """
    path = whole_film(path)
    title = disc_title(path)
    if title is None:
        check_file(path)
    max_pixels = max_pixels or current_limits().max_pixels
    file: Any = f"file:{path}" if title is None else JoinedFiles(title.pieces)
    try:
        return av.open(
            file,
            buffer_size=_BUFFER,
            options={"max_pixels": str(max_pixels)},
            container_options={"protocol_whitelist": "file", "format_whitelist": _PLAIN_FORMATS},
            metadata_errors="replace",
        )
    except (av.FFmpegError, OSError) as error:
        raise SourceError(*_unreadable(path, error)) from error


def check_file(path: Path) -> None:
    """Raise a `SourceError` unless the path is a non-empty file that can be read."""
    if path.is_dir():
        raise SourceError(f"{path} is a folder, not a file", _HINT)
    if not path.exists():
        raise SourceError(f"{path} does not exist", "Check the name.")
    if not path.is_file():
        raise SourceError(f"{path} is a device or a pipe, not a file", _HINT)
    try:
        if not first_bytes(path):
            raise SourceError(f"{path} is empty", _HINT)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}", "Check its permissions.") from error


def first_bytes(path: Path, n_bytes: int = 64) -> bytes:
    """Return the first bytes of a file, or of the film of a disc."""
    title = disc_title(path) if path.is_dir() else None
    path = path if title is None else title.pieces[0].path
    with path.open("rb") as file:
        return file.read(n_bytes)


def _unreadable(path: Path, error: Exception) -> tuple[str, str]:
    """Return message and hint for a file that FFmpeg cannot open."""
    start = first_bytes(path, 4096)
    if any(start[at : at + len(sign)] == sign for at, sign in _SIGNATURES):
        return f"{path} is damaged or incomplete: {reason(error)}", "Get a complete copy of the file."
    if b"\0" not in start:
        return f"{path} is a text file, not a video", _HINT
    return f"{path} is not a video of a known format", _HINT


def reason(error: Exception) -> str:
    """Return the description of an error by FFmpeg or the system, in one line."""
    return str(getattr(error, "strerror", "") or error).splitlines()[0].lower()


def main_video(container: InputContainer, path: Path) -> av.VideoStream:
    """Return the first video stream that is not a cover picture.

    Raises
    ------
    SourceError
        If there is none, or its codec cannot be decoded.
    """
    videos = [s for s in container.streams.video if not is_cover(s)]
    if not videos:
        others = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise SourceError(f"{path} has no video stream, only {others}", _HINT)
    if videos[0].codec_context is None:
        raise SourceError(f"{path} has a video codec that cannot be decoded", "Convert it first.")
    return videos[0]


def packets_of(container: InputContainer, *streams: Stream) -> Iterator[av.Packet]:
    """Yield the non-empty packets of some streams, with or without a time stamp."""
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:  # PyAV fails at the end if new streams appeared in the file
            return
        if packet is None:
            return
        if packet.size:
            yield packet


def is_cover(stream: Stream) -> bool:
    """Return whether a video stream is a cover: one picture for the whole file."""
    return bool(stream.disposition & Disposition.attached_pic)


def list_streams(path: Path) -> list[StreamInfo]:
    """List all streams of a file, in order."""
    with open_container(path) as container:
        return [stream_info(stream) for stream in container.streams]


def canonical_name(stream: Stream) -> str:
    """Return the FFmpeg name of a stream's coding, independent of the decoder; empty if unknown."""
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else ""


def stream_info(stream: Stream) -> StreamInfo:
    """Return the description of a stream."""
    return StreamInfo(
        index=stream.index,
        type=stream.type,
        codec=canonical_name(stream) or getattr(stream, "name", None) or "",
        language=stream.metadata.get("language", "").replace("und", ""),
        title=stream.metadata.get("title", ""),
        dispositions=tuple(d.name or "" for d in Disposition if stream.disposition & d),
    )


def has_free_clock(container: InputContainer) -> bool:
    """Return whether it is a broadcast or DVD stream, which may start at any time and be cut anywhere."""
    return container.format.name in ("mpeg", "mpegts")


def has_own_duration(container: InputContainer) -> bool:
    """Return whether the container declares the duration of its only stream."""
    return container.format.name in ("flv", "asf", "nut") and len(container.streams) == 1


def is_cut_matroska(path: Path) -> bool:
    """Return whether a Matroska file is shorter than its segment (RFC 8794: an ID, 1 to 8 size bytes)."""
    start = first_bytes(path, 4096)
    at = 0
    for identifier in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        if start[at : at + 4] != identifier or at + 12 > len(start):
            return False
        length = 9 - start[at + 4].bit_length()
        size = int.from_bytes(start[at + 4 : at + 4 + length]) & ((1 << 7 * length) - 1)
        unknown = size == (1 << 7 * length) - 1
        at += 4 + length + size
    return not unknown and at > path.stat().st_size
