"""What a video stream is: size, time, colour coding, fields."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import av
from av.container import InputContainer

from cartoonize.frames import FieldOrder, Matrix, VideoFormat
from cartoonize.video import planes
from cartoonize.video.fields import first_field

#: AVFieldOrder to the field that is shown first; 0 and 1 are unknown and progressive.
_FIELD_ORDERS: dict[int, FieldOrder] = {2: "top", 3: "bottom", 4: "bottom", 5: "top"}
#: Codecs whose frames never say that they are interlaced; there the container's word counts.
_SILENT_CODECS = ("hevc", "av1", "vp8", "vp9", "rawvideo", "mjpeg", "huffyuv", "ffvhuff", "utvideo")
#: AVCOL matrix numbers.
_MATRICES: dict[int, Matrix] = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt709",
    9: "bt2020",
    10: "bt2020",
}
#: Codecs whose gray frames are limited range unless they say otherwise, as their standards have it.
_LIMITED_GRAY = ("h264", "hevc", "av1", "vp9", "mpeg1video", "mpeg2video", "mpeg4")


def field_order(stream: av.VideoStream, probed: list[av.VideoFrame]) -> tuple[FieldOrder, bool]:
    """Return which field comes first, and whether that holds of frames that say nothing."""
    interlaced = next((picture for picture in probed if picture.interlaced_frame), None)
    if interlaced is not None:
        return first_field(interlaced), False
    if stream.codec_context.name in _SILENT_CODECS and stream.codec_context.field_order in _FIELD_ORDERS:
        return _FIELD_ORDERS[stream.codec_context.field_order], True
    return "progressive", False


def declared_frames(container: InputContainer, stream: av.VideoStream) -> int:
    """Return the number of frames that the container announces, 0 if it does not."""
    if "mp4" in container.format.name and stream.frames:  # what edit lists cut out is not announced
        return sum(not entry.is_discard for entry in stream.index_entries)
    return stream.frames


def describe(
    container: InputContainer,
    stream: av.VideoStream,
    first: av.VideoFrame,
    order: FieldOrder,
    n_declared: int,
) -> VideoFormat:
    """Put together what the container, the codec and the first frame say."""
    rate = stream.average_rate or stream.guessed_rate or Fraction(24)
    duration = _duration(container, stream)
    start = first.pts if first.pts is not None else stream.start_time
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
        has_color=not first.format.name.startswith(("gray", "mono")),
        full_range=_is_full_range(first, stream.codec_context.name),
        matrix=_MATRICES.get(first.colorspace, "bt709" if first.height >= 720 else "bt601"),
        tags=(first.color_primaries, first.color_trc, first.colorspace, first.color_range),
        sample_aspect_ratio=_sample_aspect_ratio(stream),
        rotation=first.rotation,
        field_order=order,
    )


def _is_full_range(frame: av.VideoFrame, codec: str) -> bool:
    name = frame.format.name
    if name.startswith("gray") and frame.color_range == 0:
        return codec not in _LIMITED_GRAY
    return planes.is_rgb(name) or name.startswith("yuvj") or frame.color_range == 2


def base_of(stream: av.VideoStream) -> Fraction:
    """Return the seconds per unit of a stream's times."""
    assert stream.time_base is not None  # only streams under construction have none
    return stream.time_base


def _duration(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Return the seconds that the stream lasts, else the container, if either says."""
    if stream.duration:
        return float(stream.duration * base_of(stream))
    clock = stream.metadata.get("DURATION", "").split(":")
    if len(clock) == 3:  # Matroska: the time at which the stream ends, as a tag
        with suppress(ValueError):
            end = int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2])
            return end - float((stream.start_time or 0) * base_of(stream))
    return container.duration / av.time_base if container.duration else None


def _sample_aspect_ratio(stream: av.VideoStream) -> Fraction:
    """Return the shape of a pixel; of two that agree but for a container's rounding, the codec's."""
    told, coded = stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio
    width = stream.codec_context.width
    if told and coded and abs(told - coded) * width < 1:
        return coded
    return told or coded or Fraction(1)
