"""Format of a video stream: size, time, colour coding and fields."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from fractions import Fraction

import av
from av.container import InputContainer
from av.stream import Stream

from cartoonize.frames import FieldOrder, Matrix, VideoFormat
from cartoonize.video import planes
from cartoonize.video.interlacing import usual_order

#: Field that is displayed first, by AVFieldOrder; 0 is unknown and 1 progressive.
_FIELD_ORDERS: dict[int, FieldOrder] = {2: "top", 3: "bottom", 4: "bottom", 5: "top"}
#: Codecs whose frames are never marked as interlaced, so that the mark of the container is used.
_SILENT_CODECS = ("hevc", "av1", "vp8", "vp9", "rawvideo", "mjpeg", "huffyuv", "ffvhuff", "utvideo")
#: Matrices by AVCOL number.
_MATRICES: dict[int, Matrix] = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt709",
    9: "bt2020",
    10: "bt2020",
}
#: Codecs whose gray frames have limited range by default, according to their standards.
_LIMITED_GRAY = ("h264", "hevc", "av1", "vp9", "mpeg1video", "mpeg2video", "mpeg4")


def field_order(stream: av.VideoStream, orders: Counter[FieldOrder]) -> tuple[FieldOrder, bool]:
    """Return which field comes first, and whether that applies to unmarked frames, too.

    Parameters
    ----------
    stream : VideoStream
    orders : Counter of FieldOrder
        Numbers of frames with each order, in the whole film or at some places.
    """
    if any(order != "progressive" for order in orders):
        return usual_order(orders), False
    if stream.codec_context.name in _SILENT_CODECS and stream.codec_context.field_order in _FIELD_ORDERS:
        return _FIELD_ORDERS[stream.codec_context.field_order], True
    return "progressive", False


def declared_frames(container: InputContainer, stream: av.VideoStream) -> int:
    """Return the number of frames that the container declares; 0 if unknown."""
    if container.format.name == "ivf":  # declares a number of ticks
        return 0
    if "mp4" in container.format.name and stream.frames:  # without frames that edit lists cut out
        return sum(not entry.is_discard for entry in stream.index_entries)
    return stream.frames


def describe(
    container: InputContainer,
    stream: av.VideoStream,
    first: av.VideoFrame,
    order: FieldOrder,
    n_declared: int,
    *,
    rate: Fraction,
    start: int | None,
) -> VideoFormat:
    """Return the format of a stream, from its container, its codec and its first frame."""
    duration = _duration(container, stream)
    start = start if start is not None else stream.start_time
    return VideoFormat(
        height=first.height,
        width=first.width,
        time_base=base_of(stream),
        frame_rate=rate,
        n_frames=n_declared or round((duration or 0) * rate),
        duration=duration,
        start_pts=start or 0,
        pix_fmt=first.format.name,
        bit_depth=planes.luma_bits(first.format.name),
        has_color=not first.format.name.startswith(("gray", "mono", "ya8", "ya16")),
        full_range=_is_full_range(first, stream.codec_context.name),
        matrix=_MATRICES.get(first.colorspace, "bt709" if first.height >= 720 else "bt601"),
        tags=(first.color_primaries, first.color_trc, first.colorspace, first.color_range),
        sample_aspect_ratio=_sample_aspect_ratio(stream),
        rotation=first.rotation,
        field_order=order,
    )


def _is_full_range(frame: av.VideoFrame, codec: str) -> bool:
    name = frame.format.name
    if name.startswith(("gray", "ya")) and frame.color_range == 0:
        return codec not in _LIMITED_GRAY
    return planes.is_rgb(name) or name.startswith("yuvj") or frame.color_range == 2


def base_of(stream: Stream) -> Fraction:
    """Return the time base of a stream, in seconds."""
    assert stream.time_base is not None  # only new output streams have none
    return stream.time_base


def _duration(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Return the declared duration of the stream, or else of the container, in seconds."""
    if stream.duration:
        return float(stream.duration * base_of(stream))
    clock = stream.metadata.get("DURATION", "").split(":")
    if len(clock) == 3:  # Matroska stores the end of the stream as a tag
        with suppress(ValueError):
            end = int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2])
            return end - float((stream.start_time or 0) * base_of(stream))
    return container.duration / av.time_base if container.duration else None


def _sample_aspect_ratio(stream: av.VideoStream) -> Fraction:
    """Return the aspect ratio of a pixel; the codec's value if the container's differs only by rounding."""
    declared, coded = stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio
    width = stream.codec_context.width
    if declared and coded and abs(declared - coded) * width < 1:
        return coded
    return declared or coded or Fraction(1)
