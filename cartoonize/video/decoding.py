"""Decoding of packets to pictures, with a log of all damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.frames import VideoFormat
from cartoonize.video.containers import packets_of, reason
from cartoonize.video.planes import luma_bits

_HINT = "Get a complete copy of the file, or pass --allow-damaged to use what can be decoded."
#: A truncated file ends in an incomplete packet. Decoders report it up to this many packets later.
_N_TAIL = 16
#: Share and number of frames that may be missing. The first frames of a recording often depend on frames
#: before its start.
_TOLERATED_SHARE, _N_TOLERATED = 1 / 50, 2
#: A step between pictures that is longer than this many usual steps is a gap.
_GAP = Fraction(3, 2)
#: Gaps are reported only if there are more than this many usual steps for each gap.
_STEADY = 9


@dataclass
class DamageLog:
    """Counts of one iteration over a video, and the damage that was found."""

    path: Path
    allow_damaged: bool
    n_packets: int = 0
    n_frames: int = 0
    notes: list[str] = field(default_factory=list)
    """Damage that was found and skipped, one line each."""
    n_steps: int = 0
    """Number of steps between pictures that have the usual length."""
    gaps: list[tuple[float, int]] = field(default_factory=list)
    """Longer steps: time of the gap in seconds, and the number of pictures that would fit into it."""
    _suspicion: str = ""
    _n_packets_then: int = 0

    def report(self, damage: str) -> None:
        """Note damage, or raise `SourceError` if damage is not allowed."""
        if not self.allow_damaged:
            raise SourceError(f"{self.path} {damage}", _HINT)
        self.notes.append(damage)

    def suspect(self, damage: str) -> None:
        """Report damage later, unless the file ends at that place."""
        if self.allow_damaged:
            self.notes.append(damage)
        elif not self._suspicion:
            self._suspicion, self._n_packets_then = damage, self.n_packets

    def count_packet(self, packet: av.Packet) -> None:
        """Count a packet, from the first keyframe on: a recording may start within a group of pictures."""
        if (self.n_packets or packet.is_keyframe) and not packet.is_discard:
            self.n_packets += 1
        if self._suspicion and self.n_packets > self._n_packets_then + _N_TAIL:
            self.report(self._suspicion)

    def count_step(self, steps: Fraction, time: float) -> None:
        """Count the time between two pictures.

        Parameters
        ----------
        steps : Fraction
            Time between the pictures, in usual steps.
        time : float
            Time of the first picture, in seconds.
        """
        if steps < _GAP:
            self.n_steps += 1
        else:
            self.gaps.append((time, round(steps) - 1))

    def close(self, n_declared: int, n_decoded: int, n_short: int, *, may_be_torn: bool) -> None:
        """Compare the decoded frames with the declared ones, since a truncated file may cause no error.

        Parameters
        ----------
        n_declared : int
            Number of frames that the container declares; 0 if unknown.
        n_decoded : int
            Number of decoded frames, as the container counts them.
        n_short : int
            Number of frames that would fit between the last frame and the declared end.
        may_be_torn : bool
            True for files that are commonly cut anywhere, such as recordings and the files of a DVD.
        """
        missing = max(n_declared - n_decoded, self.n_packets - self.n_frames)
        expected = max(n_declared, self.n_packets)
        if missing > max(_N_TOLERATED, expected * _TOLERATED_SHARE):
            self.report(f"is incomplete: {self.n_frames} of about {expected} frames can be decoded")
        if self._suspicion and may_be_torn:
            self.notes.append(self._suspicion)
        elif self._suspicion:
            self.report(self._suspicion)
        # A container may continue after damage without any sign of it. If most pictures come at a steady
        # pace, frames are missing in the longer steps.
        if len(self.gaps) * _STEADY < self.n_steps:
            self.notes += [f"may lack {n} frames, {where}" for n, where in self._missing(n_short) if n > 0]

    def _missing(self, n_short: int) -> Iterator[tuple[int, str]]:
        """Yield the number of missing frames and their place."""
        if self.gaps:
            first = f"{self.gaps[0][0]:.2f} s"
            where = first if len(self.gaps) == 1 else f"{len(self.gaps)} places, the first {first}"
            yield sum(n for _, n in self.gaps), f"at {where}"
        yield n_short, "at its end"


def decoded(
    container: InputContainer, stream: av.VideoStream, format: VideoFormat, log: DamageLog
) -> Iterator[av.VideoFrame]:
    """Decode a stream from the container's current position. The times of the pictures increase strictly.

    Raises
    ------
    SourceError
        If the pictures change their size, or are damaged and the log does not allow that.
    """
    previous: av.VideoFrame | None = None
    for picture in _decoded(container, stream, format, log):
        picture.pts = _next_pts(picture, previous, format)
        time = seconds(picture.pts, format)
        _check_format(picture, time, format, log)
        if picture.is_corrupt:
            log.suspect(f"has a damaged frame at {time:.2f} s")
        if previous is not None and container.format.name != "avi":  # AVI does not store held pictures
            # A picture may declare a longer duration.
            duration = max(usual_step(format), Fraction(previous.duration or 0))
            step = pts_of(picture) - pts_of(previous)
            log.count_step(step / duration, seconds(pts_of(previous), format))
        yield picture
        previous = picture


def _decoded(
    container: InputContainer, stream: av.VideoStream, format: VideoFormat, log: DamageLog
) -> Iterator[av.VideoFrame]:
    time = 0.0
    for packet in _packets(container, stream, log):
        if packet is not None:
            log.count_packet(packet)
            stamp = packet.pts if packet.pts is not None else packet.dts
            time = time if stamp is None else seconds(stamp, format)
        try:
            frames = stream.decode(packet)
        except av.FFmpegError as error:
            log.suspect(f"is damaged at {time:.2f} s: {reason(error)}")
            continue
        log.n_frames += len(frames)
        yield from frames


def _packets(container: InputContainer, stream: av.VideoStream, log: DamageLog) -> Iterator[av.Packet | None]:
    """Yield all packets, and then None, which flushes a decoder."""
    try:
        yield from packets_of(container, stream)
    except av.FFmpegError as error:
        log.suspect(f"is damaged: {reason(error)}")
    yield None


def _next_pts(picture: av.VideoFrame, previous: av.VideoFrame | None, format: VideoFormat) -> int:
    """Return the time of a picture, or an estimate if it is missing or not later than the previous one."""
    if previous is None:
        return format.start_pts if picture.pts is None else picture.pts
    if picture.pts is not None and picture.pts > pts_of(previous):
        return picture.pts
    return pts_of(previous) + (previous.duration or max(1, round(usual_step(format))))


def _check_format(picture: av.VideoFrame, time: float, format: VideoFormat, log: DamageLog) -> None:
    """Raise `SourceError` if a picture has another size or bit depth than the stream."""
    same_size = (picture.height, picture.width) == (format.height, format.width)
    if not same_size or luma_bits(picture.format.name) != format.bit_depth:
        raise SourceError(
            f"{log.path} changes its format at {time:.2f} s, from {format.width}x{format.height} "
            f"{format.pix_fmt} to {picture.width}x{picture.height} {picture.format.name}",
            "Cut it into two files there.",
        )


def pts_of(picture: av.VideoFrame) -> int:
    """Return the pts of a picture that has one."""
    assert picture.pts is not None
    return picture.pts


def seconds(pts: int, format: VideoFormat) -> float:
    """Convert a pts to seconds from the start of the stream."""
    return float((pts - format.start_pts) * format.time_base)


def usual_step(format: VideoFormat) -> Fraction:
    """Return the usual time between two frames, in units of the time base."""
    return 1 / format.frame_rate / format.time_base
