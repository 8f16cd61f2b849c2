"""Movements and foregrounds that several tales share."""

from __future__ import annotations

from typing import Any

from cartoonize.sample.paints import LEAVES, Paint
from cartoonize.sample.pen import Pen
from cartoonize.sample.scene import Cue
from cartoonize.sample.sets.scenery import bush, fence
from cartoonize.sample.sets.town import lamp_post
from cartoonize.sample.stage import Painter

#: Length of one step of each figure at size 1, so that feet do not slide.
STEP_LOTTI, STEP_GRUMBOLD, STEP_OLMA, STEP_RUFUS, STEP_SMALL = 30.0, 44.0, 22.0, 28.0, 8.0


def walk(cue: Cue, start: float, stop: float, first: float, last: float, step: float) -> dict[str, Any]:
    """Return the pose arguments of a person that walks from ``first`` to ``last`` between two moments."""
    x = cue.path(start, stop, first, last)
    moving = start <= cue.share < stop
    return {
        "x": x,
        "stride": abs(x - first) / step if moving else None,
        "facing": 72.0 if last > first else -72.0,
    }


def trot(
    cue: Cue, start: float, stop: float, first: float, last: float, step: float = STEP_RUFUS
) -> dict[str, Any]:
    """Return the pose arguments of an animal that trots from ``first`` to ``last`` between two moments."""
    x = cue.path(start, stop, first, last)
    moving = start <= cue.share < stop
    return {"x": x, "stride": abs(x - first) / step if moving else None, "mirror": last < first}


def waving(cue: Cue) -> tuple[float, float, float]:
    """Return the position of a waving hand (see `Hand`)."""
    return 0.15, 0.55 + 0.28 * cue.swing(1.6), 0.78


def hops(cue: Cue, height: float, rate: float = 2) -> float:
    """Return the height above the ground during repeated small jumps."""
    return height * abs(cue.swing(rate / 2))


def picket_fence(left: float, right: float, y: float = 462) -> Painter:
    """Return a painter of a fence in the foreground."""
    return lambda pen, random: fence(pen.at(0, y), left, right)


def bushes(*places: tuple[float, float], paint: Paint = LEAVES) -> Painter:
    """Return a painter of bushes in the foreground, each (x, size)."""

    def draw(pen: Pen, random: object) -> None:
        for x, size in places:
            bush(pen.at(x, 486, size=size), paint)

    return draw


def lamps(*places: float) -> Painter:
    """Return a painter of street lamps in the foreground."""

    def draw(pen: Pen, random: object) -> None:
        for x in places:
            lamp_post(pen.at(x, 470, size=1.5))

    return draw
