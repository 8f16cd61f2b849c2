"""What backgrounds are made of: clouds, trees, flowers, houses, furniture. Origins are where a thing stands."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen

Random = np.random.Generator

#: Outlines of things in the background are a little finer than those of figures.
FINE = 2.0


def soft_line(paint: Paint) -> Paint:
    """Return the paint for the outline of something far away."""
    return paint.shade(-34)


def cloud(pen: Pen, paint: Paint = p.CLOUD) -> None:
    """Draw a flat-bottomed cloud."""
    puffs = [(-34, 0, 14), (-16, -10, 19), (8, -15, 22), (30, -6, 16), (44, 1, 11), (-45, 2, 9)]
    edge = paint.shade(-46)
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], paint, line=edge, width=1.6)
    pen.box(-45, -2, 90, 12.6, paint, line=None)
    pen.line([(-14, -4), (-4, -10), (6, -5)], soft_line(paint).shade(16), 1.8)
    pen.line([(18, 0), (27, -4), (34, 1)], soft_line(paint).shade(16), 1.8)


def hills(
    pen: Pen, tops: list[tuple[float, float]], top: Paint, bottom: Paint, *, line: Paint | None, width: float = FINE
) -> None:
    """Draw a range of hills through ``tops``, filled down to the bottom of the scene."""
    left, right = tops[0][0], tops[-1][0]
    pen.wash(
        [(left, 500), (left, 500), *tops[:1], *tops, *tops[-1:], (right, 500), (right, 500)],
        top, bottom, line=line, width=width,
    )


def tufts(pen: Pen, random: Random, paint: Paint, area: tuple[float, float, float, float], n: int) -> None:
    """Scatter tufts of grass over (left, top, right, bottom), larger towards the viewer."""
    left, top, right, bottom = area
    ink = paint.shade(-30)
    for x, y in zip(random.uniform(left, right, n), random.uniform(top, bottom, n), strict=True):
        size = 0.5 + 0.7 * (y - top) / max(bottom - top, 1)
        here = pen.at(float(x), float(y), size=float(size))
        for dx, lean in ((-5, -4), (0, 1), (5, 5)):
            here.line([(dx * 0.5, 0), (dx, -6), (dx + lean, -12)], ink, 2)


def flowers(
    pen: Pen, random: Random, area: tuple[float, float, float, float], n: int, petals: tuple[Paint, ...]
) -> None:
    """Scatter flowers with round petals over (left, top, right, bottom)."""
    left, top, right, bottom = area
    places = sorted(zip(random.uniform(top, bottom, n), random.uniform(left, right, n), strict=True))
    for y, x in places:
        size = float(0.6 + 0.6 * (y - top) / max(bottom - top, 1))
        flower(pen.at(float(x), float(y), size=size), petals[int(random.integers(len(petals)))])


def flower(pen: Pen, petal: Paint, heart: Paint = p.PETAL_YELLOW, stem: float = 13) -> None:
    """Draw one flower on its stem."""
    pen.line([(0, 0), (1, -stem * 0.5), (0, -stem)], p.LEAVES, 2.4)
    pen.shape([(0, -3), (7, -9), (9, -5), (3, -1)], p.LEAVES, line=None)
    ring = [(4.6 * cos(2 * pi * k / 5 - pi / 2), -stem + 4.6 * sin(2 * pi * k / 5 - pi / 2), 3.4) for k in range(5)]
    pen.cloud(ring, petal, width=1.6)
    pen.oval(0, -stem, 2.6, 2.6, heart, line=None)


def bush(pen: Pen, paint: Paint = p.LEAVES, berries: Paint | None = None, line: Paint = INK) -> None:
    """Draw a round bush, 100 wide."""
    puffs = [(-36, -14, 18), (-18, -30, 20), (8, -36, 22), (32, -20, 20), (44, -8, 12), (0, -14, 24), (-46, -6, 10)]
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], paint, line=line, width=FINE)
    for x, y in ((-26, -22), (-2, -36), (20, -22), (-8, -12), (34, -12)):
        pen.line([(x - 5, y), (x, y - 4), (x + 5, y)], paint.shade(-22), 2)
        if berries is not None:
            pen.oval(x + 8, y + 3, 3.6, 3.6, berries, width=1.4)


def tree(pen: Pen, crown: Paint = p.LEAVES, trunk: Paint = p.TRUNK, fruit: Paint | None = None) -> None:
    """Draw a broad tree, 250 high."""
    pen.shape(
        [(-30, 4), (-30, 4), (-17, -12), (-13, -60), (-20, -110), (-6, -104), (0, -130), (10, -106), (26, -118),
         (15, -70), (15, -20), (32, 4), (32, 4), (10, 0), (-8, 2)],
        trunk,
    )
    for points in ([(-4, -20), (-6, -44)], [(6, -52), (5, -74)], [(-3, -70), (-5, -86)]):
        pen.line(points, trunk.shade(-20), 2.4)
    puffs = [(-62, -140, 34), (-40, -182, 40), (4, -206, 46), (48, -178, 40), (68, -140, 32), (0, -150, 52),
             (-28, -128, 30), (34, -126, 30)]
    pen.cloud([(x, y, float(r)) for x, y, r in puffs], crown)
    for x, y, r in ((-44, -170, 13), (2, -208, 15), (44, -170, 13), (-10, -146, 14), (56, -134, 10), (-60, -132, 10)):
        pen.line([(x - r, y + 4), (x - r * 0.4, y - r * 0.5), (x + r * 0.6, y - r * 0.4), (x + r, y + 5)],
                 crown.shade(-24), 2.4)
    if fruit is not None:
        for x, y in ((-58, -150), (-26, -186), (14, -166), (40, -196), (62, -150), (-8, -130), (28, -132)):
            pen.oval(x, y, 7, 7, fruit, width=FINE)


def fir(pen: Pen, paint: Paint, trunk: Paint = p.TRUNK, line: Paint = INK, width: float = FINE) -> None:
    """Draw a fir, 150 high."""
    pen.box(-6, -18, 12, 20, trunk, line=line, line_width=width)
    for y, half in ((-14, 40), (-52, 32), (-90, 24)):
        pen.shape(
            [(-half, y), (-half, y), (-half * 0.5, y - 24), (0, y - 60), (0, y - 60), (half * 0.5, y - 24), (half, y),
             (half, y), (half * 0.5, y + 5), (0, y - 1), (-half * 0.5, y + 5)],
            paint, line=line, width=width,
        )


def toadstool(pen: Pen, cap: Paint = p.TOADSTOOL) -> None:
    """Draw a dotted toadstool, 30 high."""
    pen.shape([(-6, 0), (-5, -16), (5, -16), (6, 0), (0, 2)], p.FENCE, width=FINE)
    pen.shape([(-18, -14), (-12, -26), (0, -31), (12, -26), (18, -14), (0, -11)], cap, width=FINE)
    for x, y, r in ((-9, -20, 2.6), (1, -25, 3), (9, -18, 2.4)):
        pen.oval(x, y, r, r * 0.8, p.PAPER, line=None)


def stones(pen: Pen, random: Random, area: tuple[float, float, float, float], n: int, paint: Paint = p.STONE) -> None:
    """Scatter pebbles."""
    left, top, right, bottom = area
    for x, y in zip(random.uniform(left, right, n), random.uniform(top, bottom, n), strict=True):
        r = float(random.uniform(4, 9))
        pen.shape([(x - r, y), (x - r * 0.6, y - r * 0.8), (x + r * 0.4, y - r * 0.9), (x + r, y), (x, y + r * 0.3)],
                  paint, width=1.8)


def fence(pen: Pen, left: float, right: float, paint: Paint = p.FENCE, height: float = 62) -> None:
    """Draw a picket fence along y = 0."""
    for y in (-height * 0.72, -height * 0.3):
        pen.box(left, y - 4, right - left, 8, paint.shade(-14), line_width=FINE)
    for x in np.arange(left + 8, right - 8, 30).tolist():
        pen.shape([(x - 8, 3), (x - 8, -height + 8), (x, -height), (x + 8, -height + 8), (x + 8, 3)], paint,
                  smooth=False)


def window(pen: Pen, pane: Paint = p.PANE, frame: Paint = p.FENCE, shutters: Paint | None = None) -> None:
    """Draw a window, 36 wide and 46 high, its sill at the origin."""
    if shutters is not None:
        for x in (-35, 19):
            pen.box(x, -46, 16, 46, shutters, line_width=FINE)
            for y in (-38, -30, -22, -14, -6):
                pen.line([(x + 4, y), (x + 12, y)], shutters.shade(-24), 1.6)
    pen.box(-19, -46, 38, 46, frame, line_width=FINE)
    for x in (-15, 1.5):
        for y in (-42, -20):
            pen.box(x, y, 13.5, 18, pane, line_width=1.4)
    pen.line([(-11, -30), (-5, -38)], PAPER_GLINT, 1.8)
    pen.line([(6, -8), (11, -15)], PAPER_GLINT, 1.8)
    pen.box(-23, -1, 46, 5, frame, line_width=FINE)


PAPER_GLINT = Paint(240, 200, 6)


def house(
    pen: Pen, wall: Paint, roof: Paint, door: Paint, *, width: float = 150, storeys: int = 1, shutters: Paint | None,
    pane: Paint = p.PANE,
) -> None:
    """Draw a gabled house standing on y = 0."""
    height, half = 84.0 * storeys + 12, width / 2
    pen.box(-half * 0.55, -height - 86, 20, 50, p.ROOF_BRICK, line_width=FINE)
    pen.box(-half * 0.55 - 3, -height - 90, 26, 8, p.STONE, line_width=FINE)
    pen.wash([(-half, 2), (-half, -height), (0, -height - 76), (half, -height), (half, 2)], wall.shade(6),
             wall.shade(-8), smooth=False, line=INK, width=FINE)
    eaves = 15
    pen.shape(
        [(-half - eaves, -height + 10), (0, -height - 92), (half + eaves, -height + 10), (half + eaves - 13, -height + 16),
         (0, -height - 68), (-half - eaves + 13, -height + 16)],
        roof, smooth=False, width=FINE,
    )
    for k in range(1, 6):
        for side in (-1, 1):
            x = side * (half + eaves) * k / 6
            y = -height - 92 + 102 * k / 6
            pen.line([(x, y + 2), (x - side * 2, y + 20)], roof.shade(-26), 1.8)
    pen.oval(0, -height - 26, 13, 13, p.FENCE, width=FINE)
    pen.oval(0, -height - 26, 9, 9, pane, width=1.6)
    pen.line([(-9, -height - 26), (9, -height - 26)], INK, 1.6)
    pen.line([(0, -height - 35), (0, -height - 17)], INK, 1.6)
    for k in range(storeys):
        y = -height + 62 + 84 * k
        for x in (-half * 0.52, half * 0.52):
            if k == storeys - 1 and x < 0:
                continue
            window(pen.at(x, y), pane, shutters=shutters)
            _flower_box(pen.at(x, y + 4))
    pen.shape([(-half * 0.52 - 20, 2), (-half * 0.52 - 20, -52), (-half * 0.52, -66), (-half * 0.52 + 20, -52),
               (-half * 0.52 + 20, 2)], door, smooth=False, width=FINE)
    pen.line([(-half * 0.52, -60), (-half * 0.52, 0)], door.shade(-26), 1.8)
    pen.oval(-half * 0.52 + 13, -27, 3, 3, p.BUCKLE, width=1.4)
    pen.box(-half * 0.52 - 26, -2, 52, 6, p.STONE, line_width=FINE)


def _flower_box(pen: Pen) -> None:
    for k, paint in enumerate((p.PETAL_PINK, p.PETAL_YELLOW, p.PETAL_RED, p.PETAL_YELLOW)):
        pen.oval(-16.5 + 11 * k, -2, 5, 5, paint, width=1.4)
    pen.box(-23, 1, 46, 8, p.TRUNK, line_width=1.8)


def lamp_post(pen: Pen, light: Paint = p.LAMPLIGHT) -> None:
    """Draw a street lamp, 230 high."""
    pen.shape([(-16, 4), (-16, -8), (-7, -14), (7, -14), (16, -8), (16, 4)], p.IRON, smooth=False)
    pen.limb([(0, -12), (0, -172)], p.IRON, 8)
    pen.limb([(-12, -166), (12, -166)], p.IRON, 4)
    pen.shape([(-13, -178), (-19, -212), (19, -212), (13, -178)], light, smooth=False)
    pen.line([(0, -180), (0, -210)], INK, 1.8)
    pen.shape([(-24, -210), (-9, -226), (9, -226), (24, -210)], p.IRON, smooth=False)
    pen.oval(0, -230, 5, 5, p.IRON)


def shelf(pen: Pen, random: Random, width: float) -> None:
    """Draw a shelf with crockery on it; its board is at y = 0."""
    paints = (p.RED, p.TEAL, p.YELLOW, p.PINK, p.BLUE, p.GREEN)
    x = -width / 2 + 16
    while x < width / 2 - 14:
        paint = paints[int(random.integers(len(paints)))]
        kind = int(random.integers(3))
        if kind == 0:  # a plate on its edge
            pen.oval(x, -17, 13, 16, paint, width=FINE)
            pen.oval(x, -17, 7.5, 10, paint.shade(24), width=1.4)
        elif kind == 1:  # a mug
            pen.line(_ring(x + 11, -10, 5, 6), INK, 2.2, closed=True)
            pen.box(x - 10, -20, 20, 20, paint, line_width=FINE)
        else:  # a jar with a lid
            pen.shape([(x - 11, 0), (x - 12, -20), (x - 8, -26), (x + 8, -26), (x + 12, -20), (x + 11, 0)], paint,
                      width=FINE)
            pen.box(x - 9, -33, 18, 7, p.FENCE, line_width=FINE)
        x += 31
    pen.box(-width / 2, 0, width, 8, p.TABLE, line_width=FINE)
    for side in (-1, 1):
        pen.shape([(side * width * 0.4, 8), (side * width * 0.4 + 4, 22), (side * width * 0.4 + 9, 8)], p.TABLE,
                  smooth=False, width=FINE)


def crate(pen: Pen, size: float, paint: Paint = p.CRATE) -> None:
    """Draw a wooden crate standing on y = 0."""
    pen.box(-size / 2, -size, size, size, paint)
    for k in (1, 2):
        pen.line([(-size / 2, -size * k / 3), (size / 2, -size * k / 3)], paint.shade(-30), 2)
    pen.shape([(-size / 2 + 8, -size + 8), (-size / 2 + 18, -size + 8), (size / 2 - 8, -8), (size / 2 - 18, -8)],
              paint.shade(10), smooth=False, width=FINE)
    for x in (-size / 2, size / 2 - 9):
        pen.box(x, -size, 9, size, paint.shade(10), line_width=FINE)


def barrel(pen: Pen, paint: Paint = p.BARREL) -> None:
    """Draw an upright barrel, 92 high."""
    pen.shape([(-28, 0), (-36, -28), (-36, -64), (-28, -92), (28, -92), (36, -64), (36, -28), (28, 0), (0, 3)], paint)
    for x in (-18, 0, 18):
        pen.line([(x * 0.9, -90), (x * 1.15, -46), (x * 0.9, -1)], paint.shade(-28), 2)
    for y, half in ((-78, 32), (-16, 32)):
        pen.limb([(-half, y), (0, y + 4), (half, y)], p.IRON, 4, line=None)
    pen.oval(0, -92, 28, 7, paint.shade(12))


def bunting(pen: Pen, left: float, right: float, sag: float) -> None:
    """Hang a string of pennants between two points at y = 0."""
    paints = (p.RED, p.YELLOW, p.TEAL, p.PURPLE, p.PINK, p.GREEN)
    n = max(int((right - left) / 34), 2)
    string = [(left + (right - left) * k / n, 4 * sag * (k / n) * (1 - k / n)) for k in range(n + 1)]
    for k in range(n):
        (x0, y0), (x1, y1) = string[k], string[k + 1]
        pen.shape([(x0 + 4, y0), (x1 - 4, y1), ((x0 + x1) / 2, (y0 + y1) / 2 + 26)], paints[k % 6], smooth=False,
                  width=FINE)
    pen.line(string, INK, 2)


def star(pen: Pen, paint: Paint = p.STAR, line: Paint | None = None, width: float = 1) -> None:
    """Draw a star, 12 wide."""
    points = [
        ((6 if k % 2 == 0 else 2.4) * sin(pi * k / 5), -(6 if k % 2 == 0 else 2.4) * cos(pi * k / 5))
        for k in range(10)
    ]
    pen.shape(points, paint, line=line, width=width, smooth=False)


def _ring(x: float, y: float, rx: float, ry: float) -> list[tuple[float, float]]:
    return [(x + rx * cos(a * pi / 6), y + ry * sin(a * pi / 6)) for a in range(12)]
