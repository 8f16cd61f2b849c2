"""Bodies that can be drawn from any side. Their parts lie at bearings around a vertical axis.

A figure that faces 0 degrees looks at the viewer, 90 to the right, 180 away, -90 to the left. A part at
bearing 0 is on the front of the figure, a part at 90 on the side of its left hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin

from cartoonize.sample.paints import Paint
from cartoonize.sample.pen import Pen

#: Position of a hand relative to its shoulder: (forward, outward, up) in arm lengths.
Hand = tuple[float, float, float]
Spot = tuple[float, float]

_HANGING: Hand = (0.1, 0.32, -0.86)
_LEFT, _RIGHT = 1, -1


@dataclass(frozen=True, slots=True)
class Pose:
    """Position and pose of a person in one drawing."""

    x: float = 0
    """x of the feet in the scene."""
    y: float = 0
    """y of the feet in the scene."""
    size: float = 1
    facing: float = 0
    """Direction in degrees: 0 to the viewer, 90 to the right, 180 away, -90 to the left."""
    stride: float | None = None
    """Phase of the walk in steps, 2 steps per cycle. None: the person stands."""
    left: Hand | None = None
    """Position of the left hand. None: it hangs, or swings with the walk."""
    right: Hand | None = None
    """Position of the right hand, as ``left``."""
    talk: float = 0
    """Opening of the mouth, 0..1."""
    blink: bool = False
    smile: float = 1
    """Expression, from -1 (sad) to 1 (happy)."""
    look: float = 0
    """Direction of the eyes, -1..1; positive is to the person's left."""
    lean: float = 0
    """Lean of the body in degrees, clockwise."""
    hop: float = 0
    """Height of the feet above the ground."""

    @property
    def sideways(self) -> float:
        """Component of the facing direction to the right, -1..1."""
        return sin(radians(self.facing))

    @property
    def frontal(self) -> float:
        """Component of the facing direction towards the viewer, -1..1."""
        return cos(radians(self.facing))

    def bob(self, height: float) -> float:
        """Return the change of y by which a step raises the body: 0 or negative."""
        return 0.0 if self.stride is None else -height * abs(sin(pi * self.stride))

    def hand(self, side: int) -> Hand:
        """Return the position of the left (1) or right (-1) hand."""
        given = self.left if side == _LEFT else self.right
        if given is not None:
            return given
        if self.stride is None:
            return _HANGING
        swing = side * cos(pi * self.stride)
        return 0.55 * swing, 0.3, -0.82 + 0.1 * abs(swing)


def standing(pen: Pen, pose: Pose) -> Pen:
    """Return a pen with its origin at the figure's feet."""
    return pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, turn=pose.lean)


@dataclass(frozen=True, slots=True)
class Arms:
    """Measures and paints of a pair of arms."""

    shoulder: Spot
    """Half of the body's width at the shoulders, and the height of the shoulders."""
    length: float
    width: float
    sleeve: Paint
    hand: Paint
    hand_size: float

    def draw(self, pen: Pen, pose: Pose, *, near: bool) -> None:
        """Draw the arms in front of the body (``near``) or those behind it."""
        for side in (_LEFT, _RIGHT):
            if self._is_near(pose, side) != near:
                continue
            (x0, y0), (x2, y2) = self._ends(pose, side)
            # The unused length of the arm bends the elbow outwards and back.
            slack = 0.4 * max(1 - sum(v * v for v in pose.hand(side)), 0) ** 0.5
            bx, by, _ = _seen(pose, side, (-0.7 * slack, 0.8 * slack, -0.25 * slack))
            elbow = (x0 + x2) / 2 + self.length * bx, (y0 + y2) / 2 + self.length * by
            pen.oval(x2, y2, self.hand_size, self.hand_size, self.hand)
            wrist = x0 + 0.8 * (x2 - x0), y0 + 0.8 * (y2 - y0)
            pen.limb([(x0, y0), elbow, wrist], self.sleeve, self.width)

    def hands(self, pose: Pose, bob: float) -> tuple[Spot, Spot]:
        """Return the positions of the left and the right hand in the scene."""
        ends = (self._ends(pose, side)[1] for side in (_LEFT, _RIGHT))
        ground = pose.y - pose.hop * pose.size
        left, right = ((pose.x + pose.size * x, ground + pose.size * (y + pose.bob(bob))) for x, y in ends)
        return left, right

    def _ends(self, pose: Pose, side: int) -> tuple[Spot, Spot]:
        x, y = side * self.shoulder[0] * pose.frontal, -self.shoulder[1]
        dx, dy, _ = _seen(pose, side, pose.hand(side))
        return (x, y), (x + self.length * dx, y + self.length * dy)

    def _is_near(self, pose: Pose, side: int) -> bool:
        forward = pose.hand(side)[0]
        depth = _seen(pose, side, (0.5 * forward, 1, 0))[2]
        return depth > 0.05 if abs(pose.sideways) > 0.2 else depth > 0 or forward > 0.3


def _seen(pose: Pose, side: int, place: Hand) -> tuple[float, float, float]:
    """Project (forward, outward, up) of one side to (x, y, depth) in the picture."""
    forward, outward, up = place
    x = forward * pose.sideways + side * outward * pose.frontal
    return x, -up, forward * pose.frontal - side * outward * pose.sideways


@dataclass(frozen=True, slots=True)
class Legs:
    """Measures and paints of a pair of legs."""

    hips: Spot
    """Half of the distance between the hips, and their height."""
    width: float
    step: float
    """Distance by which a foot swings forward from the hip."""
    stocking: Paint
    shoe: Paint
    shoe_size: float

    def draw(self, pen: Pen, pose: Pose) -> None:
        """Draw both legs, the far one first."""
        s, c, size = pose.sideways, pose.frontal, self.shoe_size
        for side in (_LEFT, _RIGHT) if s > 0 else (_RIGHT, _LEFT):
            forward, lift = 0.0, 0.0
            if pose.stride is not None:
                phase = pi * pose.stride + (0 if side == _RIGHT else pi)
                forward, lift = self.step * cos(phase), max(0.0, sin(-phase)) * self.step * 0.4
            hip = side * self.hips[0] * c
            x, y = hip + forward * s, forward * c * 0.25 - lift - 1.8 * side * s
            knee = (hip + x) / 2 + 0.5 * lift * s, (y - self.hips[1]) / 2 - 0.1 * lift
            pen.limb([(hip, -self.hips[1]), knee, (x, y - 0.7 * size)], self.stocking, self.width)
            toe, half = 0.75 * size * s, size * (0.7 + 0.3 * abs(s))
            sole = size * (0.85 + 0.45 * abs(s))
            pen.at(x, y).shape(
                [
                    (toe - sole, 0),
                    (toe - half, -0.75 * size),
                    (0.4 * toe, -1.15 * size),
                    (toe + half, -0.75 * size),
                    (toe + sole, 0),
                ],
                self.shoe,
            )
