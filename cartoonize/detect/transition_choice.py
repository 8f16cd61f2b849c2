"""Choice among transitions that overlap each other: a transition, its rank, and the best one so far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

Kind = Literal["dissolve", "fade out", "fade in", "wipe", "iris out", "iris in"]

#: Longest transition, in frames that are mixed.
MAX_FRAMES = 60
#: Frames before and after a transition in which the picture must not go on changing in the same direction.
MARGIN = 4
#: Number of frames for which a better fit is awaited, and how much longer, as a share of the frames of the
#: transition: the first half of a slow dissolve may look like a whole one.
_PATIENCE, _MORE_PATIENCE = 8, 0.25
#: A part of a transition looks like a shorter one. So of two that overlap, the longer one counts although it
#: costs more, by at most this for each factor e between their lengths.
_LENGTH_BONUS = 1.0
#: How much better a wipe must fit than a dissolve or fade that it overlaps.
_WIPE_PENALTY = 1.0
#: A part of a wipe may look like a dissolve with at least this cost, and a shorter wipe. They are kept until
#: the longest wipe that begins with them would be complete.
_DOUBTFUL_COST = 2.2
#: A transition that is found begins at most this number of frames before the newest one.
REACH = MAX_FRAMES + 2 + 2 * MARGIN + 2 * _PATIENCE + int(_MORE_PATIENCE * MAX_FRAMES)


@dataclass(frozen=True, slots=True)
class Transition:
    """A gradual transition."""

    kind: Kind
    start: int
    """Number of the first mixed frame, from 0."""
    stop: int
    """Number of the frame after the last mixed one."""
    shares: tuple[float, ...]
    """For each mixed frame the share of the picture that comes next, 0..1. Of a fade, the flat colour or the
    picture."""
    level: float = 0.0
    """Of a fade: grey code 0..255 of the flat colour."""
    cost: float = 0.0
    """How badly the frames fit, from 0."""
    fronts: tuple[Front, ...] = ()
    """Of a wipe and of an iris: for each frame the edge of what comes next."""

    @property
    def rank(self) -> float:
        """The cost, less for longer transitions. Of those that overlap each other, the lowest rank counts."""
        return rank_of(self.cost, self.stop - self.start) + (_WIPE_PENALTY if self.fronts else 0.0)


class Pending:
    """The best of the transitions that overlap each other, until nothing better is awaited."""

    def __init__(self) -> None:
        self._best: Transition | None = None
        self.last_stop = 0
        """Number of the frame after the last transition that was taken."""
        self._due = 0

    def add(self, candidate: Transition, n_frames: int) -> Transition | None:
        """Add a candidate of the newest frame; return the best one before, if this one begins after it."""
        is_next = self._best is not None and candidate.start >= self._best.stop
        found = self.taken() if is_next else None
        if self._best is None or candidate.rank < self._best.rank:
            self._best = candidate
            self._due = n_frames + _PATIENCE + int(_MORE_PATIENCE * (candidate.stop - candidate.start))
            if candidate.fronts or candidate.cost > _DOUBTFUL_COST:
                self._due = max(self._due, candidate.start + MAX_FRAMES + MARGIN + _PATIENCE)
        return found

    def due(self, n_frames: int) -> Transition | None:
        """Return the best one if nothing better is awaited."""
        return self.taken() if n_frames >= self._due else None

    def taken(self) -> Transition | None:
        """Return the best one, and forget it."""
        found, self._best = self._best, None
        if found is not None:
            self.last_stop = found.stop
        return found


def rank_of(cost: float, n_frames: int) -> float:
    """Return the rank of a dissolve or fade: see `Transition.rank`."""
    return cost - _LENGTH_BONUS * math.log(n_frames)
