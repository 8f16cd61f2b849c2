"""Everything of a source but its pictures, copied packet by packet beside the new video."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from cartoonize.atomic import WhenWhole
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
from cartoonize.video.finalize import container_appearing

#: Container and suffix of the sidecar file for subtitles that the output cannot hold.
_SIDECARS = {
    "subrip": ("srt", ".srt"),
    "ass": ("ass", ".ass"),
    "webvtt": ("webvtt", ".vtt"),
    "hdmv_pgs_subtitle": ("sup", ".sup"),
}
_OTHER_SIDECARS = {"audio": ("matroska", ".mka"), "subtitle": ("matroska", ".mks")}
#: What a container says of itself, which is not true of the next one.
_OWN_WORDS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"}
#: Seconds by which packets of different streams may be out of order in a file.
_DISORDER = 10


@dataclass
class _Copy:
    """Where the packets of one stream go."""

    sink: OutputContainer
    stream: Stream
    is_timed_text: bool = False
    """MP4's kind of subtitles, whose samples fill all the time; other containers take their plain text."""
    last: int | None = None
    """Latest decoding time in the copy so far."""
    expected: int = 0
    """Time of the next packet in the source, if that does not say."""
    has_lost: bool = False
    """Whether packets were refused."""


class Tracks:
    """The sound, subtitles, attachments, chapters and metadata of a source, on their way into an output.

    Parameters
    ----------
    source : Path
        The video they come from.
    out : OutputContainer
        Where they go, before its header is written.
    final : Path
        The name that the output will have; sidecar files are named after it.
    zero : Fraction
        Seconds at which the video starts.
    start, end : float or None
        The part that is copied, in seconds from the video's start.
    force : bool
        Replace existing sidecar files.
    when_whole : callable
        Called when one of those is about to get its final name.
    warnings : list of str
        Gets a line for everything that is not copied as it is.
    """

    def __init__(
        self,
        source: Path,
        out: OutputContainer,
        final: Path,
        zero: Fraction,
        start: float | None,
        end: float | None,
        *,
        force: bool,
        when_whole: WhenWhole,
        warnings: list[str],
    ) -> None:
        self.warnings = warnings
        self.sidecars: list[Path] = []
        self.shift = Fraction(0)
        """Seconds by which everything is earlier in the copy."""
        self._source, self._final = source, final
        self._force, self._when_whole = force, when_whole
        self._out = out
        self._stack = ExitStack()
        self._container = self._stack.enter_context(open_container(source))
        video = main_video(self._container, source)
        self._begin = None if start is None else zero + Fraction(start)
        self._stop = None if end is None else zero + Fraction(end)
        self.origin = _origin(self._container)
        self.video_metadata = _kept(video.metadata)
        self._copies: dict[int, _Copy] = {}
        self._packets: Iterator[av.Packet] = iter(())
        self._next: av.Packet | None = None
        self._video_index = video.index

    def __enter__(self) -> Self:
        with self._stack as stack:
            out = self._out
            out.metadata.update(_kept(self._container.metadata))
            out.set_chapters(self._chapters())
            for stream in self._container.streams:
                if stream.index != self._video_index:
                    self._add(stream)
            wanted = [self._container.streams[index] for index in self._copies]
            self._packets = packets_of(self._container, *wanted) if wanted else iter(())
            self._advance()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def begin(self, time: Fraction, shift: Fraction) -> None:
        """Say, before anything is copied, when the first frame is, and how much earlier it is in the copy."""
        self.shift = shift
        if self._begin is not None:
            self._begin = time

    def copy_until(self, time: Fraction | None) -> None:
        """Copy all packets that are due up to ``time`` seconds in the output; None: all that are left."""
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
            self._copy(packet, self._copies[stream.index])
            self._advance()

    def _advance(self) -> None:
        try:
            self._next = next(self._packets, None)
        except av.FFmpegError as error:
            self._warn(f"sound and subtitles of a damaged source end early: {reason(error)}")
            self._next = None

    def _copy(self, packet: av.Packet, copy: _Copy) -> None:
        """Copy one packet, if it is in the part, at its new time."""
        source = packet.stream
        base = source.time_base
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None:
            pts = copy.expected
        duration = packet.duration or 0
        copy.expected = pts + duration
        dts = packet.dts if packet.dts is not None else pts
        if not is_cover(source):
            first = None if self._begin is None else math.ceil(self._begin / base)
            last = None if self._stop is None else math.ceil(self._stop / base)
            if source.type == "subtitle" and duration:  # a line that is on screen at a cut is cut
                end = pts + duration
                pts, end = max(pts, first or pts), min(end, last or end)
                dts, duration = max(dts, pts), end - pts
                if duration <= 0:
                    return
            if (first is not None and pts < first) or (last is not None and pts >= last):
                return
            shift = round(self.shift / base)
            pts, dts = pts - shift, dts - shift
        if copy.is_timed_text:
            text = plain_text(bytes(packet))
            if not text:  # an empty sample fills a gap; the next container has its own
                return
            if copy.sink.format.name == "matroska":
                packet = av.Packet(text)
                packet.is_keyframe = True
        if copy.last is not None and dts <= copy.last:  # a broken clock would end the copy
            dts = copy.last + 1
            pts = max(pts, dts)
        copy.last = dts
        packet.stream, packet.time_base = copy.stream, base
        packet.pts, packet.dts, packet.duration = pts, dts, duration
        try:
            copy.sink.mux(packet)
        except (av.ArgumentError, av.InvalidDataError):
            if not copy.has_lost:
                self._warn(f"damaged packets of {stream_info(source)} are left out")
            copy.has_lost = True

    def _add(self, stream: Stream) -> None:
        """Find a place for a stream: in the output, in a sidecar file, or in the list of what is lost."""
        if stream.type == "data":
            if getattr(stream, "name", None) != "bin_data":  # which is how MP4 stores chapter titles
                self._warn(f"a {stream_info(stream)} stream is not copied")
        elif stream.type == "video" and is_cover(stream) and self._out.format.name == "matroska":
            self._attach_cover(stream)
        elif stream.type == "audio" and not getattr(stream.codec_context, "sample_rate", 1):
            self._warn(f"{stream_info(stream)} has no sound in it and is left out")
        elif stream.type == "video" and not is_cover(stream):
            self._warn(f"only the first video stream is coloured, {stream_info(stream)} is left out")
        elif stream.type == "attachment" and self._out.format.name == "matroska":
            self._out.add_stream_from_template(stream)
        elif stream.type == "attachment":
            name = stream.metadata.get("filename", "")
            self._warn(f"{_family(self._out)} cannot hold the attachment {name!r}")
        elif (target := _like(self._out, stream)) is not None:
            self._copies[stream.index] = _Copy(self._out, target, canonical_name(stream) == "mov_text")
        elif canonical_name(stream) == "mov_text" and self._out.format.name == "matroska":
            target = self._out.add_mux_stream("subrip", time_base=stream.time_base)
            _describe(target, stream)
            self._copies[stream.index] = _Copy(self._out, target, is_timed_text=True)
        else:
            self._add_sidecar(stream)

    def _add_sidecar(self, stream: Stream) -> None:
        name = canonical_name(stream)
        container, suffix = _SIDECARS.get(name) or _OTHER_SIDECARS.get(stream.type, ("matroska", ".mkv"))
        if not _can_hold(container, stream):
            self._warn(f"{stream_info(stream)} is lost: neither {_family(self._out)} nor a sidecar holds it")
            return
        language = stream_info(stream).language
        stem = self._final.with_suffix("").name + (f".{language}" if language else "")
        path = self._final.with_name(stem + suffix)
        number = 2
        while path in self.sidecars:
            path = self._final.with_name(f"{stem}.{number}{suffix}")
            number += 1
        sink = self._stack.enter_context(
            container_appearing(path, container, force=self._force, when_whole=self._when_whole)
        )
        target = _like(sink, stream)
        assert target is not None
        sink.start_encoding()
        self._copies[stream.index] = _Copy(sink, target)
        self.sidecars.append(path)
        self._warn(f"{_family(self._out)} cannot hold {stream_info(stream)}; it is in {path.name} beside it")

    def _attach_cover(self, stream: Stream) -> None:
        with open_container(self._source) as container:
            data = next((bytes(p) for p in packets_of(container, container.streams[stream.index])), b"")
        kind = {"mjpeg": "jpeg", "png": "png", "bmp": "bmp", "gif": "gif"}.get(canonical_name(stream), "jpeg")
        name = stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}")
        self._out.add_attachment(name, stream.metadata.get("mimetype", f"image/{kind}"), data)

    def _warn(self, what: str) -> None:
        self.warnings.append(f"{self._final}: {what}")

    def _chapters(self) -> list[Any]:
        """Return the source's chapters, cut to the part."""
        chapters = []
        for chapter in self._container.chapters():
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


