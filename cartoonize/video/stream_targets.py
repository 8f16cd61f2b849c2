"""Targets of copied streams: where in the output, or in which file beside it, each stream goes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Stream

from cartoonize.atomic import FinishedHook
from cartoonize.video.container_support import (
    add_like,
    can_hold,
    container_family,
    copy_description,
    sidecar_format,
)
from cartoonize.video.containers import canonical_name, is_cover, open_container, packets_of, stream_info
from cartoonize.video.finalize import finalized_container
from cartoonize.video.sound_conversion import SoundConversion
from cartoonize.video.stream_format import base_of
from cartoonize.video.timed_text import add_timed_text, fits_timed_text


@dataclass
class Target:
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


class StreamTargets:
    """Targets of the streams of a source.

    Parameters
    ----------
    source : Path
        Video whose streams are copied.
    out : OutputContainer
        Output container, before its header is written.
    final : Path
        Final path of the output, from which the names of sidecar files derive.
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
        force: bool,
        on_finished: FinishedHook,
        warnings: list[str],
    ) -> None:
        self.warnings = warnings
        self.sidecars: list[Path] = []
        self.files = ExitStack()
        """Sidecar files, which are complete when it is closed."""
        self.targets: dict[int, Target] = {}
        """Targets by the index of the source's stream."""
        self._source, self._out, self._final = source, out, final
        self._force, self._on_finished = force, on_finished

    def add(self, stream: Stream) -> None:
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
            self.targets[stream.index] = Target(self._out, target, is_timed_text, converted)

    def _add_converted(self, stream: Stream) -> bool:
        """Add a stream of sound as FLAC or PCM; return False if that is impossible."""
        try:
            conversion = SoundConversion(self._out, stream)
        except (ValueError, av.FFmpegError):
            return False
        self.targets[stream.index] = Target(self._out, conversion.stream, conversion=conversion)
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
        sink = self.files.enter_context(
            finalized_container(path, container, force=self._force, on_finished=self._on_finished)
        )
        target = add_like(sink, stream)
        assert target is not None
        sink.start_encoding()
        self.targets[stream.index] = Target(sink, target)
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
