"""Objects that stand in rooms. The origin of each is where it stands."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen, ring
from cartoonize.sample.sets.scenery import FINE, Random


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
            pen.line(ring(x + 11, -10, 5, 6), INK, 2.2, closed=True)
            pen.box(x - 10, -20, 20, 20, paint, line_width=FINE)
        else:  # a jar with a lid
            pen.shape(
                [(x - 11, 0), (x - 12, -20), (x - 8, -26), (x + 8, -26), (x + 12, -20), (x + 11, 0)],
                paint,
                width=FINE,
            )
            pen.box(x - 9, -33, 18, 7, p.FENCE, line_width=FINE)
        x += 31
    pen.box(-width / 2, 0, width, 8, p.TABLE, line_width=FINE)
    for side in (-1, 1):
        pen.shape(
            [(side * width * 0.4, 8), (side * width * 0.4 + 4, 22), (side * width * 0.4 + 9, 8)],
            p.TABLE,
            smooth=False,
            width=FINE,
        )


def crate(pen: Pen, size: float, paint: Paint = p.CRATE) -> None:
    """Draw a wooden crate standing on y = 0."""
    pen.box(-size / 2, -size, size, size, paint)
    for k in (1, 2):
        pen.line([(-size / 2, -size * k / 3), (size / 2, -size * k / 3)], paint.shade(-30), 2)
    pen.shape(
        [(-size / 2 + 8, -size + 8), (-size / 2 + 18, -size + 8), (size / 2 - 8, -8), (size / 2 - 18, -8)],
        paint.shade(10),
        smooth=False,
        width=FINE,
    )
    for x in (-size / 2, size / 2 - 9):
        pen.box(x, -size, 9, size, paint.shade(10), line_width=FINE)


def barrel(pen: Pen, paint: Paint = p.BARREL) -> None:
    """Draw an upright barrel, 92 high."""
    pen.shape("-28,0 -36,-28 -36,-64 -28,-92 28,-92 36,-64 36,-28 28,0 0,3", paint)
    for x in (-18, 0, 18):
        pen.line([(x * 0.9, -90), (x * 1.15, -46), (x * 0.9, -1)], paint.shade(-28), 2)
    for y, half in ((-78, 32), (-16, 32)):
        pen.limb([(-half, y), (0, y + 4), (half, y)], p.IRON, 4, line=None)
    pen.oval(0, -92, 28, 7, paint.shade(12))


def sack(pen: Pen, paint: Paint = p.SACK) -> None:
    """Draw a full sack, 76 high."""
    pen.shape("-30,0 -34,-24 -22,-52 -12,-58 -20,-74 0,-68 18,-76 12,-58 24,-50 34,-24 30,0 0,3", paint)
    pen.limb("-13,-58 0,-55 13,-58", p.ROOF_BRICK, 3.4)
    pen.line([(-16, -18), (-10, -36)], paint.shade(-28), 2)
    pen.line([(14, -14), (12, -30)], paint.shade(-28), 2)
