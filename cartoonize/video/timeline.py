"""Jumps of the clock in joined recordings, and the times that picture and sound have without them.

The parts of a film that were joined byte by byte (the VOBs of a DVD, pieces of television) each have a clock
of their own. A jump of the clock moves all streams by the same amount, so that they stay in step. The
pictures tell how far: the first one after the jump follows the last one before it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
from av.container import InputContainer

from cartoonize.frames import FieldOrder
from cartoonize.video.containers import has_free_clock, main_video, open_container, packets_of
from cartoonize.video.interlacing import fields_of_mpeg2

#: Pictures never go back in the order of decoding. Steps back by up to this many seconds are rounding.
_BACK = Fraction(1, 10)
#: A step forward by more seconds is a jump, unless the sound has gone on meanwhile.
_FORWARD = Fraction(5)
#: Most pictures with wrong times in a row.
_N_DETOUR = 25
#: Sound that is this far from where it is expected, in seconds, may belong after a jump.
_OUT_OF_STEP = Fraction(3, 10)
#: Longest time from the decoding of a picture until it is shown, in seconds.
_REORDERED = Fraction(1)
#: Distance in bytes by which packets of different streams are apart in a file.
_INTERLEAVED = 1 << 21


@dataclass(frozen=True)
class Jump:
    """A jump of the clock of a file."""

    n_packets: int
    """Number of video packets before the jump."""
    position: int | None
    """Place of the first packet after it in the file, in bytes."""
    before: Fraction
    """End of the pictures before the jump, in seconds of the file's clock."""
    after: Fraction
    """Time of the first picture after the jump, in seconds of the file's clock."""
    shift: Fraction
    """Seconds by which all times from here on are later without the jump."""


@dataclass(frozen=True)
class Timeline:
    """The jumps of the clock of a file."""

    jumps: tuple[Jump, ...] = ()
    end: Fraction | None = None
    """End of the pictures without the jumps, in seconds; None if it was not looked for."""
    orders: Counter[FieldOrder] = field(default_factory=Counter, compare=False)
    """Number of pictures with each field order, if the codec is MPEG-2."""

    def shift(self, n_jumps: int) -> Fraction:
        """Return the seconds by which times after this many jumps are later."""
        return self.jumps[n_jumps - 1].shift if n_jumps else Fraction(0)

    def remarks(self, start: Fraction) -> list[str]:
        """Return a line about every jump; ``start`` is the time of the first picture in the file."""
        lines, shift = [], Fraction(0)
        for jump in self.jumps:
            at = float(jump.before + shift - start)
            step = float(jump.after - jump.before)
            lines.append(
                f"has a clock that jumps at {at:.2f} s, {'on' if step > 0 else 'back'} by {abs(step):.2f} s: "
                "picture and sound are joined there"
            )
            shift = jump.shift
        if len(lines) > _N_LINES:
            lines[_N_LINES - 1 :] = [f"has a clock that jumps at {len(lines) - _N_LINES + 1} more places"]
        return lines


#: Most lines about jumps.
_N_LINES = 10


