"""Bodies that can be seen from any side: parts sit at bearings around an axis and move as the figure turns.

A figure faces 0 degrees towards the viewer, 90 to the right, 180 away, -90 to the left. A part at bearing 0 is on
its front, at 90 on the side of its left hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import LINE, Pen

#: Where a hand is, from its shoulder: (forward, outward, up) in arm lengths.
Hand = tuple[float, float, float]

HANGING: Hand = (0.1, 0.32, -0.86)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a figure is and what it does in one drawing."""

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
    """Where the eyes turn, -1..1 in the direction the figure faces to its left."""
    lean: float = 0
    """Degrees clockwise."""
    hop: float = 0
    """Height of the feet above the ground."""

    def having(self, **changes: object) -> Pose:
        """Return this pose with some things changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


class Ball:
    """A head: an ellipsoid whose surface points are found by bearing and elevation, in degrees."""

    def __init__(self, x: float, y: float, rx: float, ry: float, facing: float) -> None:
        self.x, self.y, self.rx, self.ry, self.facing = x, y, rx, ry, facing

    def point(self, bearing: float, elevation: float, reach: float = 1) -> tuple[float, float]:
        """Return where a surface point is seen; one on the far side is moved to the rim."""
        u, v, depth = self._unit(bearing, elevation)
        if depth < 0:
            n = max((u * u + v * v) ** 0.5, 1e-6)
            u, v = u / n, v / n
        return self.x + self.rx * reach * u, self.y + self.ry * reach * v

    def depth(self, bearing: float, elevation: float = 0) -> float:
        """Return how much a surface point faces the viewer: 1 fully, 0 at the rim, negative behind."""
        return self._unit(bearing, elevation)[2]

    def patch(
        self, bearing: float, elevation: float, across: float, up: float, n: int = 28
    ) -> NDArray[np.float64]:
        """Return the outline of an oval area of the surface with these half angles, as it is seen."""
        middle = (self.facing + bearing + 180) % 360 - 180
        t = np.linspace(0, 2 * np.pi, n, endpoint=False)
        around = np.deg2rad(np.clip(middle + across * np.cos(t), -90, 90))  # what lies behind ends at the rim
        above = np.deg2rad(elevation + up * np.sin(t))
        x = self.x + 0.985 * self.rx * np.cos(above) * np.sin(around)
        return np.stack([x, self.y - 0.985 * self.ry * np.sin(above)], 1)

    def _unit(self, bearing: float, elevation: float) -> tuple[float, float, float]:
        around, above = radians(self.facing + bearing), radians(elevation)
        return cos(above) * sin(around), -sin(above), cos(above) * cos(around)


def reached(facing: float, side: int, hand: Hand) -> tuple[float, float, float]:
    """Project (forward, outward, up) of the left (1) or right (-1) side to (x, y, depth) in the picture."""
    forward, outward, up = hand
    s, c = sin(radians(facing)), cos(radians(facing))
    return forward * s + side * outward * c, -up, forward * c - side * outward * s


def draw_arm(
    pen: Pen,
    pose: Pose,
    side: int,
    *,
    shoulder: tuple[float, float],
    length: float,
    width: float,
    sleeve: Paint,
    hand: Paint,
    hand_size: float,
) -> tuple[float, float]:
    """Draw an arm from its shoulder (half width of the body, height) and return where its hand is."""
    target = arm_target(pose, side)
    x0 = side * shoulder[0] * cos(radians(pose.facing))
    y0 = -shoulder[1]
    dx, dy, _ = reached(pose.facing, side, target)
    x2, y2 = x0 + length * dx, y0 + length * dy
    # The elbow bends outwards and back by what is left of the arm's length.
    slack = max(1 - (target[0] ** 2 + target[1] ** 2 + target[2] ** 2), 0) ** 0.5 * 0.4
    bx, by, _ = reached(pose.facing, side, (-0.7 * slack, 0.8 * slack, -0.25 * slack))
    x1, y1 = (x0 + x2) / 2 + length * bx, (y0 + y2) / 2 + length * by
    pen.oval(x2, y2, hand_size, hand_size, hand)
    pen.limb([(x0, y0), (x1, y1), (x0 + (x2 - x0) * 0.8, y0 + (y2 - y0) * 0.8)], sleeve, width)
    return x2, y2


def arm_target(pose: Pose, side: int) -> Hand:
    """Return where the hand of the left (1) or right (-1) side is."""
    given = pose.left if side > 0 else pose.right
    if given is not None:
        return given
    if pose.stride is None:
        return HANGING
    swing = side * cos(np.pi * pose.stride)
    return 0.55 * swing, 0.3, -0.82 + 0.1 * abs(swing)


def arm_is_near(pose: Pose, side: int) -> bool:
    """Tell whether an arm is in front of the body."""
    target = arm_target(pose, side)
    _, _, depth = reached(pose.facing, side, (0.5 * target[0], 1, 0))
    return depth > 0.05 if abs(sin(radians(pose.facing))) > 0.2 else depth > 0 or target[0] > 0.3


def draw_legs(
    pen: Pen,
    pose: Pose,
    *,
    hips: tuple[float, float],
    width: float,
    step: float,
    stocking: Paint,
    shoe: Paint,
    shoe_size: float,
) -> None:
    """Draw both legs, the far one first, from hips at (half distance, height) down to the shoes."""
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    order = (1, -1) if s > 0 else (-1, 1)
    for side in order:
        forward, lift = 0.0, 0.0
        if pose.stride is not None:
            phase = np.pi * pose.stride + (0 if side < 0 else np.pi)
            forward, lift = step * cos(phase), max(0.0, sin(-phase)) * step * 0.4
        hip_x = side * hips[0] * c
        x = hip_x + forward * s
        y = -lift + 2.2 * (side * -s * 0.8) + forward * c * 0.25
        knee = ((hip_x + x) / 2 + (lift * 0.5) * s, (-hips[1] + y) / 2 - lift * 0.1)
        pen.limb([(hip_x, -hips[1]), knee, (x, y - shoe_size * 0.7)], stocking, width)
        toe = shoe_size * (0.75 * s)
        pen.shape(
            [
                (x + toe - shoe_size * (0.85 + 0.45 * abs(s)), y),
                (x + toe - shoe_size * (0.7 + 0.3 * abs(s) - 0.0 * s), y - shoe_size * 0.75),
                (x + toe * 0.4, y - shoe_size * 1.15),
                (x + toe + shoe_size * (0.7 + 0.3 * abs(s)), y - shoe_size * 0.75),
                (x + toe + shoe_size * (0.85 + 0.45 * abs(s)), y),
            ],
            shoe,
        )


def draw_face(
    pen: Pen,
    head: Ball,
    pose: Pose,
    *,
    spread: float = 21,
    height: float = 2,
    eye: float = 4.2,
    mouth_at: float = -30,
    mouth_width: float = 17,
    cheek: Paint | None = None,
    mouth: Paint = INK,
    tongue: Paint | None = None,
    white: Paint | None = None,
) -> None:
    """Draw eyes, cheeks and mouth on a head, foreshortened as it turns and hidden when it faces away."""
    for side in (1, -1):
        if cheek is not None and (d := head.depth(side * 40, -20)) > 0.12:
            pen.oval(*head.point(side * 40, -20, 0.94), 6.5 * d, 4.6, cheek, line=None)
    for side in (1, -1):
        look = spread * side + 5 * pose.look
        d = head.depth(side * spread, height)
        if d < 0.1:
            continue
        x, y = head.point(side * spread, height, 0.97)
        narrow = eye * (0.35 + 0.65 * d)
        if pose.blink:
            pen.line([(x - narrow, y), (x, y + eye * 0.5), (x + narrow, y)], width=LINE)
            continue
        if white is not None:
            pen.oval(x, y, narrow * 1.5, eye * 1.75, white, width=LINE * 0.8)
            px, py = head.point(look, height - 2, 0.97)
            pen.oval(px, py, narrow * 0.62, eye * 0.85, INK, line=None)
        else:
            px, py = head.point(look, height, 0.97)
            pen.oval(px, py, narrow * 0.82, eye * 1.15, INK, line=None)
        pen.oval(px - eye * 0.2, py - eye * 0.35, narrow * 0.26, eye * 0.3, Paint(244, 100, 4), line=None)
    if head.depth(0, mouth_at) > 0.02:
        draw_mouth(pen, head, pose, mouth_at, mouth_width, mouth, tongue)


def draw_mouth(
    pen: Pen, head: Ball, pose: Pose, at: float, half: float, mouth: Paint, tongue: Paint | None
) -> None:
    """Draw a mouth: a line when closed, an opening with a tongue when it talks."""
    bend = 7 * pose.smile
    upper = [
        head.point(b, at + bend * (abs(b) / half) ** 2, 0.97) for b in np.linspace(-half, half, 5).tolist()
    ]
    if pose.talk < 0.08:
        pen.line(upper)
        return
    half_open = half * (0.9 - 0.25 * pose.talk)
    top = [head.point(b, at + 2, 0.97) for b in np.linspace(-half_open, half_open, 4).tolist()]
    low = [
        head.point(b, at - 4 - 17 * pose.talk * (1 - (b / half_open) ** 2 * 0.6), 0.97)
        for b in np.linspace(half_open * 0.8, -half_open * 0.8, 4).tolist()
    ]
    opening: Sequence[tuple[float, float]] = [top[0], *top, top[-1], *low]
    pen.shape(opening, mouth)
    if tongue is not None and pose.talk > 0.35 and head.depth(0) > 0.3:
        x, y = head.point(0, at - 2 - 15 * pose.talk, 0.97)
        pen.oval(x, y - 0.5, 4.0, 2.2, tongue, line=None)
