"""A scene of a tale: its set, its camera, what the figures do, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sin

from cartoonize.sample.pen import Pen
from cartoonize.sample.stage import Painter, View


@dataclass(frozen=True, slots=True)
class Line:
    """A line of dialogue; times as shares of the scene, 0..1."""

    speaker: str
    start: float
    stop: float
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """The moment of a scene that a drawing shows."""

    share: float
    """How much of the scene has passed, 0..1."""
    seconds: float
    """Since the scene began."""
    speaker: str = ""
    """Who is speaking."""
    phase: float = 0
    """A number by which episodes of different seeds differ, 0..1."""

    def during(self, start: float, stop: float) -> float:
        """Return how much of a part of the scene has passed, 0..1, starting and ending gently."""
        u = min(max((self.share - start) / (stop - start), 0), 1)
        return u * u * (3 - 2 * u)

    def path(self, start: float, stop: float, first: float, last: float) -> float:
        """Return a position on the way from ``first`` to ``last`` at even speed between two moments."""
        return first + (last - first) * min(max((self.share - start) / (stop - start), 0), 1)

    def talk(self, name: str) -> float:
        """Return how wide a figure's mouth is open."""
        if name != self.speaker:
            return 0
        return 0.12 + 0.88 * abs(sin(9.7 * self.seconds) * sin(4.1 * self.seconds + 1))

    def blink(self, offset: float = 0) -> bool:
        """Tell whether a figure's eyes are shut: for an instant, every few seconds."""
        return (self.seconds + offset + 2 * self.phase + 0.9) % 2.3 < 0.13

    def swing(self, rate: float = 1, offset: float = 0) -> float:
        """Return a value that swings between -1 and 1, ``rate`` times a second."""
        return sin(2 * pi * (rate * self.seconds + offset + self.phase))


@dataclass(frozen=True, slots=True)
class Scene:
    """One shot as it is written; a script gives it its place and its length."""

    backdrop: Painter
    act: Callable[[Pen, Cue], None]
    """Draws the figures."""
    start: View = View()
    end: View | None = None
    """Where the camera moves; ``None``: it stands still."""
    front: Painter | None = None
    """What the figures pass behind."""
    before: Callable[[Pen, Cue], None] | None = None
    """Draws what passes before that."""
    drift: float = 1
    hold: int = 2
    """Frames for which each drawing is held."""
    beat: float = 1
    """Length relative to the other scenes."""
    lines: tuple[Line, ...] = ()
    steps: float = 0
    """Footsteps a second, to be heard."""
    fade_in: bool = False
    fade_out: bool = False

    def view(self, cue: Cue) -> View:
        """Return where the camera is: it moves off and stops gently."""
        return self.start if self.end is None else self.start.towards(self.end, cue.during(0.08, 0.92))

    def speaker(self, share: float) -> str:
        """Return who speaks at this moment, or an empty string."""
        return next((line.speaker for line in self.lines if line.start <= share < line.stop), "")


@dataclass(frozen=True, slots=True)
class Tale:
    """An episode as it is written."""

    title: str
    scenes: tuple[Scene, ...]
