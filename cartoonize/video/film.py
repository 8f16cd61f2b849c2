"""New films from pictures and sound, as the sample series and the tests need them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import OutputError
from cartoonize.frames import FieldOrder
from cartoonize.video.codecs import CODECS, codec_named, container_of
from cartoonize.video.fields import field_marker
from cartoonize.video.finalize import container_appearing, output_errors
from cartoonize.video.planes import ACCURATE, SWSCALE_MATRIX
from cartoonize.video.sound import Sound

#: AVCOL numbers of primaries, transfer and matrix.
_TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1)}
_STYLE = {
    "Name": "Default",
    "Fontname": "Arial",
    "Fontsize": 16,
    "PrimaryColour": "&Hffffff",
    "Bold": 0,
    "Italic": 0,
    "Underline": 0,
    "Alignment": 2,
}
#: FFmpeg's subtitle encoders want to know the look of the text, as Advanced SubStation Alpha tells it.
_ASS_HEADER = "\r\n".join(
    (
        "[Script Info]",
        "ScriptType: v4.00+",
        "[V4+ Styles]",
        f"Format: {', '.join(_STYLE)}",
        f"Style: {','.join(map(str, _STYLE.values()))}",
        "[Events]",
        "Format: Layer, Start, End, Style, Text",
        "",
    )
).encode()


def write_film(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    frame_rate: Fraction | float = 24,
    sound: NDArray[np.float32] | Sequence[Sound] | None = None,
    sample_rate: int = 44100,
    subtitles: Sequence[tuple[float, float, str]] = (),
    chapters: Sequence[tuple[float, float, str]] = (),
    metadata: Mapping[str, str] | None = None,
    codec: str = "h264",
    crf: int | None = 16,
    pix_fmt: str = "yuv420p",
    gop: int | None = None,
    full_range: bool = False,
    matrix: Literal["bt601", "bt709"] = "bt709",
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    field_order: FieldOrder = "progressive",
    sample_aspect_ratio: Fraction = Fraction(1),
    rotation: int = 0,
    tagged: bool = True,
    force: bool = True,
) -> None:
    """Write a new film; it appears under its name when it is whole, and the same input gives the same bytes.

    Parameters
    ----------
    path : Path
        ``.mp4``, ``.m4v``, ``.mov`` or ``.mkv``.
    pictures : iterable of uint8 arrays, shape (height, width, 3)
        sRGB in 0..255, all of one size; taken one at a time.
    frame_rate : Fraction or float
        Frames per second.
    sound : float32 array of shape (n, channels), or sequence of Sound, optional
        One track in -1..1 (AAC), or several.
    sample_rate : int
        Of a single ``sound`` array, in Hz.
    subtitles : sequence of (start, end, text)
        Times in seconds; the language is English.
    chapters : sequence of (start, end, title)
        Times in seconds.
    metadata : mapping, optional
        Of the container: title, artist, date, ...
    codec : str
        ``h264``, ``h265``, ``av1``, ``ffv1``, or FFmpeg's name of any other encoder.
    crf : int or None
        Quality for codecs that have it; 0 is lossless in H.264.
    pix_fmt : str
        FFmpeg's name of the pixel format to store.
    gop : int, optional
        Greatest distance of two keyframes, in frames.
    full_range : bool
        Store Y' in 0..255 rather than 16..235.
    matrix : {"bt601", "bt709"}
        Luma weights.
    pts : sequence of int, optional
        Presentation times in ``time_base``, for variable frame rate; else 0, 1, 2, ...
    time_base : Fraction, optional
        Seconds per unit of pts; else one frame.
    field_order : {"progressive", "top", "bottom"}
        Mark frames as interlaced.
    sample_aspect_ratio : Fraction
        Width of a pixel over its height.
    rotation : int
        Display rotation in degrees, counter-clockwise; MP4, MOV and MKV.
    tagged : bool
        Say in the file which matrix and range it has.
    force : bool
        Replace an existing file.

    Raises
    ------
    OutputError
        If it cannot be written there.
    UsageError
        If the codec or the container is unknown.
    """
    container_name = container_of(path)
    frame_rate = Fraction(frame_rate).limit_denominator(100_000)
    time_base = time_base or 1 / frame_rate
    first, pictures = _peek(path, pictures)
    height, width = first.shape[:2]
    with container_appearing(path, container_name, force=force) as out, output_errors(path):
        encoder, options = _encoder(codec, crf)
        video = out.add_stream(encoder, rate=frame_rate, options=options)
        assert isinstance(video, av.VideoStream)
        context = video.codec_context
        context.width, context.height, context.pix_fmt = width, height, pix_fmt
        context.time_base = video.time_base = time_base
        context.sample_aspect_ratio = sample_aspect_ratio
        context.flags |= av.codec.context.Flags.bitexact
        if gop is not None:
            context.gop_size = gop
        if tagged:
            context.color_primaries, context.color_trc, context.colorspace = _TAGS[matrix]
            context.color_range = 2 if full_range else 1
        if field_order != "progressive":
            context.flags |= av.codec.context.Flags.interlaced_dct
            context.field_order = {"top": 2, "bottom": 3}[field_order]
            mark_fields = field_marker(field_order)
        if rotation:
            video.set_display_rotation(rotation)
        out.metadata.update(metadata or {})
        out.set_chapters(_chapters(chapters))
        if isinstance(sound, np.ndarray):
            sound = [Sound(sound, sample_rate)]
        others = [_Track(_sound_packets(out, s), s.start) for s in sound or ()]
        if subtitles:
            others.append(_Track(_subtitle_packets(out, container_name, subtitles), 0))
        out.start_encoding()

        def mux(packet: av.Packet) -> None:
            for track in others:
                for other in track.until(packet_time(packet)):
                    out.mux(other)
            out.mux(packet)

        step = round(1 / frame_rate / time_base)
        for index, picture in enumerate(pictures):
            frame = _frame(picture, pix_fmt, matrix, full_range)
            frame.pts = pts[index] if pts else round(index / frame_rate / time_base)
            frame.time_base, frame.duration = time_base, step
            if field_order != "progressive":
                frame = mark_fields(frame)
            for packet in video.encode(frame):
                mux(packet)
        for packet in video.encode(None):
            mux(packet)
        for track in others:
            for packet in track.until(None):
                out.mux(packet)


def packet_time(packet: av.Packet) -> Fraction | None:
    """Return the time in seconds at which a packet is due; None if it does not say."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    return None if stamp is None else stamp * packet.time_base


