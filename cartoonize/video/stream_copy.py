"""Stream copy: sound, subtitles, attachments, chapters and metadata of a source, without re-encoding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from cartoonize.atomic import FinishedHook
from cartoonize.video.chapters import stored_chapters
from cartoonize.video.container_support import (
    add_like,
    can_hold,
    container_family,
    copied_metadata,
    copy_description,
    sidecar_format,
)
from cartoonize.video.containers import (
    canonical_name,
    has_free_clock,
    is_cover,
    main_video,
    open_container,
    packets_of,
    reason,
    stream_info,
)
from cartoonize.video.finalize import finalized_container
from cartoonize.video.sound_conversion import SoundConversion
from cartoonize.video.stream_format import base_of
from cartoonize.video.timed_text import add_timed_text, fits_timed_text, timed_text
from cartoonize.video.timeline import JumpFollower, timeline_of

#: Containers with reliable seeking.
_SEEKABLE = ("matroska", "mov")
#: Seconds by which reading begins before a part. Subtitles may begin so long before it.
_LEAD = 20
#: Largest time by which packets of different streams are out of order in a file, in seconds.
_DISORDER = 10


@dataclass
class _Target:
    """Target of the packets of one stream."""

    sink: OutputContainer
    stream: Stream
    is_timed_text: bool = False
    """True if the source is timed text, which has a sample for every gap. Matroska gets plain text."""
    converted: str = ""
    """Coding of the source if its text becomes timed text."""
    last: int | None = None
    """Latest decoding time in the copy so far."""
    expected: int = 0
    """Time of the next packet in the source, if the packet has none."""
    has_lost: bool = False
    """True if packets were refused."""
    conversion: SoundConversion | None = None
    """Converts the packets of sound that the output cannot hold as it is."""


@dataclass
class _Times:
    """Times of a packet in units of the stream's time base."""

    pts: int
    dts: int
    duration: int


