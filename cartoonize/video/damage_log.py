"""Log of the damage of a video: what one iteration over it counts and finds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from cartoonize.errors import SourceError

_HINT = "Get a complete copy of the file, or pass --allow-damaged to use what can be decoded."
#: A truncated file ends in an incomplete packet. Decoders report it up to this many packets later.
_N_TAIL = 16
#: Share and number of frames that may be missing. The first frames of a recording often depend on frames
#: before its start.
_TOLERATED_SHARE, _N_TOLERATED = 1 / 50, 2
#: Number of frames that may be missing where parts are joined, which begin and end within groups of pictures.
_N_AT_JOIN = 6
#: A step between pictures that is longer than this many usual steps is a gap.
_GAP = Fraction(3, 2)
#: Gaps are reported only if there are more than this many usual steps for each gap.
_STEADY = 9
#: Share of the pictures whose time must be stored, so that the times tell whether pictures are missing.
_TIMED_SHARE = 0.9


@dataclass(frozen=True)
class Ending:
    """Facts about a whole video, known when its last picture has been decoded."""

    n_declared: int = 0
    """Number of frames that the container declares; 0 if unknown."""
    n_decoded: int = 0
    """Number of decoded frames, as the container counts them."""
    n_short: int | None = None
    """Number of frames that would fit between the last frame and the declared end; None if unknown."""
    n_unseen: int = 0
    """Number of frames that would fit between the last frame and the time of the last packet."""
    n_after: int = 0
    """The same as ``n_short``, if the end is declared for this stream alone; else 0."""
    is_cut: bool = False
    """True if the file declares a later end, and the last picture is not just held."""
    holds_pictures: bool = False
    """True if gaps are usual, since the container stores no packet for a held picture (AVI)."""
    may_be_torn: bool = False
    """True for files that are commonly cut anywhere, such as recordings and the files of a DVD."""


@dataclass
class DamageLog:
    """Counts of one iteration over a video, and the damage that was found."""

    path: Path
    allow_damaged: bool
    n_packets: int = 0
    """Number of packets that should give a picture each."""
    n_frames: int = 0
    n_timed: int = 0
    """Number of pictures whose time is stored in the file."""
    notes: list[str] = field(default_factory=list)
    """Damage that was found and skipped, one line each."""
    n_steps: int = 0
    """Number of steps between pictures that have the usual length."""
    n_gaps: int = 0
    """Number of longer steps."""
    n_fitting: int = 0
    """Number of pictures that would fit into the longer steps."""
    longest_gap: int = 0
    """Number of pictures that would fit into the longest step."""
    first_gap: float = 0
    """Time of the first longer step, in seconds."""
    _n_squeezed: Fraction = Fraction(0)
    """Number of pictures for which short steps leave no room: a time was late, and none is missing."""
    n_doubts: int = 0
    """Number of pictures that a decoder marks as damaged, without another sign."""
    first_doubt: float = 0
    _late_gaps: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_N_TAIL))
    """Latest gaps: number of usual steps before it, and of pictures that would fit into it."""
    _n_joins: int = 0
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

    def doubt(self, time: float) -> None:
        """Note a picture that a decoder marks as damaged, without another sign of damage."""
        if not self.n_doubts:
            self.first_doubt = time
        self.n_doubts += 1

    def count_packet(self) -> None:
        """Count a packet that should give a picture."""
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
            self._n_squeezed += max(Fraction(0), 1 - steps)
            return
        n_fitting = round(steps) - 1
        if not self.n_gaps:
            self.first_gap = time
        self.n_gaps += 1
        self._late_gaps.append((self.n_steps, n_fitting))
        self.n_fitting += n_fitting
        self.longest_gap = max(self.longest_gap, n_fitting)

    def end_part(self) -> None:
        """Note what is suspected at the end of a part of a joined video: it may have been cut anywhere."""
        self._n_joins += 1
        if self._suspicion:
            self.notes.append(self._suspicion)
            self._suspicion = ""

    def close(self, ending: Ending) -> None:
        """Compare the decoded frames with the declared ones, since a truncated file may cause no error."""
        missing, expected = self._missing(ending)
        n_tolerated = _N_TOLERATED + _N_AT_JOIN * self._n_joins
        if missing > max(n_tolerated, expected * _TOLERATED_SHARE):
            self.report(f"is incomplete: {self.n_frames} of about {expected} frames can be decoded")
        if self._suspicion and ending.may_be_torn:
            self.notes.append(self._suspicion)
        elif self._suspicion:
            self.report(self._suspicion)
        if self.n_doubts:
            which = "a frame" if self.n_doubts == 1 else f"{self.n_doubts} frames, the first"
            self.notes.append(f"may have damage in {which} at {self.first_doubt:.2f} s: only a mark tells so")
        # A container may continue after damage without any sign of it.
        if not ending.holds_pictures and self._is_steady:
            self.notes += [f"may lack {n} frames, {where}" for n, where in self._gaps(ending) if n > 0]

    @property
    def n_in_gaps(self) -> int:
        """Number of pictures for which the times have room."""
        return max(0, self.n_fitting - round(self._n_squeezed))

    @property
    def _is_steady(self) -> bool:
        """True if most pictures have the same distance in time. Then longer steps mean missing frames."""
        return self.n_gaps * _STEADY < self.n_steps

    def _missing(self, ending: Ending) -> tuple[int, int]:
        """Return how many frames are missing, and of how many: as counted, if the times have room for them.

        Some packets give no picture in a healthy file: hidden frames, and the second of two fields. Some
        containers count units of time instead of frames.
        """
        n_declared = ending.n_declared - ending.n_decoded
        n_lost = n_inside = max(0, self.n_packets - self.n_frames)
        if self.n_timed >= self.n_frames * _TIMED_SHARE:
            if ending.n_short is not None:
                n_declared = min(n_declared, self.n_in_gaps + ending.n_short)
            n_inside = self.n_in_gaps if self._is_steady else min(n_lost, self.n_in_gaps)
            n_room = self.n_in_gaps + ending.n_unseen
            n_lost = min(n_lost, n_room - self._n_torn(ending) if ending.may_be_torn else n_room)
        n_cut = (ending.n_short or 0) + n_inside if ending.is_cut else 0
        missing = max(n_lost, n_cut)
        return max((n_declared, ending.n_declared), (missing, self.n_frames + missing))

    def _n_torn(self, ending: Ending) -> int:
        """Return the number of pictures at the end that are missing only as the video was cut there."""
        late = sum(n for before, n in self._late_gaps if before > self.n_steps - _N_TAIL)
        return min(self.n_in_gaps, late) + min(ending.n_unseen, _N_TAIL)

    def _gaps(self, ending: Ending) -> Iterator[tuple[int, str]]:
        """Yield the number of missing frames and their place."""
        if self.n_gaps:
            places = "" if self.n_gaps == 1 else f"{self.n_gaps} places, the first "
            yield self.n_in_gaps, f"at {places}{self.first_gap:.2f} s"
        yield ending.n_after, "at its end"
