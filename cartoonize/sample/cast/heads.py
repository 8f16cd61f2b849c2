"""Heads that turn: ellipsoids with a face on one side."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from cartoonize.sample.cast.figures import Pose, Spot
from cartoonize.sample.paints import EYE_WHITE, INK, MOUTH, TONGUE, Paint
from cartoonize.sample.pen import LINE, Pen


@dataclass(frozen=True, slots=True)
class Ball:
    """An ellipsoid with surface points given by bearing and elevation, in degrees."""

    x: float
    y: float
    rx: float
    ry: float
    facing: float

    def point(self, bearing: float, elevation: float, reach: float = 1) -> Spot:
        """Return the picture position of a surface point; a point on the far side is moved to the rim."""
        u, v, depth = self._unit(bearing, elevation)
        if depth < 0:
            n = max((u * u + v * v) ** 0.5, 1e-6)
            u, v = u / n, v / n
        return self.x + self.rx * reach * u, self.y + self.ry * reach * v

    def depth(self, bearing: float, elevation: float = 0) -> float:
        """Return how far a surface point faces the viewer: 1 fully, 0 at the rim, negative behind."""
        return self._unit(bearing, elevation)[2]

    def patch(self, elevation: float, across: float, up: float) -> NDArray[np.float64]:
        """Return the projected outline of an oval area on the front with these half angles."""
        middle = (self.facing + 180) % 360 - 180
        t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        around = np.deg2rad(np.clip(middle + across * np.cos(t), -90, 90))  # points behind lie on the rim
        above = np.deg2rad(elevation + up * np.sin(t))
        x = self.x + 0.985 * self.rx * np.cos(above) * np.sin(around)
        return np.stack([x, self.y - 0.985 * self.ry * np.sin(above)], 1)

    def _unit(self, bearing: float, elevation: float) -> tuple[float, float, float]:
        around, above = radians(self.facing + bearing), radians(elevation)
        return cos(above) * sin(around), -sin(above), cos(above) * cos(around)


@dataclass(frozen=True, slots=True)
class Face:
    """Positions of eyes and mouth in degrees on the head, and their sizes."""

    spread: float = 21
    """Bearing of the eyes."""
    height: float = 2
    """Elevation of the eyes."""
    eye: float = 4.2
    white: Paint | None = None
    """Colour of the eyes. None: dark dots."""
    mouth_at: float | None = -30
    """Elevation of the mouth. None: the mouth is drawn elsewhere."""
    mouth_width: float = 17
    cheek: Paint | None = None

    def draw(self, pen: Pen, head: Ball, pose: Pose) -> None:
        """Draw the face, foreshortened as the head turns and hidden when it faces away."""
        for side in (1, -1):
            if self.cheek is not None and (d := head.depth(side * 40, -20)) > 0.12:
                pen.oval(*head.point(side * 40, -20, 0.94), 6.5 * d, 4.6, self.cheek, line=None)
        for side in (1, -1):
            if head.depth(side * self.spread, self.height) >= 0.1:
                self._draw_eye(pen, head, pose, side)
        if self.mouth_at is not None and head.depth(0, self.mouth_at) > 0.02:
            self._draw_mouth(pen, head, pose, self.mouth_at)

    def _draw_eye(self, pen: Pen, head: Ball, pose: Pose, side: int) -> None:
        x, y = head.point(side * self.spread, self.height, 0.97)
        tall = self.eye
        wide = tall * (0.35 + 0.65 * head.depth(side * self.spread, self.height))
        if pose.blink:
            pen.line([(x - wide, y), (x, y + tall * 0.5), (x + wide, y)], width=LINE)
            return
        if self.white is not None:
            pen.oval(x, y, wide * 1.5, tall * 1.75, self.white, width=LINE * 0.8)
            wide, tall = 0.75 * wide, 0.75 * tall
        x, y = head.point(self.spread * side + 5 * pose.look, self.height, 0.97)
        pen.oval(x, y, wide * 0.82, tall * 1.15, INK, line=None)
        pen.oval(x - tall * 0.2, y - tall * 0.35, wide * 0.3, tall * 0.32, EYE_WHITE, line=None)

    def _draw_mouth(self, pen: Pen, head: Ball, pose: Pose, at: float) -> None:
        """Draw the mouth: a line when closed, an opening with a tongue when talking."""
        half = self.mouth_width

        def along(width: float, n: int) -> list[float]:
            return np.linspace(-width, width, n).tolist()

        if pose.talk < 0.08:
            bend = 7 * pose.smile / half**2
            pen.line([head.point(b, at + bend * b * b, 0.97) for b in along(half, 5)])
            return
        half *= 0.9 - 0.25 * pose.talk
        upper = [head.point(b, at + 2, 0.97) for b in along(half, 4)]
        lower = [
            head.point(b, at - 4 - 17 * pose.talk * (1 - 0.6 * (b / half) ** 2), 0.97)
            for b in along(-0.8 * half, 4)
        ]
        pen.shape([upper[0], *upper, upper[-1], *lower], MOUTH)
        if pose.talk > 0.35 and head.depth(0) > 0.3:
            x, y = head.point(0, at - 2 - 15 * pose.talk, 0.97)
            pen.oval(x, y - 0.5, 4.0, 2.2, TONGUE, line=None)
