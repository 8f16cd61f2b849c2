"""The set at the sea."""

from __future__ import annotations

from math import sin

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK
from cartoonize.sample.pen import Pen
from cartoonize.sample.sets import scenery as s
from cartoonize.sample.sets.scenery import HALF, Random, sky, strokes


def seaside(pen: Pen, random: Random) -> None:
    """Paint a beach with a lighthouse on the rocks."""
    sky(pen, p.SKY_SEA.shade(-14), p.SKY_SEA.shade(12), 250)
    for x, y, size in ((-560, 70, 0.9), (-250, 108, 0.8), (90, 64, 1.1), (470, 92, 0.9)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size))
    pen.wash(
        [(-HALF, 236), (HALF, 236), (HALF, 370), (-HALF, 370)],
        p.SEA.shade(-16),
        p.SEA.shade(16),
        smooth=False,
    )
    pen.line([(-HALF, 236), (HALF, 236)], s.soft_line(p.SEA), 2)
    for y, n in ((250, 10), (268, 11), (290, 12), (314, 10)):
        for x in (np.linspace(-680, 680, n) + random.uniform(-40, 40, n)).tolist():
            w = 8 + (y - 240) * 0.22
            pen.line(
                [(x - 2 * w, y), (x - w, y - 0.36 * w), (x, y), (x + w, y - 0.36 * w), (x + 2 * w, y)],
                p.SEA.shade(30),
                2.2,
            )
    _rocks(pen.at(330, 296))
    _lighthouse(pen.at(330, 258))
    shore = [(float(x), 338 + 9 * sin(x * 0.02) + 5 * sin(x * 0.047)) for x in range(-720, 721, 60)]
    s.hills(pen, [(x, y - 7) for x, y in shore], p.SAIL, p.SAIL, line=None)
    s.hills(pen, shore, p.SAND.shade(10), p.SAND.shade(-12), line=s.soft_line(p.SAND), width=1.8)
    strokes(pen, random, p.SAND.shade(-14), (-HALF, 366, HALF, 472), 70)
    s.stones(pen, random, (-HALF, 366, HALF, 470), 18, p.ROCK.shade(30))
    for x, y, paint in (
        (-420, 386, p.PETAL_RED),
        (-120, 440, p.FUR_ORANGE),
        (230, 408, p.PETAL_RED),
        (520, 430, p.FUR_ORANGE),
    ):
        s.star(pen.at(x, y, size=2.1, turn=float(random.uniform(0, 60))), paint, INK)
    for x, y in ((-560, 430), (-270, 392), (90, 452), (410, 380), (620, 400)):
        _shell(pen.at(x, y))


def _rocks(pen: Pen) -> None:
    pen.shape("-156,60 -136,8 -96,-14 -70,-44 -10,-54 52,-46 78,-16 120,-6 156,60 0,70", p.ROCK)
    for points in (
        [(-90, 6), (-70, -10), (-66, -28)],
        [(-8, 10), (6, -14), (2, -34)],
        [(70, 14), (62, -6)],
        [(104, 22), (98, 8)],
        [(-40, 24), (-30, 4)],
    ):
        pen.line(points, p.ROCK.shade(-26), 2.2)


def _lighthouse(pen: Pen) -> None:
    for k in range(5):
        y0, y1 = -34.0 * k, -34.0 * (k + 1)
        w0, w1 = 33 - 2.6 * k, 33 - 2.6 * (k + 1)
        pen.shape([(-w0, y0), (w0, y0), (w1, y1), (-w1, y1)], p.RED if k % 2 == 0 else p.FENCE, smooth=False)
    pen.box(-26, -178, 52, 9, p.IRON)
    pen.box(-15, -206, 30, 28, p.LAMPLIGHT)
    pen.line([(0, -205), (0, -179)], INK, 2)
    pen.shape("-22,-206 0,-230 22,-206", p.ROOF_BRICK, smooth=False)
    pen.shape("-9,0 -9,-20 0,-27 9,-20 9,0", p.DOOR_BLUE, smooth=False)
    pen.oval(0, -84, 7, 8, p.PANE, width=2)
    pen.oval(0, -134, 6, 7, p.PANE, width=2)


def _shell(pen: Pen) -> None:
    pen.shape("-11,0 -12,-9 -5,-16 5,-16 12,-9 11,0 0,4", p.PINK, width=1.8)
    for x in (-5, 0, 5):
        pen.line([(x * 0.4, 1), (x * 1.4, -12)], p.PINK.shade(-34), 1.6)
