"""Videos as frames: luma as stored, the grey picture, time as it is; damage is an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import av
from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.frames import FieldOrder, Frame, Matrix, VideoFormat
from cartoonize.video import planes
from cartoonize.video.containers import is_cut_matroska, main_video, open_container
from cartoonize.video.fields import deinterlaced, first_field

#: Fields are announced by the first frames, but a film may open on progressive ones.
_N_PROBED = 12
#: AVFieldOrder to the field that is shown first; 0 and 1 are unknown and progressive.
_FIELD_ORDERS: dict[int, FieldOrder] = {2: "top", 3: "bottom", 4: "bottom", 5: "top"}
#: Codecs whose frames never say that they are interlaced; there the container's word counts.
_SILENT_CODECS = ("hevc", "av1", "vp8", "vp9", "rawvideo", "mjpeg", "huffyuv", "ffvhuff", "utvideo")
#: AVCOL matrix numbers.
_MATRICES: dict[int, Matrix] = {
    1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020",
}  # fmt: skip
#: Codecs whose gray frames are limited range unless they say otherwise, as their standards have it.
_LIMITED_GRAY = ("h264", "hevc", "av1", "vp9", "mpeg1video", "mpeg2video", "mpeg4")
#: Containers in which a seek arrives where it was sent.
_SEEKABLE = ("matroska", "mp4")
#: Seconds: times are compared to a microsecond, and a seek lands this much early.
_CLOCK, _RUN_UP = 1e-6, 1.0
_DAMAGED_HINT = "Get the whole file again, or pass --allow-damaged to take what there is"


class VideoSource:
    """A video file; see :class:`cartoonize.video.source.Source`."""

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, path: Path, *, allow_damaged: bool = False, max_pixels: int = 1 << 26) -> None:
        self.path = path
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self._allow_damaged = allow_damaged
        self._max_pixels = max_pixels
        with self._opened() as (container, stream):
            probed = self._probe(container, stream)
            field_order, self._all_interlaced = _field_order(stream, probed)
            self._n_declared = _declared_frames(container, stream)
            self._seekable = any(name in _SEEKABLE for name in container.format.name.split(","))
            self.format = _format(container, stream, probed[0], field_order, self._n_declared)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None  # every iteration opens and closes the file itself

    def frames(
        self, *, rgb: bool = False, start: float | None = None, end: float | None = None
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order; see :meth:`cartoonize.video.source.Source.frames`."""
        index = 0
        for picture, shown in deinterlaced(self._pictures(start), all_frames=self._all_interlaced):
            time = self._time(_pts(picture))
            if end is not None and time >= end - _CLOCK:
                return
            if start is None or time >= start - _CLOCK:
                yield self._frame(index, picture, shown, rgb)
                index += 1

    def _frame(self, index: int, picture: av.VideoFrame, shown: av.VideoFrame, rgb: bool) -> Frame:
        matrix, full_range = self.format.matrix, self.format.full_range
        if planes.is_rgb(picture.format.name):
            grey = planes.luma_of_rgb(planes.rgb_picture(shown, matrix, full_range), matrix)
            luma = grey
            if shown is not picture:
                luma = planes.luma_of_rgb(planes.rgb_picture(picture, matrix, full_range), matrix)
        else:
            luma = planes.luma_plane(picture)
            seen = luma if shown is picture else planes.luma_plane(shown)
            grey = planes.grey_of_luma(seen, planes.luma_bits(shown.format.name), full_range)
        return Frame(
            index,
            _pts(picture),
            luma,
            grey,
            planes.rgb_picture(shown, matrix, full_range) if rgb else None,
            duration=self._duration(picture),
        )

    def _duration(self, picture: av.VideoFrame) -> int:
        """Return how long a picture is shown; a container's clock may have cut off a part of a unit."""
        usual = 1 / self.format.frame_rate / self.format.time_base
        return round(usual) if abs(picture.duration - usual) < 1 else picture.duration

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, av.VideoStream]]:
        with open_container(self.path, max_pixels=self._max_pixels) as container:
            stream = main_video(container, self.path)
            height, width = stream.codec_context.height, stream.codec_context.width
            if height * width > self._max_pixels:
                raise SourceError(
                    f"{self.path} has frames of {width}x{height} pixels, more than {self._max_pixels}",
                    "Scale it down first",
                )
            stream.codec_context.options = {"max_pixels": str(self._max_pixels)}
            if not self._allow_damaged and stream.codec_context.name in ("mpeg1video", "mpeg2video"):
                stream.codec_context.options |= {"err_detect": "crccheck+bitstream+buffer+explode"}
            # Frame threads are faster; slice threads patch damaged pictures the same way every time.
            stream.thread_type = "SLICE" if self._allow_damaged else "AUTO"
            yield container, stream

    def _pictures(self, start: float | None) -> Iterator[av.VideoFrame]:
        """Decode from the start, or from somewhere before ``start``; every picture gets a time of its own."""
        self.damage = []
        with self._opened() as (container, stream):
            if start is not None:
                self._seek(container, stream, start)
            count = _Count()
            previous: av.VideoFrame | None = None
            for picture in self._decoded(container, stream, count):
                self._check_picture(picture)
                picture.pts = self._pts(picture, previous)
                yield picture
                previous = picture
            if start is None:
                self._check_complete(container, count)

    def _decoded(
        self, container: InputContainer, stream: av.VideoStream, count: _Count
    ) -> Iterator[av.VideoFrame]:
        packets = container.demux(stream)
        time = 0.0
        while True:
            frames: list[av.VideoFrame] = []
            packet = None
            try:
                packet = next(packets, None)
                if packet is not None and packet.size == 0:
                    count.n_held += packet.dts is not None  # "the same picture again", or the end
                    continue
                if packet is not None:
                    count.n_packets += not packet.is_discard
                    stamp = packet.pts if packet.pts is not None else packet.dts
                    time = time if stamp is None else self._time(stamp)
                frames = stream.decode(packet)
            except av.FFmpegError as error:
                self._report(f"is damaged at {time:.2f} s: {error.strerror or error}".lower())
            count.n_frames += len(frames)
            yield from frames
            if packet is None:
                return

    def _seek(self, container: InputContainer, stream: av.VideoStream, start: float) -> None:
        """Go to a keyframe a good second before ``start``: the deinterlacer looks back one frame."""
        target = self.format.start_pts + round((start - _RUN_UP) / self.format.time_base)
        if not self._seekable or target <= self.format.start_pts:
            return
        container.seek(target, stream=stream)
        arrival = next((f.pts for p in container.demux(stream) if p.size for f in stream.decode(p)), None)
        container.seek(target if arrival is not None and arrival <= target else 0, stream=stream)

    def _time(self, pts: int) -> float:
        """Seconds from the stream's start."""
        return float((pts - self.format.start_pts) * self.format.time_base)

    def _pts(self, picture: av.VideoFrame, previous: av.VideoFrame | None) -> int:
        """Return the picture's own time if it has one that is later than the previous picture's."""
        if previous is None:
            return self.format.start_pts if picture.pts is None else picture.pts
        if picture.pts is not None and picture.pts > _pts(previous):
            return picture.pts
        usual = round(1 / self.format.frame_rate / self.format.time_base)
        return _pts(previous) + (previous.duration or max(1, usual))

    def _check_picture(self, picture: av.VideoFrame) -> None:
        known = self.format
        if (picture.height, picture.width) != (known.height, known.width) or (
            planes.luma_bits(picture.format.name) != known.bit_depth
        ):
            raise SourceError(
                f"{self.path} changes its format at {picture.time or 0:.2f} s, from {known.width}x"
                f"{known.height} {known.pix_fmt} to {picture.width}x{picture.height} {picture.format.name}",
                "Cut it there into two files",
            )
        if picture.is_corrupt:
            self._report(f"has a damaged frame at {picture.time or 0:.2f} s")

    def _check_complete(self, container: InputContainer, count: _Count) -> None:
        """Compare what came out with what was announced: a cut file gives fewer frames and no error."""
        expected = max(self._n_declared, count.n_packets)
        if is_cut_matroska(self.path) or (_duration_is_the_video_s(container) and not self._n_declared):
            expected = max(expected, self.format.n_frames)
        missing = expected - count.n_frames - count.n_held
        if missing > 2 and missing > expected / 50:
            self._report(f"is incomplete: {count.n_frames} of about {expected} frames can be decoded")

    def _report(self, what: str) -> None:
        """Raise what is wrong with the file, or note it and go on where that is allowed."""
        if not self._allow_damaged:
            raise SourceError(f"{self.path} {what}", _DAMAGED_HINT)
        self.damage.append(what)

    def _probe(self, container: InputContainer, stream: av.VideoStream) -> list[av.VideoFrame]:
        """Decode the first frames, until one is interlaced."""
        probed: list[av.VideoFrame] = []
        failure: av.FFmpegError | None = None
        try:
            for picture in container.decode(stream):
                probed.append(picture)
                if picture.interlaced_frame or len(probed) == _N_PROBED:
                    break
        except av.FFmpegError as error:
            failure = error
        if not probed:
            why = f": {failure.strerror or failure}".lower() if failure else ""
            raise SourceError(f"{self.path} has a video stream without frames{why}", "Get the whole file")
        return probed


