"""Sets in the village: its street by day, its market in the evening."""

from __future__ import annotations

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen
from cartoonize.sample.sets import scenery as s
from cartoonize.sample.sets.scenery import FINE, HALF, Random, sky


def village(pen: Pen, random: Random) -> None:
    """Paint a village street with houses of many colours."""
    sky(pen, p.SKY.shade(-10), p.SKY.shade(14), 330)
    for x, y, size in ((-520, 56, 0.9), (-170, 44, 0.7), (260, 62, 1.0), (560, 40, 0.8)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size))
    _church(pen.at(105, 300))
    _street(pen, random, p.LEAVES)


def market(pen: Pen, random: Random) -> None:
    """Paint a market place in the evening light, with stalls and bunting."""
    sky(pen, p.DUSK_HIGH.shade(18), p.DUSK_LOW.shade(-4), 330)
    for x, y, size in ((-430, 60, 1.0), (30, 44, 0.8), (400, 66, 0.9)):
        s.cloud(pen.at(x, y, size=size), p.BLOSSOM.shade(14))
    _street(pen, random, p.LEAVES_COPPER)
    for x, cover in ((-480, p.RED), (-88, p.TEAL), (335, p.PURPLE), (600, p.GREEN)):
        _stall(pen.at(x + float(random.uniform(-10, 10)), 378), random, cover)
    for left in (-640, -300, 40, 380):
        bunting(pen.at(0, 172), left, left + 300, 44)


def _street(pen: Pen, random: Random, hedge: Paint) -> None:
    s.hills(
        pen,
        "-720,270 -420,246 -100,270 220,250 520,272 720,252",
        p.HILL_MID,
        p.HILL_MID.shade(-10),
        line=s.soft_line(p.HILL_MID),
    )
    rows = (
        (-590, p.WALL_LILAC, p.ROOF_MOSS, p.DOOR_OCHRE, 150, 1, p.ROOF_BRICK),
        (-392, p.WALL_BUTTER, p.ROOF_BRICK, p.DOOR_GREEN, 164, 2, p.DOOR_BLUE),
        (-196, p.WALL_ROSE, p.ROOF_SLATE, p.DOOR_BLUE, 150, 1, None),
        (40, p.WALL_MINT, p.ROOF_PLUM, p.DOOR_OCHRE, 158, 1, p.ROOF_MOSS),
        (236, p.WALL_PEACH, p.ROOF_SLATE, p.DOOR_GREEN, 150, 2, p.ROOF_PLUM),
        (430, p.WALL_LILAC, p.ROOF_BRICK, p.DOOR_BLUE, 156, 1, None),
        (622, p.WALL_BUTTER, p.ROOF_MOSS, p.DOOR_OCHRE, 150, 1, p.DOOR_GREEN),
    )
    for x, wall, roof, door, width, storeys, shutters in rows:
        house(pen.at(x, 336), wall, roof, door, width=width, storeys=storeys, shutters=shutters)
    for x in (-292, -88, 136, 335, 528):
        s.bush(pen.at(x, 342, size=0.56), hedge)
    pen.wash(
        [(-HALF, 340), (HALF, 340), (HALF, 366), (-HALF, 366)],
        p.STONE.shade(16),
        p.STONE.shade(6),
        smooth=False,
        line=INK,
        width=2,
    )
    for x in np.arange(-HALF + 20, HALF, 58).tolist():
        pen.line([(x, 341), (x - 5, 365)], p.STONE.shade(-24), 1.8)
    pen.wash(
        [(-HALF, 366), (HALF, 366), (HALF, 490), (-HALF, 490)],
        p.PAVING.shade(8),
        p.PAVING.shade(-12),
        smooth=False,
    )
    pen.line([(-HALF, 366), (HALF, 366)], INK, 2)
    for k, y in enumerate((384, 404, 428, 456)):
        gap = 52 + 9 * k
        for x in np.arange(-HALF + (k % 2) * gap / 2, HALF, gap).tolist():
            x += float(random.uniform(-8, 8))
            if random.random() < 0.62:
                pen.line(
                    [
                        (x - gap * 0.3, y + 4),
                        (x - gap * 0.24, y - 4),
                        (x, y - 6),
                        (x + gap * 0.24, y - 4),
                        (x + gap * 0.3, y + 4),
                    ],
                    p.PAVING.shade(-28),
                    2,
                )


def _church(pen: Pen) -> None:
    pen.wash(
        "-26,0 -26,-196 26,-196 26,0",
        p.WALL_PEACH.shade(4),
        p.WALL_PEACH.shade(-10),
        smooth=False,
        line=INK,
        width=2,
    )
    pen.shape("-34,-194 0,-286 34,-194", p.ROOF_SLATE, smooth=False, width=2)
    pen.line([(0, -286), (0, -304)], INK, 3)
    pen.line([(-7, -297), (7, -297)], INK, 3)
    pen.oval(0, -164, 14, 14, p.PAPER, width=2)
    pen.line("0,-173 0,-164 6,-160", INK, 2)


