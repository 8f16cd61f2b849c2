"""Trials: short clips in which one property of an object changes and its colours should not.

The thesis (8.5, figure 8.9) shows objects whose colour changes when they grow, shrink, turn or are occluded,
when another object comes near, and when the scene fades. Each trial contains one of these changes. The clips
are drawn like the series, so the true colours and the position of the object are known exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UnknownNameError
from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.cast.animals import Beast, rufus, sheep
from cartoonize.sample.cast.figures import Pose
from cartoonize.sample.cast.grumbold import grumbold
from cartoonize.sample.cast.lotti import lotti
from cartoonize.sample.cast.olma import olma
from cartoonize.sample.credits import faded
from cartoonize.sample.paints import Paint
from cartoonize.sample.pen import Pen, reduced
from cartoonize.sample.sets import coast, countryside, indoors, town
from cartoonize.sample.stage import Painter, Stage, View

TRIALS = ("grow", "shrink", "turn", "occlude", "neighbour", "fade")
#: Number of frames of a clip. The change is uniform from the first to the last.
N_FRAMES = 13
HEIGHT, WIDTH = 192, 256

#: Usual, smallest and largest height of an object in scene units. A picture is 480 units high.
_TALL, _SMALL, _LARGE = 240.0, 140.0, 280.0
#: Opacity of the last frame of a fade.
_FADED = 0.2
#: y of the middle of an object, and the smallest gap to a neighbour.
_MIDDLE, _GAP = 262.0, 12.0
#: Way that a neighbour comes closer, and the height of the other object relative to the object.
_WAY, _OTHER = 200.0, 0.75


@dataclass(frozen=True, slots=True)
class Thing:
    """An object with flat colours."""

    draw: Callable[[Pen], object]
    top: float
    """y of the upper end in its own units; the lower end is ``bottom``."""
    bottom: float
    width: float
    """Width in its own units, centred at x = 0."""
    paints: tuple[Paint, ...] = ()
    """Paints whose areas are measured."""

    @property
    def height(self) -> float:
        """Height in its own units."""
        return self.bottom - self.top

    def place(self, pen: Pen, x: float, y: float, tall: float, turn: float = 0) -> None:
        """Draw the object around (x, y), ``tall`` high and turned clockwise by ``turn`` degrees."""
        here = pen.at(x, y, size=tall / self.height, turn=turn)
        self.draw(here.at(0, -(self.top + self.bottom) / 2))

    def reach(self, tall: float) -> float:
        """Return half of the width of the object if it is ``tall`` high."""
        return self.width / 2 * tall / self.height


@dataclass(frozen=True, slots=True)
class Setting:
    """Setting of a trial: a set, the object, and another object that comes near or passes in front."""

    name: str
    backdrop: Painter
    x: float
    """x of the camera's centre in the set."""
    thing: Thing
    other: Thing


