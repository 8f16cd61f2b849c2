"""Parts of landscapes: sky, ground, clouds, trees, flowers. The origin of each is where it stands."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen, Points, points_of

Random = np.random.Generator
Area = tuple[float, float, float, float]

#: Half of the width of a set in scene units. x is -HALF to HALF; y is 0 at the top to 480.
HALF = 700.0
#: Width of outlines in the background, a little less than that of figures.
FINE = 2.0


def soft_line(paint: Paint) -> Paint:
    """Return the paint for the outline of a distant object."""
    return paint.shade(-34)


def sky(pen: Pen, top: Paint, bottom: Paint, horizon: float) -> None:
    """Paint the sky down to the horizon."""
    pen.wash([(-HALF, -10), (HALF, -10), (HALF, horizon), (-HALF, horizon)], top, bottom, smooth=False)


def ground(
    pen: Pen,
    paint: Paint,
    horizon: float,
    *,
    near: float = -14,
    far: float = 12,
    bumps: float = 8,
    line: Paint | None = INK,
) -> None:
    """Paint the ground from its slightly uneven horizon to the bottom of the scene."""
    xs = np.arange(-HALF - 20, HALF + 21, 90)
    tops = np.stack([xs, horizon + bumps * np.sin(xs * 0.011) * np.cos(xs * 0.004 + 1)], 1)
    hills(pen, tops, paint.shade(far), paint.shade(near), line=line)


def hills(
    pen: Pen,
    tops: Points,
    top: Paint,
    bottom: Paint,
    *,
    line: Paint | None,
    width: float = FINE,
) -> None:
    """Draw a range of hills through ``tops``, filled down to the bottom of the scene."""
    ridge = points_of(tops)
    left, right = (ridge[0, 0], 500), (ridge[-1, 0], 500)
    pen.wash(
        np.array([left, left, ridge[0], *ridge, ridge[-1], right, right]),
        top,
        bottom,
        line=line,
        width=width,
    )


def strokes(pen: Pen, random: Random, paint: Paint, area: Area, n: int) -> None:
    """Scatter short horizontal brush strokes on the ground."""
    left, top, right, bottom = area
    for x, y in zip(
        random.uniform(left, right, n).tolist(), random.uniform(top, bottom, n).tolist(), strict=True
    ):
        half = 8 + 18 * (y - top) / max(bottom - top, 1)
        pen.line([(x - half, y), (x, y - 2), (x + half, y)], paint, 2.4)


def cloud(pen: Pen, paint: Paint = p.CLOUD) -> None:
    """Draw a flat-bottomed cloud."""
    puffs = [(-34, 0, 14), (-16, -10, 19), (8, -15, 22), (30, -6, 16), (44, 1, 11), (-45, 2, 9)]
    edge = paint.shade(-46)
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], paint, line=edge, width=1.6)
    pen.box(-45, -2, 90, 12.6, paint, line=None)
    pen.line("-14,-4 -4,-10 6,-5", soft_line(paint).shade(16), 1.8)
    pen.line("18,0 27,-4 34,1", soft_line(paint).shade(16), 1.8)


def tufts(pen: Pen, random: Random, paint: Paint, area: Area, n: int) -> None:
    """Scatter tufts of grass over (left, top, right, bottom), larger towards the viewer."""
    left, top, right, bottom = area
    ink = paint.shade(-30)
    for x, y in zip(random.uniform(left, right, n), random.uniform(top, bottom, n), strict=True):
        size = 0.5 + 0.7 * (y - top) / max(bottom - top, 1)
        here = pen.at(float(x), float(y), size=float(size))
        for dx, lean in ((-5, -4), (0, 1), (5, 5)):
            here.line([(dx * 0.5, 0), (dx, -6), (dx + lean, -12)], ink, 2)


def flowers(pen: Pen, random: Random, area: Area, n: int, petals: tuple[Paint, ...]) -> None:
    """Scatter flowers with round petals over (left, top, right, bottom)."""
    left, top, right, bottom = area
    places = sorted(zip(random.uniform(top, bottom, n), random.uniform(left, right, n), strict=True))
    for y, x in places:
        size = float(0.6 + 0.6 * (y - top) / max(bottom - top, 1))
        flower(pen.at(float(x), float(y), size=size), petals[int(random.integers(len(petals)))])


def flower(pen: Pen, petal: Paint, heart: Paint = p.PETAL_YELLOW, stem: float = 13) -> None:
    """Draw one flower on its stem."""
    pen.line([(0, 0), (1, -stem * 0.5), (0, -stem)], p.LEAVES, 2.4)
    pen.shape("0,-3 7,-9 9,-5 3,-1", p.LEAVES, line=None)
    ring = [
        (4.6 * cos(2 * pi * k / 5 - pi / 2), -stem + 4.6 * sin(2 * pi * k / 5 - pi / 2), 3.4)
        for k in range(5)
    ]
    pen.cloud(ring, petal, width=1.6)
    pen.oval(0, -stem, 2.6, 2.6, heart, line=None)


def bush(pen: Pen, paint: Paint = p.LEAVES, berries: Paint | None = None, line: Paint = INK) -> None:
    """Draw a round bush, 100 wide."""
    puffs = [
        (-36, -14, 18),
        (-18, -30, 20),
        (8, -36, 22),
        (32, -20, 20),
        (44, -8, 12),
        (0, -14, 24),
        (-46, -6, 10),
    ]
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], paint, line=line, width=FINE)
    for x, y in ((-26, -22), (-2, -36), (20, -22), (-8, -12), (34, -12)):
        pen.line([(x - 5, y), (x, y - 4), (x + 5, y)], paint.shade(-22), 2)
        if berries is not None:
            pen.oval(x + 8, y + 3, 3.6, 3.6, berries, width=1.4)


def tree(pen: Pen, crown: Paint = p.LEAVES, trunk: Paint = p.TRUNK, fruit: Paint | None = None) -> None:
    """Draw a broad tree, 250 high."""
    pen.shape(
        "-30,4 -30,4 -17,-12 -13,-60 -20,-110 -6,-104 0,-130 10,-106 26,-118 15,-70 15,-20 "
        "32,4 32,4 10,0 -8,2",
        trunk,
    )
    for points in ([(-4, -20), (-6, -44)], [(6, -52), (5, -74)], [(-3, -70), (-5, -86)]):
        pen.line(points, trunk.shade(-20), 2.4)
    puffs = [
        (-62, -140, 34),
        (-40, -182, 40),
        (4, -206, 46),
        (48, -178, 40),
        (68, -140, 32),
        (0, -150, 52),
        (-28, -128, 30),
        (34, -126, 30),
    ]
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], crown)
    for x, y, r in (
        (-44, -170, 13),
        (2, -208, 15),
        (44, -170, 13),
        (-10, -146, 14),
        (56, -134, 10),
        (-60, -132, 10),
    ):
        pen.line(
            [(x - r, y + 4), (x - r * 0.4, y - r * 0.5), (x + r * 0.6, y - r * 0.4), (x + r, y + 5)],
            crown.shade(-24),
            2.4,
        )
    if fruit is not None:
        for x, y in ((-58, -150), (-26, -186), (14, -166), (40, -196), (62, -150), (-8, -130), (28, -132)):
            pen.oval(x, y, 7, 7, fruit, width=FINE)


def fir(pen: Pen, paint: Paint, trunk: Paint = p.TRUNK, line: Paint = INK, width: float = FINE) -> None:
    """Draw a fir, 150 high."""
    pen.box(-6, -18, 12, 20, trunk, line=line, line_width=width)
    for y, half in ((-14, 40), (-52, 32), (-90, 24)):
        pen.shape(
            [
                (-half, y),
                (-half, y),
                (-half * 0.5, y - 24),
                (0, y - 60),
                (0, y - 60),
                (half * 0.5, y - 24),
                (half, y),
                (half, y),
                (half * 0.5, y + 5),
                (0, y - 1),
                (-half * 0.5, y + 5),
            ],
            paint,
            line=line,
            width=width,
        )


def trunk(pen: Pen, paint: Paint = p.TRUNK) -> None:
    """Draw a trunk, 40 wide, that extends beyond the top of the picture."""
    pen.shape(
        "-44,6 -44,6 -24,-12 -19,-90 -22,-200 -18,-420 18,-420 21,-210 18,-90 25,-14 48,6 48,6 18,0 -14,2",
        paint,
    )
    for points in (
        [(-8, -30), (-10, -70), (-8, -100)],
        [(8, -60), (10, -120)],
        [(-6, -150), (-8, -220)],
        [(9, -200), (8, -270)],
        [(0, -16), (2, -34)],
    ):
        pen.line(points, paint.shade(-20), 2.4)
    pen.oval(4, -160, 6.5, 10, paint.shade(-20), width=1.8)


def fern(pen: Pen) -> None:
    """Draw a fern, 46 high."""
    for angle in (-62, -34, -6, 24, 54):
        leaf = pen.at(turn=angle)
        leaf.shape("0,0 -6,-18 0,-46 0,-46 6,-18", p.LEAVES, width=1.8)
        leaf.line([(0, -4), (0, -34)], p.LEAVES.shade(-22), 1.6)


def toadstool(pen: Pen, cap: Paint = p.TOADSTOOL) -> None:
    """Draw a dotted toadstool, 30 high."""
    pen.shape("-6,0 -5,-16 5,-16 6,0 0,2", p.FENCE, width=FINE)
    pen.shape("-18,-14 -12,-26 0,-31 12,-26 18,-14 0,-11", cap, width=FINE)
    for x, y, r in ((-9, -20, 2.6), (1, -25, 3), (9, -18, 2.4)):
        pen.oval(x, y, r, r * 0.8, p.PAPER, line=None)


def stones(pen: Pen, random: Random, area: Area, n: int, paint: Paint = p.STONE) -> None:
    """Scatter pebbles."""
    left, top, right, bottom = area
    for x, y in zip(random.uniform(left, right, n), random.uniform(top, bottom, n), strict=True):
        r = float(random.uniform(4, 9))
        pen.shape(
            [
                (x - r, y),
                (x - r * 0.6, y - r * 0.8),
                (x + r * 0.4, y - r * 0.9),
                (x + r, y),
                (x, y + r * 0.3),
            ],
            paint,
            width=1.8,
        )


def fence(pen: Pen, left: float, right: float, paint: Paint = p.FENCE, height: float = 62) -> None:
    """Draw a picket fence along y = 0."""
    for y in (-height * 0.72, -height * 0.3):
        pen.box(left, y - 4, right - left, 8, paint.shade(-14), line_width=FINE)
    for x in np.arange(left + 8, right - 8, 30).tolist():
        pen.shape(
            [(x - 8, 3), (x - 8, -height + 8), (x, -height), (x + 8, -height + 8), (x + 8, 3)],
            paint,
            smooth=False,
        )


def star(pen: Pen, paint: Paint = p.STAR, line: Paint | None = None, width: float = 1) -> None:
    """Draw a star, 12 wide."""
    points = [
        ((6 if k % 2 == 0 else 2.4) * sin(pi * k / 5), -(6 if k % 2 == 0 else 2.4) * cos(pi * k / 5))
        for k in range(10)
    ]
    pen.shape(points, paint, line=line, width=width, smooth=False)
