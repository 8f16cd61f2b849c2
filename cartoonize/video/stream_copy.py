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
from cartoonize.video.container_support import copied_metadata
from cartoonize.video.containers import (
    has_free_clock,
    is_cover,
    main_video,
    open_container,
    packets_of,
    reason,
    stream_info,
)
from cartoonize.video.stream_targets import StreamTargets, Target
from cartoonize.video.timed_text import timed_text
from cartoonize.video.timeline import JumpFollower, timeline_of

#: Containers with reliable seeking.
_SEEKABLE = ("matroska", "mov")
#: Seconds by which reading begins before a part. Subtitles may begin so long before it.
_LEAD = 20
#: Largest time by which packets of different streams are out of order in a file, in seconds.
_DISORDER = 10


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
        self.shift = Fraction(0)
        """Seconds by which all times are earlier in the copy."""
        self._source, self._final, self._out = source, final, out
        self._streams = StreamTargets(
            source, out, final, force=force, on_finished=on_finished, warnings=warnings
        )
        self.sidecars = self._streams.sidecars
        self._targets = self._streams.targets
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_container(source))
        video = main_video(self._container, source)
        self._begin, self._stop = begin, stop
        self.origin = _origin(self._container)
        """Seconds of the source at which the clock of the output starts."""
        self.video_metadata = copied_metadata(video.metadata)
        self._packets: Iterator[av.Packet] = iter(())
        self._next: av.Packet | None = None
        self._video_index = video.index

    def __enter__(self) -> Self:
        with self._stack as stack:
            out = self._out
            out.metadata.update(copied_metadata(self._container.metadata))
            if not self.is_clip:
                self._set_chapters()
            stack.enter_context(self._streams.files)
            for stream in self._container.streams:
                if stream.index != self._video_index:
                    self._streams.add(stream)
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
                    break
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

    def _copy(self, packet: av.Packet, target: Target) -> None:
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

    def _lose(self, source: Stream, target: Target) -> None:
        """Warn that packets of a stream are lost, once."""
        if not target.has_lost:
            self._warn(f"damaged packets of {stream_info(source)} are left out")
        target.has_lost = True

    def _convert(self, packet: av.Packet | None, target: Target) -> None:
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


def _times_of(packet: av.Packet, target: Target) -> _Times:
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