class StreamCopy:
    """Copy of the sound, subtitles, attachments, chapters and metadata of a source to an output.

    Parameters
    ----------
    source : Path
        Video whose streams are copied.
    out : OutputContainer
        Output container, before its header is written.
    final : Path
        Final path of the output, from which the names of sidecar files derive.
    begin, stop : Fraction or None
        Part that is copied, in seconds of the source's clock; None: from the start, or to the end.
    force : bool
        Replace existing sidecar files.
    on_finished : callable
        Called when a sidecar file is complete, before it is renamed.
    warnings : list of str
        Receives a line for everything that is not copied unchanged.
    """

    def __init__(
        self,
        source: Path,
        out: OutputContainer,
        final: Path,
        *,
        begin: Fraction | None,
        stop: Fraction | None,
        force: bool,
        on_finished: FinishedHook,
        warnings: list[str],
    ) -> None:
        self.warnings = warnings
        self.is_clip = False
        """True if the copy is a clip of a shot: without chapters, and its end is told by `end_at`."""
        self.sidecars: list[Path] = []
        self.shift = Fraction(0)
        """Seconds by which all times are earlier in the copy."""
        self._source, self._final = source, final
        self._force, self._on_finished = force, on_finished
        self._out = out
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_container(source))
        video = main_video(self._container, source)
        self._begin, self._stop = begin, stop
        self.origin = _origin(self._container)
        """Seconds of the source at which the clock of the output starts."""
        self.video_metadata = copied_metadata(video.metadata)
        self._targets: dict[int, _Target] = {}
        self._packets: Iterator[av.Packet] = iter(())
        self._next: av.Packet | None = None
        self._video_index = video.index

    def __enter__(self) -> Self:
        with self._stack as stack:
            out = self._out
            out.metadata.update(copied_metadata(self._container.metadata))
            if not self.is_clip:
                self._set_chapters()
            for stream in self._container.streams:
                if stream.index != self._video_index:
                    self._add(stream)
            self._seek()
            wanted = [self._container.streams[index] for index in self._targets]
            self._packets = packets_of(self._container, *wanted) if wanted else iter(())
            timeline = timeline_of(self._source)
            self._followers = {
                stream.index: JumpFollower(timeline, is_sparse=stream.type == "subtitle") for stream in wanted
            }
            self._advance()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def start_at(self, time: Fraction, shift: Fraction) -> None:
        """Set the time of the first frame and the shift of all times. Call it before anything is copied.

        Parameters
        ----------
        time : Fraction
            Time of the first frame in the source, in seconds.
        shift : Fraction
            Seconds by which all times are earlier in the copy.
        """
        self.shift = shift
        if self._begin is not None:
            self._begin = time
        for target in self._targets.values():
            if target.conversion is not None and self._out.format.name == "mxf":
                target.conversion.picture_start = time

    def _set_chapters(self) -> None:
        chapters = self._chapters()
        if chapters and self._out.format.name == "mxf":
            self._warn("MXF cannot hold chapters")
        else:
            self._out.set_chapters(chapters)

    def end_at(self, time: Fraction) -> None:
        """Set the end of the part, in seconds of the source's clock, before the last packets are copied."""
        self._stop = time

    def _seek(self) -> None:
        """Go to a place before the part, in containers that can do so reliably."""
        container = self._container
        if self._begin is not None and container.format.name.startswith(_SEEKABLE):
            place = int((self._begin - _LEAD) * av.time_base)
            with suppress(av.FFmpegError):
                container.seek(max(place, 0))

    def copy_until(self, time: Fraction | None) -> None:
        """Copy all packets up to ``time``, in seconds of the output; None: all remaining packets."""
        while self._next is not None:
            packet, stream = self._next, self._next.stream
            stamp = packet.dts if packet.dts is not None else packet.pts
            if stamp is not None:
                due = stamp * stream.time_base
                if time is not None and due - self.shift > time:
                    return
                if self._stop is not None and due > self._stop + _DISORDER:
                    self._next = None
                    return
            self._copy(packet, self._targets[stream.index])
            self._advance()
        if time is None:
            for target in self._targets.values():
                self._convert(None, target)

    def _advance(self) -> None:
        """Read the next packet."""
        try:
            self._next = next(self._packets, None)
        except av.FFmpegError as error:
            self._warn(f"sound and subtitles of the damaged source end early: {reason(error)}")
            self._next = None
        if self._next is not None:
            _delay(self._next, self._followers[self._next.stream.index].shift(self._next))

    def _copy(self, packet: av.Packet, target: _Target) -> None:
        """Copy one packet to its new time, if it lies in the part."""
        source = packet.stream
        times = _times_of(packet, target)
        if target.conversion is not None:
            packet.pts = None if packet.pts is None else times.pts
            self._convert(packet, target)
            return
        if not is_cover(source) and not self._move(times, source):
            return
        if target.is_timed_text:
            text = plain_text(bytes(packet))
            if not text:  # an empty sample fills a gap in MP4; the muxer adds its own
                return
            if target.sink.format.name == "matroska":
                packet = av.Packet(text)
                packet.is_keyframe = True
        if target.converted:
            text = timed_text(bytes(packet), target.converted) or b""
            if not text:
                return
            packet = av.Packet(text)
            packet.is_keyframe = True
        if target.last is not None and times.dts <= target.last:  # a decreasing dts would end the copy
            times.dts = target.last + 1
            times.pts = max(times.pts, times.dts)
        target.last = times.dts
        packet.stream, packet.time_base = target.stream, source.time_base
        packet.pts, packet.dts, packet.duration = times.pts, times.dts, times.duration
        try:
            target.sink.mux(packet)
        except (av.ArgumentError, av.InvalidDataError):
            self._lose(source, target)

    def _lose(self, source: Stream, target: _Target) -> None:
        """Warn that packets of a stream are lost, once."""
        if not target.has_lost:
            self._warn(f"damaged packets of {stream_info(source)} are left out")
        target.has_lost = True

    def _convert(self, packet: av.Packet | None, target: _Target) -> None:
        """Convert a packet of sound; None: the rest of it."""
        if target.conversion is None:
            return
        try:
            for converted in target.conversion.packets(
                packet, begin=self._begin, stop=self._stop, shift=self.shift
            ):
                target.sink.mux(converted)
        except (av.InvalidDataError, av.PatchWelcomeError, av.ArgumentError):
            if packet is not None:
                self._lose(packet.stream, target)

    def _move(self, times: _Times, stream: Stream) -> bool:
        """Shift times to those of the copy, and cut subtitles at the ends of the part.

        Return False if the packet lies outside the part.
        """
        base = stream.time_base
        assert base is not None
        first = None if self._begin is None else math.ceil(self._begin / base)
        last = None if self._stop is None else math.ceil(self._stop / base)
        if stream.type == "subtitle" and times.duration:
            end = times.pts + times.duration
            times.pts, end = max(times.pts, first or times.pts), min(end, last or end)
            times.dts, times.duration = max(times.dts, times.pts), end - times.pts
            if times.duration <= 0:
                return False
        if (first is not None and times.pts < first) or (last is not None and times.pts >= last):
            return False
        shift = round(self.shift / base)
        times.pts, times.dts = times.pts - shift, times.dts - shift
        return True

    def _add(self, stream: Stream) -> None:
        """Add a stream to the output or to a sidecar file, or warn that it is lost."""
        if stream.type == "data":
            is_timecode = "timecode" in stream.metadata  # the writer carries it over
            is_titles = getattr(stream, "name", None) == "bin_data"  # MP4 stores chapter titles as bin_data
            if not (is_timecode or is_titles):
                self._warn(f"a {stream_info(stream)} stream is not copied")
        elif stream.type == "video":
            self._add_video(stream)
        elif stream.type == "audio" and not getattr(stream.codec_context, "sample_rate", 1):
            self._warn(f"{stream_info(stream)} is empty and is left out")
        elif stream.type == "attachment":
            self._add_attachment(stream)
        else:
            self._add_stream(stream)

    def _add_video(self, stream: Stream) -> None:
        if not is_cover(stream):
            self._warn(f"only the first video stream is coloured; {stream_info(stream)} is left out")
        elif self._out.format.name == "matroska":
            self._attach_cover(stream)
        else:
            self._add_stream(stream)

    def _add_attachment(self, stream: Stream) -> None:
        if self._out.format.name == "matroska":
            self._out.add_stream_from_template(stream)
        else:
            name = stream.metadata.get("filename", "")
            self._warn(f"{container_family(self._out)} cannot hold the attachment {name!r}")

    def _add_stream(self, stream: Stream) -> None:
        """Add a stream of packets to the output. What it cannot hold is converted, or goes to a sidecar."""
        is_timed_text = canonical_name(stream) == "mov_text"
        fits = can_hold(self._out.format.name, stream)
        target = add_like(self._out, stream) if fits else None
        if target is None and stream.type == "audio" and self._add_converted(stream):
            return
        if target is None and is_timed_text and self._out.format.name == "matroska":
            target = self._out.add_mux_stream("subrip", time_base=stream.time_base)
            copy_description(target, stream)
        converted = ""
        if target is None and self._becomes_timed_text(stream):
            target, converted = add_timed_text(self._out, base_of(stream)), canonical_name(stream)
            copy_description(target, stream)
        if target is None:
            self._add_sidecar(stream)
        else:
            self._targets[stream.index] = _Target(self._out, target, is_timed_text, converted)

    def _add_converted(self, stream: Stream) -> bool:
        """Add a stream of sound as FLAC or PCM; return False if that is impossible."""
        try:
            conversion = SoundConversion(self._out, stream)
        except (ValueError, av.FFmpegError):
            return False
        self._targets[stream.index] = _Target(self._out, conversion.stream, conversion=conversion)
        family, what = container_family(self._out), conversion.description
        if not conversion.is_equal:
            self._warn(f"{family} cannot hold {stream_info(stream)}; it is stored as {what}")
        return True

    def _becomes_timed_text(self, stream: Stream) -> bool:
        is_text = stream.type == "subtitle" and self._out.format.name in ("mp4", "mov")
        return is_text and fits_timed_text(self._source, stream.index)

    def _add_sidecar(self, stream: Stream) -> None:
        """Add a stream to a sidecar file."""
        container, suffix = sidecar_format(stream)
        if not can_hold(container, stream):
            family = container_family(self._out)
            self._warn(f"{stream_info(stream)} is lost: neither {family} nor a sidecar file can hold it")
            return
        language = stream_info(stream).language
        stem = self._final.with_suffix("").name + (f".{language}" if language else "")
        path = self._final.with_name(stem + suffix)
        number = 2
        while path in self.sidecars:
            path = self._final.with_name(f"{stem}.{number}{suffix}")
            number += 1
        sink = self._stack.enter_context(
            finalized_container(path, container, force=self._force, on_finished=self._on_finished)
        )
        target = add_like(sink, stream)
        assert target is not None
        sink.start_encoding()
        self._targets[stream.index] = _Target(sink, target)
        self.sidecars.append(path)
        self._warn(
            f"{container_family(self._out)} cannot hold {stream_info(stream)}; it is in {path.name} beside it"
        )

    def _attach_cover(self, stream: Stream) -> None:
        """Add a cover picture as an attachment."""
        with open_container(self._source) as container:
            data = next((bytes(p) for p in packets_of(container, container.streams[stream.index])), b"")
        kind = {"mjpeg": "jpeg", "png": "png", "bmp": "bmp", "gif": "gif"}.get(canonical_name(stream), "jpeg")
        name = stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}")
        self._out.add_attachment(name, stream.metadata.get("mimetype", f"image/{kind}"), data)

    def _warn(self, message: str) -> None:
        self.warnings.append(f"{self._final}: {message}")

    def _chapters(self) -> list[Any]:
        """Return the chapters of the part, with the times of the copy."""
        chapters = []
        for chapter in stored_chapters(self._source, self._container):
            base = Fraction(chapter["time_base"] or 1)
            start, end = chapter["start"] * base, chapter["end"] * base
            begin = self._begin if self._begin is not None else start
            stop = self._stop if self._stop is not None else end
            if end <= begin or start >= stop:
                continue
            shift = self.origin if self._begin is None else self._begin
            chapter["start"] = round(max(Fraction(0), (max(start, begin) - shift) / base))
            chapter["end"] = round((min(end, stop) - shift) / base)
            chapters.append(chapter)
        return chapters


def _delay(packet: av.Packet, seconds: Fraction) -> None:
    """Make the times of a packet later: those without the jumps of the source's clock."""
    if seconds and packet.time_base:
        delay = round(seconds / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + delay
        packet.dts = None if packet.dts is None else packet.dts + delay


def _times_of(packet: av.Packet, target: _Target) -> _Times:
    """Return the times of a packet in the source, estimated where they are missing."""
    pts = packet.pts if packet.pts is not None else packet.dts
    if pts is None:
        pts = target.expected
    duration = packet.duration or 0
    target.expected = pts + duration
    return _Times(pts, packet.dts if packet.dts is not None else pts, duration)


def plain_text(sample: bytes) -> bytes:
    """Return the text of a sample of 3GPP timed text (TS 26.245: 16-bit length, text, styles)."""
    length = int.from_bytes(sample[:2])
    return sample[2 : 2 + length]


def _origin(container: InputContainer) -> Fraction:
    """Return the seconds at which the clock of the output starts: 0 except for broadcast and DVD streams."""
    if has_free_clock(container) and container.start_time is not None:
        return Fraction(container.start_time, av.time_base)
    return Fraction(0)
