"""Reading of videos: frames with stored luma, grey picture and exact time. Damage is an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import av
from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.frames import Frame
from cartoonize.limits import Limits
from cartoonize.video import planes
from cartoonize.video.containers import (
    has_free_clock,
    has_own_duration,
    is_cut_matroska,
    main_video,
    open_container,
    packets_of,
    reason,
)
from cartoonize.video.decoding import DamageLog, decoded, pts_of, seconds, usual_step
from cartoonize.video.fields import deinterlaced
from cartoonize.video.stream_format import declared_frames, describe, field_order

#: Number of frames that are searched for interlaced ones, since a video may start with progressive frames.
_N_PROBED = 12
#: Containers with reliable seeking.
_SEEKABLE = ("matroska", "mov")
#: Tolerance of time comparisons, in seconds.
_TIME_TOLERANCE = 1e-6
#: Seconds by which a seek goes to an earlier time, since the deinterlacer needs the frame before.
_SEEK_MARGIN = 1.0


class VideoSource:
    """A video file; see :class:`cartoonize.video.source.Source`."""

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, path: Path, *, allow_damaged: bool, limits: Limits) -> None:
        self.path = path
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self._allow_damaged = allow_damaged
        self._limits = limits
        with self._opened() as (container, stream):
            probed = self._probe(container, stream)
            order, self._all_interlaced = field_order(stream, probed)
            self._n_declared = declared_frames(container, stream)
            self.format = describe(container, stream, probed[0], order, self._n_declared)
            self.seeks = container.format.name.startswith(_SEEKABLE)
            """True if reading can begin near a time. Otherwise, it begins at the start of the file."""
        limits.check_length(path, self.format.n_frames, self.format.duration or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None  # each iteration opens and closes the file

    def frames(
        self, *, rgb: bool = False, start: float | None = None, end: float | None = None
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order; see :meth:`cartoonize.video.source.Source.frames`."""
        index = 0
        for picture, shown in deinterlaced(self._pictures(start), all_frames=self._all_interlaced):
            time = seconds(pts_of(picture), self.format)
            if end is not None and time >= end - _TIME_TOLERANCE:
                return
            if start is None or time >= start - _TIME_TOLERANCE:
                yield self._frame(index, picture, shown, rgb)
                index += 1

    def _frame(self, index: int, picture: av.VideoFrame, shown: av.VideoFrame, rgb: bool) -> Frame:
        """Make a frame from a decoded picture and the (deinterlaced) picture that it shows."""
        matrix, full_range = self.format.matrix, self.format.full_range
        if planes.is_rgb(picture.format.name):
            grey = planes.luma_of_rgb(planes.rgb_picture(shown, matrix, full_range), matrix)
            luma = grey
            if shown is not picture:
                luma = planes.luma_of_rgb(planes.rgb_picture(picture, matrix, full_range), matrix)
        else:
            luma = planes.luma_plane(picture)
            shown_luma = luma if shown is picture else planes.luma_plane(shown)
            grey = planes.grey_of_luma(shown_luma, planes.luma_bits(shown.format.name), full_range)
        return Frame(
            index,
            pts_of(picture),
            luma,
            grey,
            planes.rgb_picture(shown, matrix, full_range) if rgb else None,
            duration=self._duration(picture),
        )

    def _duration(self, picture: av.VideoFrame) -> int:
        """Return the duration of a picture in units of the time base, without the container's rounding."""
        usual = usual_step(self.format)
        return round(usual) if abs(picture.duration - usual) < 1 else picture.duration

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, av.VideoStream]]:
        with open_container(self.path, max_pixels=self._limits.max_pixels) as container:
            stream = main_video(container, self.path)
            context = stream.codec_context
            self._limits.check_picture(self.path, context.height, context.width)
            context.options = {"max_pixels": str(self._limits.max_pixels)}
            if not self._allow_damaged and context.name in ("mpeg1video", "mpeg2video"):
                context.options |= {"err_detect": "crccheck+bitstream+buffer+explode"}
            # Frame threads are faster. Slice threads conceal damage in the same way every time.
            stream.thread_type = "SLICE" if self._allow_damaged else "AUTO"
            yield container, stream

    def _pictures(self, start: float | None) -> Iterator[av.VideoFrame]:
        """Decode from the start of the file, or from somewhere before ``start``."""
        log = DamageLog(self.path, self._allow_damaged)
        self.damage = log.notes
        last: av.VideoFrame | None = None
        with self._opened() as (container, stream):
            if start is not None:
                self._seek(container, stream, start)
            for picture in decoded(container, stream, self.format, log):
                time = seconds(pts_of(picture), self.format)
                self._limits.check_length(self.path, log.n_frames, time)
                yield picture
                last = picture
            if start is None:
                self._close(log, container, stream, last)

    def _close(
        self, log: DamageLog, container: InputContainer, stream: av.VideoStream, last: av.VideoFrame | None
    ) -> None:
        """Compare the decoded pictures with what the container declares."""
        n_declared, n_decoded, n_short = self._n_declared, log.n_frames, 0
        if not n_declared and (is_cut_matroska(self.path) or has_own_duration(container)):
            n_declared = self.format.n_frames
        if last is not None and container.format.name == "avi":  # counts held pictures, stores none
            end = pts_of(last) - self.format.start_pts + self._duration(last)
            n_decoded = max(n_decoded, round(end / usual_step(self.format)))
        if last is not None and "DURATION" in stream.metadata:  # Matroska tag for this stream alone
            ended = seconds(pts_of(last) + self._duration(last), self.format)
            n_short = round(((self.format.duration or ended) - ended) * float(self.format.frame_rate))
        log.close(n_declared, n_decoded, n_short, may_be_torn=has_free_clock(container))

    def _seek(self, container: InputContainer, stream: av.VideoStream, start: float) -> None:
        """Seek to a keyframe at least `_SEEK_MARGIN` before ``start``."""
        target = self.format.start_pts + round((start - _SEEK_MARGIN) / self.format.time_base)
        if target <= self.format.start_pts or not container.format.name.startswith(_SEEKABLE):
            return
        arrival = None
        with suppress(av.FFmpegError):
            container.seek(target, stream=stream)
            pictures = (f for packet in packets_of(container, stream) for f in stream.decode(packet))
            arrival = next((picture.pts for picture in pictures), None)
        if arrival is None or arrival > target:
            target = 0
        container.seek(target, stream=stream)

    def _probe(self, container: InputContainer, stream: av.VideoStream) -> list[av.VideoFrame]:
        """Decode the first frames, until one is interlaced. Iterations report damage in them."""
        probed: list[av.VideoFrame] = []
        failure = ""
        with suppress(av.FFmpegError):
            for packet in chain(packets_of(container, stream), [None]):
                try:
                    probed += stream.decode(packet)
                except av.FFmpegError as error:
                    failure = f": {reason(error)}"
                if len(probed) >= _N_PROBED or any(picture.interlaced_frame for picture in probed):
                    break
        if not probed:
            raise SourceError(
                f"{self.path} has a video stream without frames{failure}", "Get a complete copy of the file."
            )
        return probed
