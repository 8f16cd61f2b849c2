"""From packets to pictures: nothing is passed over, and nothing goes missing in silence."""

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

_HINT = "Get the whole file again, or pass --allow-damaged to take what there is"
#: A file that was cut ends in a torn packet; decoders tell of it up to this many packets later.
_N_TAIL = 16
#: Share of frames, and number, that may be missing: the first ones of a recording often lean on what is gone.
_TOLERATED_SHARE, _N_TOLERATED = 1 / 50, 2
#: A step from picture to picture of so many usual ones is a gap, in a film of so many usual steps for each.
_GAP, _STEADY = Fraction(3, 2), 9


@dataclass
class Ledger:
    """What came out of a film in one iteration, and what is wrong with it."""

    path: Path
    allow_damaged: bool
    n_packets: int = 0
    n_frames: int = 0
    notes: list[str] = field(default_factory=list)
    """What was passed over, a line each."""
    n_steps: int = 0
    """Steps from picture to picture that are as long as usual."""
    gaps: list[tuple[float, int]] = field(default_factory=list)
    """Longer ones: seconds, and how many pictures would have had room there."""
    _suspicion: str = ""
    _n_packets_then: int = 0

    def report(self, what: str) -> None:
        """Raise what is wrong, or note it and go on where that is allowed."""
        if not self.allow_damaged:
            raise SourceError(f"{self.path} {what}", _HINT)
        self.notes.append(what)

    def suspect(self, what: str) -> None:
        """Report a damage, unless the file ends just there."""
        if self.allow_damaged:
            self.notes.append(what)
        elif not self._suspicion:
            self._suspicion, self._n_packets_then = what, self.n_packets

    def met(self, packet: av.Packet) -> None:
        """Count a packet, from the first keyframe on: a recording may start amid a group of pictures."""
        if (self.n_packets or packet.is_keyframe) and not packet.is_discard:
            self.n_packets += 1
        if self._suspicion and self.n_packets > self._n_packets_then + _N_TAIL:
            self.report(self._suspicion)

    def stepped(self, steps: Fraction, time: float) -> None:
        """Take the time from one picture to the next, in usual steps, and when it began."""
        if steps < _GAP:
            self.n_steps += 1
        else:
            self.gaps.append((time, round(steps) - 1))

    def close(self, n_announced: int, n_arrived: int, n_short: int, *, may_be_torn: bool) -> None:
        """Compare what came out with what was announced: a cut file gives fewer frames and no error.

        Parameters
        ----------
        n_announced : int
            Frames that the container says it has, 0 if it does not.
        n_arrived : int
            Frames of these that came, by the container's way of counting.
        n_short : int
            Frames for which there would have been time between the last one and the end that was told.
        may_be_torn : bool
            Whether such files are commonly cut anywhere, as recordings and the files of a DVD are.
        """
        missing = max(n_announced - n_arrived, self.n_packets - self.n_frames)
        expected = max(n_announced, self.n_packets)
        if missing > max(_N_TOLERATED, expected * _TOLERATED_SHARE):
            self.report(f"is incomplete: {self.n_frames} of about {expected} frames can be decoded")
        if self._suspicion and may_be_torn:
            self.notes.append(self._suspicion)
        elif self._suspicion:
            self.report(self._suspicion)
        # A container may take up again after damage without a word. Where pictures come at a steady pace,
        # a longer step is where some are missing.
        if len(self.gaps) * _STEADY < self.n_steps:
            self.notes += [f"may lack {n} frames, {where}" for n, where in self._missing(n_short) if n > 0]

    def _missing(self, n_short: int) -> Iterator[tuple[int, str]]:
        if self.gaps:
            first = f"{self.gaps[0][0]:.2f} s"
            where = first if len(self.gaps) == 1 else f"{len(self.gaps)} places, the first {first}"
            yield sum(n for _, n in self.gaps), f"at {where}"
        yield n_short, "at its end"


def decoded(
    container: InputContainer, stream: av.VideoStream, form: VideoFormat, ledger: Ledger
) -> Iterator[av.VideoFrame]:
    """Decode from where the container stands; every picture gets a time of its own.

    Raises
    ------
    SourceError
        Where pictures are damaged (if the ledger does not allow that) or change their size.
    """
    previous: av.VideoFrame | None = None
    for picture in _decoded(container, stream, form, ledger):
        picture.pts = _next_pts(picture, previous, form)
        time = seconds(picture.pts, form)
        _check_same_kind(picture, time, form, ledger)
        if picture.is_corrupt:
            ledger.suspect(f"has a damaged frame at {time:.2f} s")
        if previous is not None and container.format.name != "avi":  # which leaves out what is held
            # Others may say how long a picture lasts.
            lasts = max(usual_step(form), Fraction(previous.duration or 0))
            apart = pts_of(picture) - pts_of(previous)
            ledger.stepped(apart / lasts, seconds(pts_of(previous), form))
        yield picture
        previous = picture


def _decoded(
    container: InputContainer, stream: av.VideoStream, form: VideoFormat, ledger: Ledger
) -> Iterator[av.VideoFrame]:
    time = 0.0
    for packet in _packets(container, stream, ledger):
        if packet is not None:
            ledger.met(packet)
            stamp = packet.pts if packet.pts is not None else packet.dts
            time = time if stamp is None else seconds(stamp, form)
        try:
            frames = stream.decode(packet)
        except av.FFmpegError as error:
            ledger.suspect(f"is damaged at {time:.2f} s: {reason(error)}")
            continue
        ledger.n_frames += len(frames)
        yield from frames


def _packets(container: InputContainer, stream: av.VideoStream, ledger: Ledger) -> Iterator[av.Packet | None]:
    """Yield all packets, and then None, as a decoder wants it."""
    try:
        yield from packets_of(container, stream)
    except av.FFmpegError as error:
        ledger.suspect(f"is damaged: {reason(error)}")
    yield None


def _next_pts(picture: av.VideoFrame, previous: av.VideoFrame | None, form: VideoFormat) -> int:
    """Return the picture's own time if it has one that is later than the previous picture's."""
    if previous is None:
        return form.start_pts if picture.pts is None else picture.pts
    if picture.pts is not None and picture.pts > pts_of(previous):
        return picture.pts
    return pts_of(previous) + (previous.duration or max(1, round(usual_step(form))))


def _check_same_kind(picture: av.VideoFrame, time: float, form: VideoFormat, ledger: Ledger) -> None:
    same_size = (picture.height, picture.width) == (form.height, form.width)
    if not same_size or luma_bits(picture.format.name) != form.bit_depth:
        raise SourceError(
            f"{ledger.path} changes its format at {time:.2f} s, from {form.width}x{form.height} "
            f"{form.pix_fmt} to {picture.width}x{picture.height} {picture.format.name}",
            "Cut it there into two files",
        )


def pts_of(picture: av.VideoFrame) -> int:
    """Return the time of a picture that has one."""
    assert picture.pts is not None
    return picture.pts


def seconds(pts: int, form: VideoFormat) -> float:
    """Return the seconds from the stream's start."""
    return float((pts - form.start_pts) * form.time_base)


def usual_step(form: VideoFormat) -> Fraction:
    """Return the time from frame to frame, in units of the time base."""
    return 1 / form.frame_rate / form.time_base
