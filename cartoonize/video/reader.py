"""Reading of videos: frames with stored luma, grey picture and exact time. Damage is an error."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Literal

import av
from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.frames import ColorPicture, FieldOrder, Frame
from cartoonize.limits import Limits
from cartoonize.video import planes
from cartoonize.video.alpha import alpha_plane
from cartoonize.video.animated_pictures import n_png_frames
from cartoonize.video.color_pictures import color_picture
from cartoonize.video.containers import (
    has_free_clock,
    has_own_duration,
    main_video,
    open_container,
    packets_of,
    reason,
)
from cartoonize.video.damage_log import DamageLog, Ending
from cartoonize.video.decoding import Opened, decoded, pts_of, seconds, usual_step
from cartoonize.video.disc import disc_title
from cartoonize.video.encryption import encryption_told
from cartoonize.video.fields import first_field
from cartoonize.video.file_ends import is_cut, unread_bytes
from cartoonize.video.film_fields import shown_pictures
from cartoonize.video.frame_rate import frame_rate_of
from cartoonize.video.interlacing import sampled_orders
from cartoonize.video.opened_on_demand import OpenedOnDemand
from cartoonize.video.picture_data import captions_of
from cartoonize.video.picture_times import clock_of, stored_times
from cartoonize.video.stream_format import declared_frames, describe, field_order
from cartoonize.video.timeline import timeline_of

#: Number of frames from which the format, the fields and the times of a video are found.
_N_PROBED = 16
#: Number of pictures with captions after which memory is collected.
_N_CAPTIONED = 64
#: Number of frames without whole pictures in their fields that is worth a line, and the line.
_N_TORN = 50
_TORN = (
    "has interlaced frames whose fields make no whole pictures (video, or film with blended fields): each of "
    "them is deinterlaced and coloured by itself"
)
#: Containers with reliable seeking.
_SEEKABLE = ("matroska", "mov")
#: Tolerance of time comparisons, in seconds.
_TIME_TOLERANCE = 1e-6
#: Seconds by which a seek goes to an earlier time, since the deinterlacer needs the frame before.
_SEEK_MARGIN = 1.0


class VideoSource(OpenedOnDemand):
    """A video file; see :class:`cartoonize.video.source.Source`."""

    kind: Literal["video", "image", "stills"] = "video"

    def __init__(self, path: Path, *, allow_damaged: bool, limits: Limits) -> None:
        self.path = path
        self.names: Sequence[str] = ()
        self.damage: list[str] = []
        self.remarks: list[str] = []
        self._allow_damaged = allow_damaged
        self._limits = limits
        self._has_captions, self._n_captioned = False, 0
        self.keeps_fields = True
        """True if luma is that of the stored frames; False if it is that of the pictures that they show."""
        with encryption_told(path), self._opened() as (container, stream):
            probed = self._probe(container, stream)
            timeline = timeline_of(path)
            orders = timeline.orders or sampled_orders(path) + Counter(map(first_field, probed))
            order, self._all_interlaced = field_order(stream, orders)
            self._n_declared = declared_frames(container, stream) or n_png_frames(path)
            self._clock = clock_of(container.format.name, probed)
            times = [time for time in stored_times(probed, self._clock) if time is not None]
            self.format = describe(
                container,
                stream,
                probed[0],
                order,
                self._n_declared,
                rate=frame_rate_of(stream, times, interlaced=order != "progressive"),
                start=times[0] if times else None,
            )
            self.seeks = container.format.name.startswith(_SEEKABLE) and self._clock == "pts"
            """True if reading can begin near a time. Otherwise, it begins at the start of the file."""
        self._timeline = timeline
        zero = self.format.start_pts * self.format.time_base
        title = disc_title(path)
        self.remarks = [*(title.remarks if title else ()), *self._timeline.remarks(zero)]
        if self._timeline.jumps and self._timeline.end is not None:
            duration = float(self._timeline.end - zero)
            n_frames = round(duration * self.format.frame_rate)
            self.format = replace(self.format, duration=duration, n_frames=n_frames)
        limits.check_length(path, self._n_declared, self.format.duration or 0)

    def frames(
        self,
        *,
        rgb: bool = False,
        color: bool = False,
        start: float | None = None,
        end: float | None = None,
    ) -> Iterator[Frame]:
        """Yield the frames in presentation order; see :meth:`cartoonize.video.source.Source.frames`."""
        index = 0
        n_torn = 0
        pictures = self._pictures(start)
        order = self.format.field_order
        for shown in shown_pictures(pictures, all_frames=self._all_interlaced, order=order):
            picture = shown.frame
            n_torn += shown.is_torn
            if n_torn == _N_TORN and _TORN not in self.remarks:
                self.remarks.append(_TORN)
            time = seconds(pts_of(picture), self.format)
            if end is not None and time >= end - _TIME_TOLERANCE:
                return
            if start is None or time >= start - _TIME_TOLERANCE:
                stored = picture if self.keeps_fields else shown.picture
                frame = self._frame(index, stored, shown.picture, rgb)
                times = {"pts": pts_of(picture), "duration": self._duration(picture)}
                if color:
                    frame = frame.having(color=self._color(shown.picture))
                yield frame.having(weaves_next=shown.weaves_next, **times)
                index += 1

    def _frame(self, index: int, picture: av.VideoFrame, shown: av.VideoFrame, rgb: bool) -> Frame:
        """Make a frame from a decoded picture and the (deinterlaced) picture that it shows."""
        matrix, full_range = self.format.matrix, self.format.full_range
        if planes.is_rgb(picture.format.name):
            shown_luma = luma = planes.luma_of_rgb_frame(shown, matrix)
            if shown is not picture:
                luma = planes.luma_of_rgb_frame(picture, matrix)
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
            field_order=self._field_order(picture),
            captions=self._captions(picture),
            alpha=alpha_plane(picture),
        )

    def _color(self, picture: av.VideoFrame) -> ColorPicture:
        return color_picture(picture, self.format.matrix, self.format.full_range)

    def _captions(self, picture: av.VideoFrame) -> bytes:
        """Return the closed captions of a picture."""
        if not self._has_captions:
            return b""
        self._n_captioned += 1
        if self._n_captioned % _N_CAPTIONED == 0:
            gc.collect()  # PyAV ties a picture and the data beside it together
        return captions_of(picture)

    def _field_order(self, picture: av.VideoFrame) -> FieldOrder | None:
        """Return the field order of a picture if it is another one than that of the film, else None."""
        if self._all_interlaced or picture.interlaced_frame == (self.format.field_order != "progressive"):
            return None
        return first_field(picture)

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
                # Not "bitstream", which refuses the zeros with which encoders fill up a constant bit rate.
                context.options |= {"err_detect": "crccheck+buffer+explode"}
            # Frame threads are faster. Slice threads conceal damage in the same way every time.
            stream.thread_type = "SLICE" if self._allow_damaged else "AUTO"
            yield container, stream

    def _pictures(self, start: float | None) -> Iterator[av.VideoFrame]:
        """Decode from the start of the file, or from somewhere before ``start``."""
        log = DamageLog(self.path, self._allow_damaged)
        self.damage = log.notes
        with encryption_told(self.path), self._opened() as (container, stream):
            if start is not None:
                self._seek(container, stream, start)
            opened = Opened(container, stream, self.format, self._clock, self._timeline)
            for picture in decoded(opened, log):
                self._has_captions = self._has_captions or opened.has_captions
                time = seconds(pts_of(picture), self.format)
                self._limits.check_length(self.path, log.n_frames, time)
                yield picture
            if start is None:
                log.close(self._ending(opened, log))
                if n_bytes := unread_bytes(self.path, opened.position):
                    log.notes.append(f"has {n_bytes} bytes after its last picture, which cannot be read")

    def _ending(self, opened: Opened, log: DamageLog) -> Ending:
        """Return what the container declares about the video that has been decoded to its end."""
        container, last, rate = opened.container, opened.last, float(self.format.frame_rate)
        may_be_torn = has_free_clock(container)
        if last is None:
            return Ending(n_declared=self._n_declared, may_be_torn=may_be_torn)
        end = pts_of(last) + (self._duration(last) or round(usual_step(self.format)))
        n_decoded, n_unseen = log.n_frames, 0
        if opened.holds_pictures:  # the container counts units of time
            n_decoded = max(n_decoded, end - self.format.start_pts)
        if opened.latest is not None:
            n_unseen = max(0, round((opened.latest - pts_of(last)) / usual_step(self.format)))
        n_short = None
        if self.format.duration is not None:
            n_short = max(0, round((self.format.duration - seconds(end, self.format)) * rate))
        cut = is_cut(self.path)
        if cut is None and has_own_duration(container):  # the last picture may be held, as others were
            cut = (n_short or 0) > log.longest_gap
        return Ending(
            n_declared=self._n_declared,
            n_decoded=n_decoded,
            n_short=n_short,
            n_unseen=n_unseen,
            n_after=(n_short or 0) if "DURATION" in opened.stream.metadata else 0,  # of Matroska
            is_cut=bool(cut),
            holds_pictures=opened.holds_pictures,
            may_be_torn=may_be_torn,
        )

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
        """Decode the first frames. Iterations report damage in them."""
        probed: list[av.VideoFrame] = []
        failure = ""
        with suppress(av.FFmpegError):
            for packet in chain(packets_of(container, stream), [None]):
                try:
                    probed += stream.decode(packet)
                except av.FFmpegError as error:
                    failure = f": {reason(error)}"
                if len(probed) >= _N_PROBED:
                    break
        if not probed:
            raise SourceError(
                f"{self.path} has a video stream without frames{failure}", "Get a complete copy of the file."
            )
        return probed