def mp4_can_hold(path: Path) -> list[str]:
    """Name the streams of a video that MP4 cannot hold, such as ``subtitle subrip (eng)``; empty if none.

    Parameters
    ----------
    path : Path
        A video file.

    Raises
    ------
    SourceError
        If it is none.
    """
    with open_container(path) as container:
        return [
            str(stream_info(stream))
            for stream in container.streams
            if stream.type == "attachment"
            or (stream.type in ("audio", "subtitle") and not _can_hold("mp4", stream))
        ]


def _can_hold(container: str, stream: Stream) -> bool:
    with av.open(os.devnull, "w", format=container) as empty:
        return _like(empty, stream) is not None


def plain_text(sample: bytes) -> bytes:
    """Return the text of a sample of 3GPP timed text (TS 26.245: 16 bits of length, text, styles)."""
    length = int.from_bytes(sample[:2])
    return sample[2 : 2 + length]


def _like(out: OutputContainer, stream: Stream) -> Stream | None:
    """Add a stream of the same kind, or return None where the container cannot hold it."""
    try:
        target = out.add_stream_from_template(stream, opaque=True)
    except ValueError:
        return None
    _describe(target, stream)
    return target


def _describe(target: Stream, stream: Stream) -> None:
    target.metadata.update(_kept(stream.metadata))
    target.disposition = stream.disposition


def _kept(metadata: dict[str, str]) -> dict[str, str]:
    """Leave out what a container or a muxer says of itself, statistics included."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _OWN_WORDS
        and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF_"))
        and not (key == "handler_name" and value.endswith("Handler"))
    }


def _origin(container: InputContainer) -> Fraction:
    """Return the seconds at which the output's clock starts: 0, but for broadcast and DVD streams."""
    if has_free_clock(container) and container.start_time is not None:
        return Fraction(container.start_time, av.time_base)
    return Fraction(0)


def _family(out: OutputContainer) -> str:
    return {"matroska": "Matroska", "mov": "QuickTime"}.get(out.format.name, "MP4")