def _pts(picture: av.VideoFrame) -> int:
    assert picture.pts is not None  # _pictures saw to it
    return picture.pts


def _base(stream: av.VideoStream) -> Fraction:
    assert stream.time_base is not None  # only streams under construction have none
    return stream.time_base


@dataclass
class _Count:
    """What one iteration met."""

    n_packets: int = 0
    n_held: int = 0
    n_frames: int = 0


def _duration_is_the_video_s(container: InputContainer) -> bool:
    """Whether the container's duration is declared, and that of the pictures alone."""
    declared = any(name in ("flv", "asf", "nut") for name in container.format.name.split(","))
    return declared and len(container.streams) == 1


def _field_order(stream: av.VideoStream, probed: list[av.VideoFrame]) -> tuple[FieldOrder, bool]:
    """Return which field comes first, and whether that holds of frames that say nothing."""
    if probed[-1].interlaced_frame:
        return first_field(probed[-1]), False
    if stream.codec_context.name in _SILENT_CODECS and stream.codec_context.field_order in _FIELD_ORDERS:
        return _FIELD_ORDERS[stream.codec_context.field_order], True
    return "progressive", False


def _declared_frames(container: InputContainer, stream: av.VideoStream) -> int:
    """Return the number of frames that the container announces, 0 if it does not."""
    if "mp4" in container.format.name and stream.frames:  # what edit lists cut out is not announced
        return sum(not entry.is_discard for entry in stream.index_entries)
    return stream.frames


