"""Bodies that can be seen from any side: parts sit at bearings around an axis and move as it turns.

A figure faces 0 degrees towards the viewer, 90 to the right, 180 away, -90 to the left. A part at bearing 0
is on its front, at 90 on the side of its left hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin

from cartoonize.sample.paints import Paint
from cartoonize.sample.pen import Pen

#: Where a hand is, from its shoulder: (forward, outward, up) in arm lengths.
Hand = tuple[float, float, float]
Spot = tuple[float, float]

_HANGING: Hand = (0.1, 0.32, -0.86)
_LEFT, _RIGHT = 1, -1


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a person is and what it does in one drawing."""

    x: float = 0
    """Place of its feet in the scene."""
    y: float = 0
    size: float = 1
    facing: float = 0
    """Degrees: 0 front, 90 to the right, 180 back, -90 to the left."""
    stride: float | None = None
    """Phase of the walk in steps (2 steps a cycle); ``None``: standing."""
    left: Hand | None = None
    """Left hand; ``None``: hanging, or swinging with the walk."""
    right: Hand | None = None
    talk: float = 0
    """How wide the mouth is open, 0..1."""
    blink: bool = False
    smile: float = 1
    """1 happy .. -1 sad."""
    look: float = 0
    """Where the eyes turn, -1..1, positive to its left."""
    lean: float = 0
    """Degrees clockwise."""
    hop: float = 0
    """Height of the feet above the ground."""

    @property
    def sideways(self) -> float:
        """How far it faces to the right, -1..1."""
        return sin(radians(self.facing))

    @property
    def frontal(self) -> float:
        """How far it faces the viewer, -1..1."""
        return cos(radians(self.facing))

    def bob(self, height: float) -> float:
        """Return by how much a walk raises the body, as y: 0 or negative."""
        return 0.0 if self.stride is None else -height * abs(sin(pi * self.stride))

    def hand(self, side: int) -> Hand:
        """Return where the hand of the left (1) or right (-1) side is."""
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
    """A pair of arms: measures and paints."""

    shoulder: Spot
    """Half the width of the body there, and its height."""
    length: float
    width: float
    sleeve: Paint
    hand: Paint
    hand_size: float

    def draw(self, pen: Pen, pose: Pose, *, near: bool) -> None:
        """Draw the arms in front of the body, or those behind it."""
        for side in (_LEFT, _RIGHT):
            if self._is_near(pose, side) != near:
                continue
            (x0, y0), (x2, y2) = self._ends(pose, side)
            # What is left of the arm's length lets the elbow bend, outwards and back.
            slack = 0.4 * max(1 - sum(v * v for v in pose.hand(side)), 0) ** 0.5
            bx, by, _ = _seen(pose, side, (-0.7 * slack, 0.8 * slack, -0.25 * slack))
            elbow = (x0 + x2) / 2 + self.length * bx, (y0 + y2) / 2 + self.length * by
            pen.oval(x2, y2, self.hand_size, self.hand_size, self.hand)
            wrist = x0 + 0.8 * (x2 - x0), y0 + 0.8 * (y2 - y0)
            pen.limb([(x0, y0), elbow, wrist], self.sleeve, self.width)

    def hands(self, pose: Pose, bob: float) -> tuple[Spot, Spot]:
        """Return where the left and the right hand are in the scene, so that they can hold something."""
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
    """A pair of legs: measures and paints."""

    hips: Spot
    """Half the distance between the hips, and their height."""
    width: float
    step: float
    """How far a foot swings forward from the hip."""
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