def timeline_of(path: Path) -> Timeline:
    """Return the jumps of the clock of a file. Only containers without an index can have them."""
    with open_container(path) as container:
        if not (has_free_clock(container) or container.format.name == "flv"):
            return Timeline()
    about = path.stat()
    return _searched(path.absolute(), about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _searched(path: Path, _size: int, _changed: int) -> Timeline:
    with open_container(path) as container:
        video = main_video(container, path)
        search = _Search(container, video)
        streams = [video, *container.streams.audio]
        try:
            for packet in packets_of(container, *streams):
                search.add(packet)
        except av.FFmpegError:  # iterations report the damage
            pass
        return Timeline(tuple(search.jumps), search.end, search.orders)


@dataclass
class _Run:
    """Sound without a jump."""

    begin: Fraction
    end: Fraction


@dataclass
class _Detour:
    """A step forward that may be followed by one back: then the times between are wrong."""

    expected: Fraction | None = None
    """Time that would be expected next without the step forward; None: there was none."""
    n_packets: int = 0

    def clear(self) -> None:
        """Forget the step forward."""
        self.expected = None

    def go_on(self, stepped_from: Fraction | None, duration: Fraction) -> None:
        """Go on by one picture, which perhaps stepped forward from an expected time."""
        if self.expected is not None and self.n_packets < _N_DETOUR:
            self.expected += duration
            self.n_packets += 1
        elif stepped_from is not None:
            self.expected, self.n_packets = stepped_from + duration, 1
        else:
            self.clear()

    def is_over(self, time: Fraction, duration: Fraction) -> bool:
        """Return whether a picture continues where the times were before the step forward."""
        is_over = self.expected is not None and abs(time - self.expected) <= duration
        if is_over:
            self.clear()
        return is_over


@dataclass
class _Search:
    """Search for jumps, packet by packet in the order of the file."""

    container: InputContainer
    video: av.VideoStream
    jumps: list[Jump] = field(default_factory=list)
    end: Fraction | None = None
    """End of the pictures so far, without the jumps."""
    orders: Counter[FieldOrder] = field(default_factory=Counter)
    _expected: Fraction | None = None
    """Time at which the next picture is expected, in seconds of the file's clock."""
    _n_packets: int = 0
    _sound: dict[int, _Run] = field(default_factory=dict)
    _detour: _Detour = field(default_factory=_Detour)

    def add(self, packet: av.Packet) -> None:
        """Look at the next packet."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        assert packet.time_base is not None
        duration = (packet.duration or 0) * packet.time_base
        if packet.stream.index == self.video.index:
            if stamp is not None:
                self._add_picture(packet, stamp * packet.time_base, duration or self._usual_step())
            self._n_packets += 1
            if self.video.codec_context.name == "mpeg2video" and (order := fields_of_mpeg2(packet)):
                self.orders[order] += 1
        elif stamp is not None:
            self._add_sound(packet.stream.index, stamp * packet.time_base, duration)

    def _add_picture(self, packet: av.Packet, time: Fraction, duration: Fraction) -> None:
        delay = Fraction(0)  # until it is shown
        if packet.pts is not None and packet.dts is not None and packet.time_base is not None:
            delay = min(max(packet.pts - packet.dts, 0) * packet.time_base, _REORDERED)
        if self._expected is not None:
            step = time - self._expected
            if self._is_jump(time, step, duration):
                shift = (self.jumps[-1].shift if self.jumps else Fraction(0)) - step
                position = packet.pos if packet.pos is not None and packet.pos >= 0 else None
                before, after = self._expected + delay, time + delay
                self.jumps.append(Jump(self._n_packets, position, before, after, shift))
                self._detour.clear()
        self._expected = time + duration
        shown = self._expected + delay + (self.jumps[-1].shift if self.jumps else 0)
        self.end = shown if self.end is None else max(self.end, shown)

    def _is_jump(self, time: Fraction, step: Fraction, duration: Fraction) -> bool:
        """Return whether the clock jumps before a picture, and keep in mind where it went on too far."""
        assert self._expected is not None
        if self._detour.is_over(time, duration):  # a few wrong times, as at joins without a time of their own
            return False
        if step < -_BACK - duration:
            return True
        is_forward = step > _FORWARD and has_free_clock(self.container)
        if is_forward and not self._is_heard(self._expected):
            return True
        self._detour.go_on(self._expected if step > _BACK else None, duration)
        return False

    def _add_sound(self, index: int, time: Fraction, duration: Fraction) -> None:
        run = self._sound.get(index)
        if run is None or not -_BACK - duration <= time - run.end <= _OUT_OF_STEP:
            self._sound[index] = _Run(time, time + duration)
        else:
            run.end = time + duration

    def _is_heard(self, time: Fraction) -> bool:
        """Return whether sound goes on without a jump from a time on, while one picture is held."""
        return any(run.begin <= time and run.end > time + _FORWARD / 2 for run in self._sound.values())

    def _usual_step(self) -> Fraction:
        return 1 / (self.video.average_rate or self.video.guessed_rate or Fraction(25))


@dataclass
class JumpFollower:
    """The jumps before each packet of one stream that is not video, in the order of the file.

    Packets of sound may stand before or after a jump of the pictures in the file. Their times tell where they
    belong.
    """

    timeline: Timeline
    is_sparse: bool = False
    """True for subtitles, which come now and then. Their place in the file tells where they belong."""
    _n_jumps: int = 0
    _expected: Fraction | None = None

    def shift(self, packet: av.Packet) -> Fraction:
        """Return the seconds by which the times of the next packet are later."""
        jumps = self.timeline.jumps
        stamp = packet.dts if packet.dts is not None else packet.pts
        if not jumps or packet.time_base is None:
            return Fraction(0)
        first, last = self._possible(packet)
        if stamp is not None:
            time = stamp * packet.time_base
            if self.is_sparse:
                self._n_jumps = last
            elif self._expected is None:
                self._n_jumps = first
            else:
                self._n_jumps = self._best(time, first, last)
            self._expected = (
                time + self.timeline.shift(self._n_jumps) + (packet.duration or 0) * packet.time_base
            )
        return self.timeline.shift(self._n_jumps)

    def _possible(self, packet: av.Packet) -> tuple[int, int]:
        """Return the least and the greatest number of jumps before a packet, from its place in the file."""
        places = [jump.position for jump in self.timeline.jumps]
        if packet.pos is None or packet.pos < 0 or None in places:
            return self._n_jumps, self._n_jumps if self.is_sparse else len(places)
        near = 0 if self.is_sparse else _INTERLEAVED
        first = sum(1 for place in places if place is not None and place + near <= packet.pos)
        last = sum(1 for place in places if place is not None and place - near <= packet.pos)
        return max(first, self._n_jumps), max(last, self._n_jumps)

    def _best(self, time: Fraction, first: int, last: int) -> int:
        """Return the number of jumps with which a time is nearest to the expected one."""
        assert self._expected is not None

        def apart(n_jumps: int) -> Fraction:
            return abs(time + self.timeline.shift(n_jumps) - (self._expected or 0))

        best = min(range(first, last + 1), key=apart)
        step = abs(self.timeline.shift(best) - self.timeline.shift(first))
        return best if apart(first) > min(_OUT_OF_STEP, step / 2) else first