class _Track:
    """Packets of another stream, given out as far as the video has come, so that nothing piles up."""

    def __init__(self, packets: Iterator[av.Packet], start: float) -> None:
        self.packets, self.due = packets, Fraction(start)

    def until(self, time: Fraction | None) -> Iterator[av.Packet]:
        while time is None or self.due <= time:
            packet = next(self.packets, None)
            if packet is None:
                return
            self.due = packet_time(packet) or self.due
            yield packet


def _peek(
    path: Path, pictures: Iterable[NDArray[np.uint8]]
) -> tuple[NDArray[np.uint8], Iterator[NDArray[np.uint8]]]:
    rest = iter(pictures)
    first = next(rest, None)
    if first is None:
        raise OutputError(f"{path} would have no picture", "Give at least one")
    return first, itertools.chain([first], rest)


def _encoder(codec: str, crf: int | None) -> tuple[str, dict[str, str]]:
    if codec not in CODECS and codec in av.codecs_available:
        return codec, {}
    known = codec_named(codec)
    quality = {} if crf is None or known.crf is None else {"crf": str(crf)}
    return known.encoder, dict(known.options) | quality


def _frame(picture: NDArray[np.uint8], pix_fmt: str, matrix: str, full_range: bool) -> av.VideoFrame:
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    frame = rgb.reformat(
        format=pix_fmt,
        dst_colorspace=SWSCALE_MATRIX[matrix],
        dst_color_range=2 if full_range else 1,
        interpolation=ACCURATE,
    )
    frame.color_primaries, frame.color_trc, frame.colorspace = _TAGS[matrix]
    frame.color_range = 2 if full_range else 1
    return frame


def _chapters(chapters: Sequence[tuple[float, float, str]]) -> list[Any]:
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


def _sound_packets(out: Any, sound: Sound) -> Iterator[av.Packet]:
    stream = out.add_stream(sound.codec, rate=sound.sample_rate)
    n_channels = sound.samples.shape[1]
    stream.codec_context.layout = {1: "mono", 2: "stereo"}[n_channels]
    stream.codec_context.format = "fltp" if sound.codec == "aac" else "s16"
    stream.codec_context.time_base = stream.time_base = Fraction(1, sound.sample_rate)
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    if sound.codec == "aac":
        stream.codec_context.bit_rate = 96_000 * n_channels
    if sound.language:
        stream.metadata["language"] = sound.language
    return _encoded_sound(stream, sound)


def _encoded_sound(stream: Any, sound: Sound) -> Iterator[av.Packet]:
    offset = round(sound.start * sound.sample_rate)
    size = stream.codec_context.frame_size or 4096
    for begin in range(0, len(sound.samples), size):
        samples = sound.samples[begin : begin + size]
        if sound.codec == "aac":
            codes: NDArray[Any] = np.ascontiguousarray(samples.T.astype(np.float32))
        else:
            codes = np.clip(np.rint(samples * 32767), -32768, 32767).astype(np.int16).reshape(1, -1)
        context = stream.codec_context
        frame = av.AudioFrame.from_ndarray(codes, context.format.name, context.layout.name)
        frame.sample_rate, frame.pts = sound.sample_rate, offset + begin
        frame.time_base = Fraction(1, sound.sample_rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _subtitle_packets(
    out: Any, container: str, subtitles: Sequence[tuple[float, float, str]]
) -> Iterator[av.Packet]:
    """Plain text in Matroska; in MP4 a 16-bit length comes before it (3GPP timed text)."""
    timed_text = container != "matroska"
    stream = out.add_stream("mov_text" if timed_text else "subrip")
    stream.codec_context.subtitle_header = _ASS_HEADER
    stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = "eng"
    return _timed_text(stream, timed_text, subtitles)


def _timed_text(
    stream: Any, timed_text: bool, subtitles: Sequence[tuple[float, float, str]]
) -> Iterator[av.Packet]:
    for start, end, text in sorted(subtitles):
        data = text.encode()
        data = len(data).to_bytes(2, "big") + data if timed_text else data
        yield _text_packet(stream, data, round(start * 1000), round(end * 1000))


def _text_packet(stream: Any, data: bytes, start: int, end: int) -> av.Packet:
    packet = av.Packet(data)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = start
    packet.duration = end - start
    packet.is_keyframe = True
    return packet