def _stall(pen: Pen, random: Random, cover: Paint) -> None:
    for x in (-62, 62):
        pen.limb([(x, 0), (x, -118)], p.CRATE, 5)
    pen.box(-70, -48, 140, 44, p.CRATE)
    for x in (-46, -23, 0, 23, 46):
        pen.line([(x, -47), (x, -5)], p.CRATE.shade(-28), 1.8)
    goods = (p.RED, p.YELLOW, p.GREEN, p.PETAL_PINK, p.FUR_ORANGE)
    for row, (y, n) in enumerate(((-53, 11), (-62, 10))):
        for k in range(n):
            paint = goods[(k // 3 + int(random.integers(2))) % 5]
            pen.oval(-60 + 12 * k + 6 * row, y, 7, 7, paint, width=1.8)
    for k in range(6):
        x = -78 + 26 * k
        paint = cover if k % 2 == 0 else p.FENCE
        pen.shape(
            [
                (x * 0.86, -150),
                (x * 0.86 + 22.4, -150),
                (x + 26, -112),
                (x + 26, -112),
                (x + 13, -100),
                (x, -112),
                (x, -112),
                (x * 0.86, -150),
            ],
            paint,
            width=2,
        )


def house(
    pen: Pen,
    wall: Paint,
    roof: Paint,
    door: Paint,
    *,
    width: float = 150,
    storeys: int = 1,
    shutters: Paint | None,
    pane: Paint = p.PANE,
) -> None:
    """Draw a gabled house standing on y = 0."""
    height, half = 84.0 * storeys + 12, width / 2
    pen.box(-half * 0.55, -height - 86, 20, 50, p.ROOF_BRICK, line_width=FINE)
    pen.box(-half * 0.55 - 3, -height - 90, 26, 8, p.STONE, line_width=FINE)
    pen.wash(
        [(-half, 2), (-half, -height), (0, -height - 76), (half, -height), (half, 2)],
        wall.shade(6),
        wall.shade(-8),
        smooth=False,
        line=INK,
        width=FINE,
    )
    eaves = 15
    pen.shape(
        [
            (-half - eaves, -height + 10),
            (0, -height - 92),
            (half + eaves, -height + 10),
            (half + eaves - 13, -height + 16),
            (0, -height - 68),
            (-half - eaves + 13, -height + 16),
        ],
        roof,
        smooth=False,
        width=FINE,
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
    pen.shape(
        [
            (-half * 0.52 - 20, 2),
            (-half * 0.52 - 20, -52),
            (-half * 0.52, -66),
            (-half * 0.52 + 20, -52),
            (-half * 0.52 + 20, 2),
        ],
        door,
        smooth=False,
        width=FINE,
    )
    pen.line([(-half * 0.52, -60), (-half * 0.52, 0)], door.shade(-26), 1.8)
    pen.oval(-half * 0.52 + 13, -27, 3, 3, p.BUCKLE, width=1.4)
    pen.box(-half * 0.52 - 26, -2, 52, 6, p.STONE, line_width=FINE)


def window(pen: Pen, pane: Paint = p.PANE, frame: Paint = p.FENCE, shutters: Paint | None = None) -> None:
    """Draw a window, 36 wide and 46 high, its sill at the origin."""
    if shutters is not None:
        for x in (-35.0, 19.0):
            pen.box(x, -46, 16, 46, shutters, line_width=FINE)
            for y in (-38, -30, -22, -14, -6):
                pen.line([(x + 4, y), (x + 12, y)], shutters.shade(-24), 1.6)
    pen.box(-19, -46, 38, 46, frame, line_width=FINE)
    for x in (-15, 1.5):
        for y in (-42, -20):
            pen.box(x, y, 13.5, 18, pane, line_width=1.4)
    pen.line([(-11, -30), (-5, -38)], p.GLINT, 1.8)
    pen.line([(6, -8), (11, -15)], p.GLINT, 1.8)
    pen.box(-23, -1, 46, 5, frame, line_width=FINE)


def _flower_box(pen: Pen) -> None:
    for k, paint in enumerate((p.PETAL_PINK, p.PETAL_YELLOW, p.PETAL_RED, p.PETAL_YELLOW)):
        pen.oval(-16.5 + 11 * k, -2, 5, 5, paint, width=1.4)
    pen.box(-23, 1, 46, 8, p.TRUNK, line_width=1.8)


def lamp_post(pen: Pen, light: Paint = p.LAMPLIGHT) -> None:
    """Draw a street lamp, 230 high."""
    pen.shape("-16,4 -16,-8 -7,-14 7,-14 16,-8 16,4", p.IRON, smooth=False)
    pen.limb([(0, -12), (0, -172)], p.IRON, 8)
    pen.limb([(-12, -166), (12, -166)], p.IRON, 4)
    pen.shape("-13,-178 -19,-212 19,-212 13,-178", light, smooth=False)
    pen.line([(0, -180), (0, -210)], INK, 1.8)
    pen.shape("-24,-210 -9,-226 9,-226 24,-210", p.IRON, smooth=False)
    pen.oval(0, -230, 5, 5, p.IRON)


def bunting(pen: Pen, left: float, right: float, sag: float) -> None:
    """Hang a string of pennants between two points at y = 0."""
    paints = (p.RED, p.YELLOW, p.TEAL, p.PURPLE, p.PINK, p.GREEN)
    n = max(int((right - left) / 34), 2)
    string = [(left + (right - left) * k / n, 4 * sag * (k / n) * (1 - k / n)) for k in range(n + 1)]
    for k in range(n):
        (x0, y0), (x1, y1) = string[k], string[k + 1]
        pen.shape(
            [(x0 + 4, y0), (x1 - 4, y1), ((x0 + x1) / 2, (y0 + y1) / 2 + 26)],
            paints[k % 6],
            smooth=False,
            width=FINE,
        )
    pen.line(string, INK, 2)
