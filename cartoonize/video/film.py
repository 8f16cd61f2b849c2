"""Writing of new videos from pictures and sound, for the sample series, reports and tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from cartoonize.errors import OutputError
from cartoonize.frames import FieldOrder
from cartoonize.video.codecs import CODECS, codec_named, container_of
from cartoonize.video.fields import field_marker
from cartoonize.video.film_streams import PendingPackets, packet_time, sound_packets, subtitle_packets
from cartoonize.video.finalize import finalized_container, output_errors
from cartoonize.video.planes import ACCURATE, SWSCALE_MATRIX
from cartoonize.video.sound import Sound
from cartoonize.video.start_encoding import start_encoding

#: AVCOL numbers of primaries, transfer and matrix.
_TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1)}
#: AVFieldOrder numbers.
_FIELD_ORDERS = {"top": 2, "bottom": 3}


@dataclass(frozen=True, slots=True, eq=False)
class FilmOptions:
    """Options of `write_film`."""

    frame_rate: Fraction | float = 24
    """Frames per second."""
    sound: NDArray[np.float32] | Sequence[Sound] | None = None
    """One AAC track as samples of shape (n, channels) in -1..1, or several tracks."""
    sample_rate: int = 44100
    """Samples per second, if ``sound`` is an array."""
    subtitles: Sequence[tuple[float, float, str]] = ()
    """English subtitles as (start, end, text), with times in seconds."""
    chapters: Sequence[tuple[float, float, str]] = ()
    """Chapters as (start, end, title), with times in seconds."""
    metadata: Mapping[str, str] | None = None
    """Metadata of the container, such as title, artist and date."""
    codec: str = "h264"
    """``h264``, ``h265``, ``av1``, ``ffv1``, or the FFmpeg name of another encoder."""
    crf: int | None = 16
    """Quality of the codecs that have it; 0 is lossless in H.264."""
    pix_fmt: str = "yuv420p"
    """FFmpeg name of the stored pixel format."""
    gop: int | None = None
    """Largest distance of two keyframes, in frames. None: the default of the encoder."""
    full_range: bool = False
    """Store Y' in 0..255 rather than 16..235."""
    matrix: Literal["bt601", "bt709"] = "bt709"
    """Luma weights."""
    pts: Sequence[int] | None = None
    """Presentation times in units of ``time_base``, for variable frame rate. None: constant frame rate."""
    time_base: Fraction | None = None
    """Seconds per unit of ``pts``. None: one frame."""
    field_order: FieldOrder = "progressive"
    """``top`` and ``bottom`` mark the frames as interlaced."""
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a pixel over its height."""
    rotation: int = 0
    """Display rotation in degrees, counter-clockwise."""
    tagged: bool = True
    """Store the matrix and the range in the file."""

    @property
    def rate(self) -> Fraction:
        """Frames per second as a fraction."""
        return Fraction(self.frame_rate).limit_denominator(100_000)

    @property
    def unit(self) -> Fraction:
        """Seconds per unit of time."""
        return self.time_base or 1 / self.rate

    @property
    def tracks(self) -> Sequence[Sound]:
        """Sound tracks."""
        if isinstance(self.sound, np.ndarray):
            return [Sound(self.sound, self.sample_rate)]
        return self.sound or ()


def write_film(
    path: Path, pictures: Iterable[NDArray[np.uint8]], *, force: bool = True, **options: Any
) -> None:
    """Write a new video. The same input gives the same bytes.

    Parameters
    ----------
    path : Path
        Final path, with the suffix ``.mp4``, ``.m4v``, ``.mov`` or ``.mkv``. The file gets this name when it
        is complete.
    pictures : iterable of uint8 arrays, shape (height, width, 3)
        sRGB in 0..255, all of one size. They are read one at a time.
    force : bool
        Replace an existing file.
    **options
        Fields of `FilmOptions`.

    Raises
    ------
    OutputError
        If the file cannot be written or there are no pictures.
    UsageError
        If the codec or the suffix is unknown.
    """
    film = FilmOptions(**options)
    container = container_of(path)
    first, pictures = _peek(path, pictures)
    with finalized_container(path, container, force=force) as out, output_errors(path):
        video = _add_video(out, film, *first.shape[:2])
        out.metadata.update(film.metadata or {})
        out.set_chapters(_chapters(film.chapters))
        others = [PendingPackets(sound_packets(out, sound), sound.start) for sound in film.tracks]
        if film.subtitles:
            others.append(PendingPackets(subtitle_packets(out, container, film.subtitles), 0))
        start_encoding(out)
        for packet in _video_packets(video, pictures, film):
            for other in others:
                for due in other.until(packet_time(packet)):
                    out.mux(due)
            out.mux(packet)
        for other in others:
            for due in other.until(None):
                out.mux(due)


def _peek(
    path: Path, pictures: Iterable[NDArray[np.uint8]]
) -> tuple[NDArray[np.uint8], Iterator[NDArray[np.uint8]]]:
    """Return the first picture, and all of them."""
    rest = iter(pictures)
    first = next(rest, None)
    if first is None:
        raise OutputError(f"{path} would have no picture", "Give at least one picture.")
    return first, itertools.chain([first], rest)


def _add_video(out: OutputContainer, film: FilmOptions, height: int, width: int) -> av.VideoStream:
    """Add the video stream to the container."""
    encoder, options = _encoder(film.codec, film.crf)
    video = out.add_stream(encoder, rate=film.rate, options=options)
    assert isinstance(video, av.VideoStream)
    context = video.codec_context
    context.width, context.height, context.pix_fmt = width, height, film.pix_fmt
    context.time_base = video.time_base = film.unit
    context.sample_aspect_ratio = film.sample_aspect_ratio
    context.flags |= av.codec.context.Flags.bitexact
    if film.gop is not None:
        context.gop_size = film.gop
    if film.tagged:
        context.color_primaries, context.color_trc, context.colorspace = _TAGS[film.matrix]
        context.color_range = 2 if film.full_range else 1
    if film.field_order != "progressive":
        context.flags |= av.codec.context.Flags.interlaced_dct
        context.field_order = _FIELD_ORDERS[film.field_order]
    if film.rotation:
        video.set_display_rotation(film.rotation)
    return video


def _encoder(codec: str, crf: int | None) -> tuple[str, dict[str, str]]:
    """Return the FFmpeg name of an encoder, and its options."""
    if codec not in CODECS and codec in av.codecs_available:
        return codec, {}
    known = codec_named(codec)
    quality = {} if crf is None or known.crf is None else {"crf": str(crf)}
    return known.encoder, dict(known.options) | quality


def _video_packets(
    video: av.VideoStream, pictures: Iterable[NDArray[np.uint8]], film: FilmOptions
) -> Iterator[av.Packet]:
    """Yield the packets of the encoded pictures."""
    mark: Callable[[av.VideoFrame], av.VideoFrame] | None = None
    if film.field_order != "progressive":
        mark = field_marker(film.field_order)
    rate, unit = film.rate, film.unit
    for index, picture in enumerate(pictures):
        frame = _frame(picture, film)
        frame.pts = film.pts[index] if film.pts else round(index / rate / unit)
        frame.time_base, frame.duration = unit, round(1 / rate / unit)
        yield from video.encode(mark(frame) if mark else frame)
    yield from video.encode(None)


def _frame(picture: NDArray[np.uint8], film: FilmOptions) -> av.VideoFrame:
    """Convert a picture to the pixel format, matrix and range of the video."""
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    frame = rgb.reformat(
        format=film.pix_fmt,
        dst_colorspace=SWSCALE_MATRIX[film.matrix],
        dst_color_range=2 if film.full_range else 1,
        interpolation=ACCURATE,
    )
    frame.color_primaries, frame.color_trc, frame.colorspace = _TAGS[film.matrix]
    frame.color_range = 2 if film.full_range else 1
    return frame


def _chapters(chapters: Sequence[tuple[float, float, str]]) -> list[Any]:
    """Return chapters in the form of PyAV."""
    return [
        {
            "id": number,
            "start": round(start * 1000),
            "end": round(end * 1000),
            "time_base": Fraction(1, 1000),
            "metadata": {"title": title},
        }
        for number, (start, end, title) in enumerate(chapters, 1)
    ]