SETTINGS = (
    Setting(
        "girl in the meadow",
        countryside.meadow,
        -60,
        Thing(lambda pen: lotti(pen, Pose()), -156, 2, 84, (p.COAT_RED, p.BERET_TEAL)),
        Thing(lambda pen: sheep(pen, Beast()), -76, 0, 126),
    ),
    Setting(
        "boat at the beach",
        coast.seaside,
        -120,
        Thing(props.boat, -134, 14, 132, (p.BLUE, p.PINK, p.SAIL)),
        Thing(props.umbrella, -124, 12, 126),
    ),
    Setting(
        "grandmother in the kitchen",
        indoors.kitchen,
        -210,
        Thing(lambda pen: olma(pen, Pose()), -162, 2, 78, (p.DRESS_VIOLET, p.APRON_MINT)),
        Thing(lambda pen: rufus(pen, Beast()), -130, 2, 176),
    ),
    Setting(
        "fox in the village",
        town.village,
        -40,
        Thing(lambda pen: rufus(pen, Beast()), -130, 2, 176, (p.FUR_ORANGE, p.FUR_CREAM)),
        Thing(lambda pen: grumbold(pen, Pose()), -212, 2, 110),
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class TrialFrame:
    """One frame of a clip, with the areas of the object's colours."""

    rgb: NDArray[np.uint8]
    """(192, 256, 3) sRGB 0..255."""
    parts: NDArray[np.uint8]
    """(192, 256) k + 1 inside a visible area of colour k, at least a pixel from its edge; 0 elsewhere."""
    colors: NDArray[np.uint8]
    """(n, 3) sRGB 0..255, colours of the object in this frame."""
    opacity: float
    """Opacity of the scene over black, 0..1."""


def draw_trial(trial: str, setting: Setting, *, seed: int = 0) -> Iterator[TrialFrame]:
    """Draw the clip of a trial.

    Parameters
    ----------
    trial : str
        One of `TRIALS`: ``grow`` (to twice the size), ``shrink`` (to half), ``turn`` (by 90 degrees),
        ``occlude`` (another object passes in front), ``neighbour`` (one comes near without touching),
        ``fade`` (to a fifth of the brightness).
    setting : Setting
        Set and objects of the clip.
    seed : int
        Seed of the details of the set and of the positions.

    Yields
    ------
    TrialFrame
        One of `N_FRAMES` frames.

    Raises
    ------
    UnknownNameError
        If ``trial`` is unknown.
    """
    if trial not in TRIALS:
        raise UnknownNameError("trial", trial, TRIALS)
    random = np.random.default_rng([seed, SETTINGS.index(setting) if setting in SETTINGS else 0])
    view = View(setting.x + float(random.uniform(-40, 40)))
    x = view.x + float(random.uniform(-30, 30)) - (60 if trial == "neighbour" else 0)
    stage = Stage(HEIGHT, WIDTH, setting.backdrop, None, seed=(seed, 5))
    for number in range(N_FRAMES):
        share = number / (N_FRAMES - 1)
        yield _frame(stage, view, setting, trial, x, share)


def _frame(stage: Stage, view: View, setting: Setting, trial: str, x: float, share: float) -> TrialFrame:
    thing, other = setting.thing, setting.other
    tall = {"grow": _SMALL * 2**share, "shrink": _LARGE / 2**share}.get(trial, _TALL)
    turn = 90 * share if trial == "turn" else 0
    apart = thing.reach(tall) + other.reach(_OTHER * tall)
    place = {"occlude": apart * (2 * share - 1), "neighbour": apart + _GAP + _WAY * (1 - share)}.get(trial)
    masks: list[NDArray[np.uint8]] = []

    def act(pen: Pen) -> None:
        masks[:] = [np.zeros(pen.canvas.shape[:2], np.uint8) for _ in range(2)]
        thing.place(Pen(pen.canvas, pen.matrix, masks[0]), x, _MIDDLE, tall, turn)
        if place is not None:
            low = _MIDDLE + (1 - _OTHER) / 2 * tall
            other.place(Pen(pen.canvas, pen.matrix, masks[1]), x + place, low, _OTHER * tall)

    picture = stage.shoot(view, act)
    visible = reduced(np.where(masks[1] > 0, np.uint8(0), masks[0])) == 255
    opacity = 1 - (1 - _FADED) * share if trial == "fade" else 1.0
    colors = np.array([paint.rgb for paint in thing.paints], np.uint8)
    return TrialFrame(
        faded(picture, opacity), _parts(picture, visible, colors), faded(colors, opacity), opacity
    )


def _parts(
    picture: NDArray[np.uint8], visible: NDArray[np.bool_], colors: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Label the areas of the object's colours, at least a pixel from their edges (see `TrialFrame.parts`)."""
    parts = np.zeros(visible.shape, np.uint8)
    for number, color in enumerate(colors, 1):
        area = visible & (picture == color).all(-1)
        inside = cv2.erode(area.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
        parts[inside > 0] = number
    return parts