def _format(
    container: InputContainer,
    stream: av.VideoStream,
    first: av.VideoFrame,
    order: FieldOrder,
    n_declared: int,
) -> VideoFormat:
    pix_fmt, codec = first.format.name, stream.codec_context.name
    rate = stream.average_rate or stream.guessed_rate or Fraction(24)
    duration = _duration(container, stream)
    start = first.pts if first.pts is not None else stream.start_time
    tags = (first.color_primaries, first.color_trc, first.colorspace, first.color_range)
    gray = pix_fmt.startswith("gray")
    rgb = planes.is_rgb(pix_fmt)
    return VideoFormat(
        height=first.height,
        width=first.width,
        time_base=_base(stream),
        frame_rate=rate,
        n_frames=n_declared or round((duration or 0) * rate),
        duration=duration,
        start_pts=start or 0,
        pix_fmt=pix_fmt,
        bit_depth=planes.luma_bits(pix_fmt),
        has_color=not gray and not pix_fmt.startswith("mono"),
        full_range=rgb
        or first.color_range == 2
        or pix_fmt.startswith("yuvj")
        or (gray and first.color_range == 0 and codec not in _LIMITED_GRAY),
        matrix=_MATRICES.get(first.colorspace, "bt709" if first.height >= 720 else "bt601"),
        tags=tags,
        sample_aspect_ratio=_sample_aspect_ratio(stream),
        rotation=first.rotation,
        field_order=order,
    )


def _duration(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Return the seconds that the stream lasts, else the container, if either says."""
    if stream.duration:
        return float(stream.duration * _base(stream))
    clock = stream.metadata.get("DURATION", "").split(":")
    if len(clock) == 3:  # Matroska: the time at which the stream ends, as a tag
        with suppress(ValueError):
            end = int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2])
            return end - float((stream.start_time or 0) * _base(stream))
    return container.duration / av.time_base if container.duration else None


def _sample_aspect_ratio(stream: av.VideoStream) -> Fraction:
    """Return the shape of a pixel; of two that agree but for a container's rounding, the codec's."""
    told, coded = stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio
    width = stream.codec_context.width
    if told and coded and abs(told - coded) * width < 1:
        return coded
    return told or coded or Fraction(1)
