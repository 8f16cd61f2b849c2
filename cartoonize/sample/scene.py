"""A scene of a tale: its set, camera, action and dialogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sin

from cartoonize.sample.pen import Pen
from cartoonize.sample.stage import Painter, View


@dataclass(frozen=True, slots=True)
class Line:
    """A line of dialogue. Times are shares of the scene, 0..1."""

    speaker: str
    start: float
    stop: float
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """The moment of a scene that a drawing shows."""

    share: float
    """Share of the scene that has passed, 0..1."""
    seconds: float
    """Seconds since the scene began."""
    speaker: str = ""
    """Name of the figure that speaks; empty if none does."""
    phase: float = 0
    """Random number of the episode, 0..1; it varies with the seed."""

    def during(self, start: float, stop: float) -> float:
        """Return the share 0..1 of a part of the scene that has passed, eased at both ends."""
        u = min(max((self.share - start) / (stop - start), 0), 1)
        return u * u * (3 - 2 * u)

    def path(self, start: float, stop: float, first: float, last: float) -> float:
        """Return a position that moves from ``first`` to ``last`` at constant speed between two moments."""
        return first + (last - first) * min(max((self.share - start) / (stop - start), 0), 1)

    def talk(self, name: str) -> float:
        """Return how wide a figure's mouth is open, 0..1."""
        if name != self.speaker:
            return 0
        return 0.12 + 0.88 * abs(sin(9.7 * self.seconds) * sin(4.1 * self.seconds + 1))

    def blink(self, offset: float = 0) -> bool:
        """Return whether a figure's eyes are shut, which they are for an instant every few seconds."""
        return (self.seconds + offset + 2 * self.phase + 0.9) % 2.3 < 0.13

    def swing(self, rate: float = 1, offset: float = 0) -> float:
        """Return a value that swings between -1 and 1, ``rate`` times per second."""
        return sin(2 * pi * (rate * self.seconds + offset + self.phase))


@dataclass(frozen=True, slots=True)
class Scene:
    """One shot of a tale. A script decides its place and length."""

    backdrop: Painter
    act: Callable[[Pen, Cue], None]
    """Function that draws the figures."""
    start: View = View()
    """View at the start of the shot."""
    end: View | None = None
    """View at the end of the shot. None: the camera stands still."""
    front: Painter | None = None
    """Function that paints the foreground, behind which the figures pass."""
    before: Callable[[Pen, Cue], None] | None = None
    """Function that draws figures in front of the foreground."""
    drift: float = 1
    """Speed of the foreground relative to the set when the camera moves."""
    hold: int = 2
    """Number of frames for which each drawing is held."""
    beat: float = 1
    """Length relative to the other scenes."""
    lines: tuple[Line, ...] = ()
    steps: float = 0
    """Audible footsteps per second."""
    fade_in: bool = False
    fade_out: bool = False

    def view(self, cue: Cue) -> View:
        """Return the view of the camera, which starts and stops gently."""
        return self.start if self.end is None else self.start.towards(self.end, cue.during(0.08, 0.92))

    def speaker(self, share: float) -> str:
        """Return the name of the figure that speaks at this moment, or an empty string."""
        return next((line.speaker for line in self.lines if line.start <= share < line.stop), "")


@dataclass(frozen=True, slots=True)
class Tale:
    """Title and scenes of an episode."""

    title: str
    scenes: tuple[Scene, ...]
