"""Decoding of packets to pictures, with a log of all damage."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.frames import VideoFormat
from cartoonize.video.containers import canonical_name, has_free_clock, packets_of, reason
from cartoonize.video.damage_log import DamageLog
from cartoonize.video.encryption import encryption_error, is_encrypted_packet
from cartoonize.video.fields import detached
from cartoonize.video.hidden_pictures import is_hidden
from cartoonize.video.picture_times import Clock, timed
from cartoonize.video.planes import luma_bits
from cartoonize.video.second_opinion import SecondOpinion
from cartoonize.video.timeline import Timeline

#: Containers that store no packet, or an empty one, for a held picture.
_HOLDS = ("avi",)

#: Closed captions in user data of MPEG-2 and in SEI messages: of ATSC, of SCTE 20, and of DVDs.
_CAPTION_MARKS = (b"GA94", b"\0\0\1\xb2\x03", b"\0\0\1\xb2CC\x01\xf8")
#: After this many packets, a video without keyframes is decoded all the same.
_N_WITHOUT_KEYFRAME = 250


@dataclass
class Opened:
    """A container that is open for decoding, and what is known of its video stream."""

    container: InputContainer
    stream: av.VideoStream
    format: VideoFormat
    clock: Clock = "pts"
    timeline: Timeline = Timeline()
    last: av.VideoFrame | None = None
    """The last decoded picture."""
    has_begun: bool = False
    """True from the first keyframe on: a recording may start within a group of pictures."""
    position: int = 0
    """Place of the last packet in the file, in bytes."""
    has_captions: bool = False
    """True if a packet may hold closed captions."""
    n_waiting: int = 0
    """Number of packets since the start or the last jump of the clock."""
    time: float = 0
    """Time of the last packet, in seconds from the start of the stream."""
    opinion: SecondOpinion = field(init=False)
    latest: int | None = None
    """Latest presentation time of a packet."""

    def __post_init__(self) -> None:
        self.opinion = SecondOpinion(self.stream)

    @property
    def holds_pictures(self) -> bool:
        """True if the container stores no packet for a held picture."""
        return self.container.format.name in _HOLDS


def decoded(opened: Opened, log: DamageLog) -> Iterator[av.VideoFrame]:
    """Decode a stream from the container's current position. The times of the pictures increase strictly.

    Raises
    ------
    SourceError
        If the pictures change their size, or are damaged and the log does not allow that.
    """
    format = opened.format
    pictures = _decoded(opened, log)
    if log.allow_damaged:
        pictures = detached(pictures)
    step_between = float(usual_step(format))
    for picture, is_stored in timed(pictures, opened.clock, format.start_pts, step_between):
        time = seconds(pts_of(picture), format)
        _check_format(picture, time, format, log)
        log.n_timed += is_stored
        if opened.last is not None:
            # A picture may declare a longer duration.
            duration = max(usual_step(format), Fraction(opened.last.duration or 0))
            step = pts_of(picture) - pts_of(opened.last)
            log.count_step(step / duration, seconds(pts_of(opened.last), format))
        yield picture
        opened.last = picture


def _decoded(opened: Opened, log: DamageLog) -> Iterator[av.VideoFrame]:
    for packet, is_joined in _without_jumps(_packets(opened, log), opened):
        if is_joined:  # nothing of one part depends on another
            yield from _pictures_of(None, opened, log)
            opened.stream.codec_context.flush_buffers()
            opened.has_begun, opened.n_waiting = False, 0
            log.end_part()
        if packet is not None:
            _count(packet, opened, log)
        if packet is None or opened.has_begun or not opened.timeline.jumps:
            yield from _pictures_of(packet, opened, log)
    if log.n_doubts and opened.opinion.is_damaged_at_end():
        log.suspect(f"has a damaged frame at {log.first_doubt:.2f} s")


def _pictures_of(packet: av.Packet | None, opened: Opened, log: DamageLog) -> Iterator[av.VideoFrame]:
    """Decode a packet; None: the pictures that a decoder has not yet handed over."""
    try:
        pictures = opened.stream.decode(packet)
    except av.FFmpegError as error:
        if opened.has_begun or not has_free_clock(opened.container):
            log.suspect(f"is damaged at {opened.time:.2f} s: {reason(error)}")
        return
    log.n_frames += len(pictures)
    for picture in pictures:
        if picture.is_corrupt:
            _tell_mark(picture, opened, log)
        yield picture


def _count(packet: av.Packet, opened: Opened, log: DamageLog) -> None:
    """Count a packet before it is decoded, unless no picture of it is shown."""
    if is_encrypted_packet(packet):
        raise encryption_error(log.path)
    opened.n_waiting += 1
    opened.has_begun = opened.has_begun or packet.is_keyframe or opened.n_waiting > _N_WITHOUT_KEYFRAME
    if opened.has_begun and not packet.is_discard and not is_hidden(packet, canonical_name(opened.stream)):
        log.count_packet()
        if packet.pts is not None:
            opened.latest = packet.pts if opened.latest is None else max(opened.latest, packet.pts)
    stamp = packet.pts if packet.pts is not None else packet.dts
    opened.time = opened.time if stamp is None else seconds(stamp, opened.format)
    opened.position = packet.pos if packet.pos is not None else opened.position
    opened.opinion.see(packet)
    if not opened.has_captions:
        data = bytes(packet)
        opened.has_captions = any(mark in data for mark in _CAPTION_MARKS)


def _tell_mark(picture: av.VideoFrame, opened: Opened, log: DamageLog) -> None:
    """Log a picture that the decoder marks as damaged."""
    stamp = picture.dts if opened.clock == "dts" else picture.pts
    at = opened.time if stamp is None else seconds(stamp, opened.format)
    if log.allow_damaged or opened.opinion.is_damaged():
        log.suspect(f"has a damaged frame at {at:.2f} s")
    else:
        log.doubt(at)


def _without_jumps(
    packets: Iterator[av.Packet | None], opened: Opened
) -> Iterator[tuple[av.Packet | None, bool]]:
    """Yield the packets with times that go on after a jump of the clock, and whether one was right before."""
    jumps, shift, base = deque(opened.timeline.jumps), 0, opened.format.time_base
    for number, packet in enumerate(packets):
        is_joined = bool(jumps) and jumps[0].n_packets <= number and packet is not None
        while jumps and jumps[0].n_packets <= number:
            shift = round(jumps.popleft().shift / base)
        if packet is not None and shift:
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
        yield packet, is_joined


def _packets(opened: Opened, log: DamageLog) -> Iterator[av.Packet | None]:
    """Yield all packets, and then None, which flushes a decoder."""
    try:
        yield from packets_of(opened.container, opened.stream)
    except av.FFmpegError as error:
        log.suspect(f"is damaged: {reason(error)}")
    yield None


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
