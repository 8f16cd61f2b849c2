"""The outdoor sets. Each paints a scene that is 1400 units wide (x from -700) and 480 high (y from the top)."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample import scenery as s
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen

#: Half the width of a set.
HALF = 700.0


def sky(pen: Pen, top: Paint, bottom: Paint, horizon: float) -> None:
    """Wash the sky down to the horizon."""
    pen.wash([(-HALF, -10), (HALF, -10), (HALF, horizon), (-HALF, horizon)], top, bottom, smooth=False)


def ground(pen: Pen, paint: Paint, horizon: float, *, near: float = -14, far: float = 12, bumps: float = 8,
           line: Paint | None = INK) -> None:
    """Wash the ground from its horizon, a little uneven, down to the viewer's feet."""
    xs = np.arange(-HALF - 20, HALF + 21, 90)
    tops = [(float(x), horizon + bumps * sin(x * 0.011) * cos(x * 0.004 + 1)) for x in xs]
    s.hills(pen, tops, paint.shade(far), paint.shade(near), line=line)


def strokes(pen: Pen, random: s.Random, paint: Paint, area: tuple[float, float, float, float], n: int) -> None:
    """Scatter short level brush strokes, as a painted ground has them."""
    left, top, right, bottom = area
    for x, y in zip(random.uniform(left, right, n).tolist(), random.uniform(top, bottom, n).tolist(), strict=True):
        half = 8 + 18 * (y - top) / max(bottom - top, 1)
        pen.line([(x - half, y), (x, y - 2), (x + half, y)], paint, 2.4)


def meadow(pen: Pen, random: s.Random) -> None:
    """Paint a flowering meadow before round hills."""
    sky(pen, p.SKY.shade(-12), p.SKY.shade(12), 320)
    pen.oval(-215, 78, 34, 34, p.SUN, line=s.soft_line(p.SUN), width=1.8)
    for x, y, size in ((-480, 90, 0.9), (-90, 62, 0.8), (150, 104, 1.15), (430, 66, 0.9), (620, 120, 1.0)):
        s.cloud(pen.at(x + float(random.uniform(-25, 25)), y, size=size))
    s.hills(pen, [(-720, 250), (-520, 205), (-300, 250), (-90, 214), (160, 262), (390, 206), (720, 258)],
            p.HILL_FAR.shade(4), p.HILL_FAR.shade(-10), line=s.soft_line(p.HILL_FAR))
    s.hills(pen, [(-720, 268), (-560, 282), (-330, 240), (-80, 284), (120, 262), (330, 276), (540, 236), (720, 264)],
            p.HILL_MID.shade(4), p.HILL_MID.shade(-14), line=s.soft_line(p.HILL_MID))
    for x, y, size in ((-352, 250, 0.32), (-310, 252, 0.4), (-120, 284, 0.3), (520, 246, 0.4), (566, 248, 0.32),
                       (250, 272, 0.34)):
        s.fir(pen.at(x, y, size=size), p.FIR_MID, line=s.soft_line(p.FIR_MID), width=1.8)
    s.house(pen.at(-220, 274, size=0.36), p.WALL_BUTTER, p.ROOF_BRICK, p.DOOR_BLUE, shutters=None)
    ground(pen, p.GRASS, 306)
    strokes(pen, random, p.GRASS.shade(-12), (-HALF, 330, HALF, 470), 90)
    pen.shape([(30, 303), (60, 303), (48, 322), (96, 350), (150, 392), (210, 490), (210, 490), (40, 490), (40, 490),
               (60, 400), (40, 356), (20, 328)], p.PATH, line=p.PATH.shade(-46), width=1.8)
    strokes(pen, random, p.PATH.shade(-16), (70, 372, 130, 470), 8)
    s.tufts(pen, random, p.GRASS, (-HALF, 322, 0, 470), 46)
    s.tufts(pen, random, p.GRASS, (220, 322, HALF, 470), 34)
    petals = (p.PETAL_RED, p.PETAL_PINK, p.PETAL_BLUE, p.PETAL_LILAC)
    s.flowers(pen, random, (-HALF, 330, -20, 470), 34, petals)
    s.flowers(pen, random, (230, 330, HALF, 470), 26, petals)
    s.bush(pen.at(330, 326, size=0.8), berries=p.PETAL_RED)
    s.bush(pen.at(-470, 330, size=0.9), p.BLOSSOM)


def orchard(pen: Pen, random: s.Random) -> None:
    """Paint an apple orchard in the morning: rose sky, yellow stubble."""
    sky(pen, p.WALL_ROSE.shade(-8), p.WALL_PEACH.shade(16), 300)
    for x, y, size in ((-400, 80, 1.0), (40, 60, 0.8), (330, 96, 1.1)):
        s.cloud(pen.at(x, y, size=size), p.SAIL)
    s.hills(pen, [(-720, 240), (-420, 268), (-160, 226), (130, 270), (420, 220), (720, 262)],
            p.HILL_MID.shade(6), p.HILL_MID.shade(-12), line=s.soft_line(p.HILL_MID))
    ground(pen, p.MOSS, 292)
    strokes(pen, random, p.MOSS.shade(-14), (-HALF, 310, HALF, 470), 110)
    for x, y, size, crown in ((-560, 318, 0.62, p.LEAVES), (-380, 312, 0.55, p.LEAVES_COPPER),
                              (-190, 320, 0.64, p.LEAVES), (60, 312, 0.56, p.LEAVES),
                              (250, 318, 0.62, p.LEAVES_COPPER), (450, 312, 0.56, p.LEAVES),
                              (630, 322, 0.66, p.LEAVES)):
        s.tree(pen.at(x, y, size=size), crown, fruit=p.YELLOW if crown is p.LEAVES_COPPER else p.RED)
    s.tufts(pen, random, p.MOSS, (-HALF, 336, HALF, 470), 60)
    for x, y in zip(random.uniform(-HALF, HALF, 26).tolist(), random.uniform(345, 465, 26).tolist(), strict=True):
        pen.oval(x, y, 5.5, 5, p.RED if x > 0 else p.YELLOW, width=1.8)


def wood(pen: Pen, random: s.Random) -> None:
    """Paint a wood: pale mist between the trunks, needles on the ground."""
    sky(pen, p.MIST.shade(-16), p.MIST.shade(16), 340)
    for x in np.arange(-690, 700, 74).tolist():
        s.fir(pen.at(x + float(random.uniform(-18, 18)), 296, size=float(random.uniform(1.0, 1.5))), p.FIR_FAR,
              p.FIR_FAR.shade(-10), line=s.soft_line(p.FIR_FAR).shade(14), width=1.6)
    for x in np.arange(-660, 700, 128).tolist():
        s.fir(pen.at(x + float(random.uniform(-26, 26)), 318, size=float(random.uniform(1.4, 1.9))), p.FIR_MID,
              p.TRUNK, line=s.soft_line(p.FIR_MID), width=2)
    ground(pen, p.WOOD_FLOOR, 318, near=-18)
    for x, y, rx in ((-470, 372, 120), (-60, 392, 150), (360, 368, 130), (600, 420, 110), (-250, 446, 110)):
        pen.oval(x, y, rx, rx * 0.16, p.MOSS, line=p.MOSS.shade(-30), width=1.6)
    strokes(pen, random, p.WOOD_FLOOR.shade(-18), (-HALF, 340, HALF, 470), 90)
    for x, size in ((-600, 1.0), (-395, 1.15), (-150, 0.95), (205, 1.1), (450, 1.0), (640, 1.2)):
        trunk(pen.at(x + float(random.uniform(-12, 12)), 350, size=size))
    for x, y in ((-300, 372), (-52, 360), (110, 388), (330, 396), (560, 372), (-520, 400), (-180, 440)):
        s.toadstool(pen.at(x, y, size=float(random.uniform(0.7, 1.1))))
    for x, y in ((-440, 404), (40, 420), (280, 366), (500, 440), (-90, 452)):
        _fern(pen.at(x, y))
    canopy = [(float(x), float(random.uniform(-14, 8)), float(random.uniform(30, 50))) for x in range(-710, 720, 38)]
    pen.cloud(canopy, p.LEAVES, width=2)
    for x, y, r in canopy[::2]:
        pen.line([(x - r * 0.4, y + r * 0.5), (x, y + r * 0.7), (x + r * 0.4, y + r * 0.5)], p.LEAVES.shade(-22), 2.2)


def trunk(pen: Pen, paint: Paint = p.TRUNK) -> None:
    """Draw a trunk that leaves the picture at the top, 40 wide."""
    pen.shape([(-44, 6), (-44, 6), (-24, -12), (-19, -90), (-22, -200), (-18, -420), (18, -420), (21, -210), (18, -90),
               (25, -14), (48, 6), (48, 6), (18, 0), (-14, 2)], paint)
    for points in ([(-8, -30), (-10, -70), (-8, -100)], [(8, -60), (10, -120)], [(-6, -150), (-8, -220)],
                   [(9, -200), (8, -270)], [(0, -16), (2, -34)]):
        pen.line(points, paint.shade(-20), 2.4)
    pen.oval(4, -160, 6.5, 10, paint.shade(-20), width=1.8)


def _fern(pen: Pen) -> None:
    for angle in (-62, -34, -6, 24, 54):
        leaf = pen.at(turn=angle)
        leaf.shape([(0, 0), (-6, -18), (0, -46), (0, -46), (6, -18)], p.LEAVES, width=1.8)
        leaf.line([(0, -4), (0, -34)], p.LEAVES.shade(-22), 1.6)


def village(pen: Pen, random: s.Random) -> None:
    """Paint a village street with houses of many colours."""
    sky(pen, p.SKY.shade(-10), p.SKY.shade(14), 330)
    for x, y, size in ((-520, 56, 0.9), (-170, 44, 0.7), (260, 62, 1.0), (560, 40, 0.8)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size))
    _church(pen.at(105, 300))
    _street(pen, random, p.LEAVES)


def _street(pen: Pen, random: s.Random, hedge: Paint) -> None:
    s.hills(pen, [(-720, 270), (-420, 246), (-100, 270), (220, 250), (520, 272), (720, 252)], p.HILL_MID,
            p.HILL_MID.shade(-10), line=s.soft_line(p.HILL_MID))
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
        s.house(pen.at(x, 336), wall, roof, door, width=width, storeys=storeys, shutters=shutters)
    for x in (-292, -88, 136, 335, 528):
        s.bush(pen.at(x, 342, size=0.56), hedge)
    pen.wash([(-HALF, 340), (HALF, 340), (HALF, 366), (-HALF, 366)], p.STONE.shade(16), p.STONE.shade(6),
             smooth=False, line=INK, width=2)
    for x in np.arange(-HALF + 20, HALF, 58).tolist():
        pen.line([(x, 341), (x - 5, 365)], p.STONE.shade(-24), 1.8)
    pen.wash([(-HALF, 366), (HALF, 366), (HALF, 490), (-HALF, 490)], p.PAVING.shade(8), p.PAVING.shade(-12),
             smooth=False)
    pen.line([(-HALF, 366), (HALF, 366)], INK, 2)
    for k, y in enumerate((384, 404, 428, 456)):
        gap = 52 + 9 * k
        for x in np.arange(-HALF + (k % 2) * gap / 2, HALF, gap).tolist():
            x += float(random.uniform(-8, 8))
            if random.random() < 0.62:
                pen.line([(x - gap * 0.3, y + 4), (x - gap * 0.24, y - 4), (x, y - 6), (x + gap * 0.24, y - 4),
                          (x + gap * 0.3, y + 4)], p.PAVING.shade(-28), 2)


def _church(pen: Pen) -> None:
    pen.wash([(-26, 0), (-26, -196), (26, -196), (26, 0)], p.WALL_PEACH.shade(4), p.WALL_PEACH.shade(-10),
             smooth=False, line=INK, width=2)
    pen.shape([(-34, -194), (0, -286), (34, -194)], p.ROOF_SLATE, smooth=False, width=2)
    pen.line([(0, -286), (0, -304)], INK, 3)
    pen.line([(-7, -297), (7, -297)], INK, 3)
    pen.oval(0, -164, 14, 14, p.PAPER, width=2)
    pen.line([(0, -173), (0, -164), (6, -160)], INK, 2)


def market(pen: Pen, random: s.Random) -> None:
    """Paint a market place in the evening light, with stalls and bunting."""
    sky(pen, p.DUSK_HIGH.shade(18), p.DUSK_LOW.shade(-4), 330)
    for x, y, size in ((-430, 60, 1.0), (30, 44, 0.8), (400, 66, 0.9)):
        s.cloud(pen.at(x, y, size=size), p.BLOSSOM.shade(14))
    _street(pen, random, p.LEAVES_COPPER)
    for x, cover in ((-480, p.RED), (-88, p.TEAL), (335, p.PURPLE), (600, p.GREEN)):
        _stall(pen.at(x + float(random.uniform(-10, 10)), 378), random, cover)
    for left in (-640, -300, 40, 380):
        s.bunting(pen.at(0, 172), left, left + 300, 44)


def _stall(pen: Pen, random: s.Random, cover: Paint) -> None:
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
        pen.shape([(x * 0.86, -150), (x * 0.86 + 22.4, -150), (x + 26, -112), (x + 26, -112), (x + 13, -100),
                   (x, -112), (x, -112), (x * 0.86, -150)], paint, width=2)


def seaside(pen: Pen, random: s.Random) -> None:
    """Paint a beach with a lighthouse on the rocks."""
    sky(pen, p.SKY_SEA.shade(-14), p.SKY_SEA.shade(12), 250)
    for x, y, size in ((-560, 70, 0.9), (-250, 108, 0.8), (90, 64, 1.1), (470, 92, 0.9)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size))
    pen.wash([(-HALF, 236), (HALF, 236), (HALF, 370), (-HALF, 370)], p.SEA.shade(-16), p.SEA.shade(16), smooth=False)
    pen.line([(-HALF, 236), (HALF, 236)], s.soft_line(p.SEA), 2)
    for y, n in ((250, 10), (268, 11), (290, 12), (314, 10)):
        for x in (np.linspace(-680, 680, n) + random.uniform(-40, 40, n)).tolist():
            w = 8 + (y - 240) * 0.22
            pen.line([(x - 2 * w, y), (x - w, y - 0.36 * w), (x, y), (x + w, y - 0.36 * w), (x + 2 * w, y)],
                     p.SEA.shade(30), 2.2)
    _rocks(pen.at(330, 296))
    _lighthouse(pen.at(330, 258))
    shore = [(float(x), 338 + 9 * sin(x * 0.02) + 5 * sin(x * 0.047)) for x in range(-720, 721, 60)]
    s.hills(pen, [(x, y - 7) for x, y in shore], p.SAIL, p.SAIL, line=None)
    s.hills(pen, shore, p.SAND.shade(10), p.SAND.shade(-12), line=s.soft_line(p.SAND), width=1.8)
    strokes(pen, random, p.SAND.shade(-14), (-HALF, 366, HALF, 472), 70)
    s.stones(pen, random, (-HALF, 366, HALF, 470), 18, p.ROCK.shade(30))
    for x, y, paint in ((-420, 386, p.PETAL_RED), (-120, 440, p.FUR_ORANGE), (230, 408, p.PETAL_RED),
                        (520, 430, p.FUR_ORANGE)):
        s.star(pen.at(x, y, size=2.1, turn=float(random.uniform(0, 60))), paint, INK)
    for x, y in ((-560, 430), (-270, 392), (90, 452), (410, 380), (620, 400)):
        _shell(pen.at(x, y))


def _rocks(pen: Pen) -> None:
    pen.shape([(-156, 60), (-136, 8), (-96, -14), (-70, -44), (-10, -54), (52, -46), (78, -16), (120, -6), (156, 60), (0, 70)],
              p.ROCK)
    for points in ([(-90, 6), (-70, -10), (-66, -28)], [(-8, 10), (6, -14), (2, -34)], [(70, 14), (62, -6)],
                   [(104, 22), (98, 8)], [(-40, 24), (-30, 4)]):
        pen.line(points, p.ROCK.shade(-26), 2.2)


def _lighthouse(pen: Pen) -> None:
    for k in range(5):
        y0, y1 = -34.0 * k, -34.0 * (k + 1)
        w0, w1 = 33 - 2.6 * k, 33 - 2.6 * (k + 1)
        pen.shape([(-w0, y0), (w0, y0), (w1, y1), (-w1, y1)], p.RED if k % 2 == 0 else p.FENCE, smooth=False)
    pen.box(-26, -178, 52, 9, p.IRON)
    pen.box(-15, -206, 30, 28, p.LAMPLIGHT)
    pen.line([(0, -205), (0, -179)], INK, 2)
    pen.shape([(-22, -206), (0, -230), (22, -206)], p.ROOF_BRICK, smooth=False)
    pen.shape([(-9, 0), (-9, -20), (0, -27), (9, -20), (9, 0)], p.DOOR_BLUE, smooth=False)
    pen.oval(0, -84, 7, 8, p.PANE, width=2)
    pen.oval(0, -134, 6, 7, p.PANE, width=2)


def _shell(pen: Pen) -> None:
    pen.shape([(-11, 0), (-12, -9), (-5, -16), (5, -16), (12, -9), (11, 0), (0, 4)], p.PINK, width=1.8)
    for x in (-5, 0, 5):
        pen.line([(x * 0.4, 1), (x * 1.4, -12)], p.PINK.shade(-34), 1.6)


def dusk(pen: Pen, random: s.Random) -> None:
    """Paint hills at sunset."""
    sky(pen, p.DUSK_HIGH, p.DUSK_LOW, 330)
    pen.oval(-60, 246, 64, 64, p.SUN.shade(12), line=s.soft_line(p.SUN).shade(14), width=1.8)
    for x, y, size in ((-470, 90, 1.1), (-190, 60, 0.8), (180, 112, 1.2), (500, 70, 0.9)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size), p.BLOSSOM.shade(8))
    s.hills(pen, [(-720, 246), (-480, 276), (-260, 236), (-40, 292), (200, 252), (430, 282), (720, 230)],
            p.DUSK_HILL_FAR.shade(6), p.DUSK_HILL_FAR.shade(-10), line=s.soft_line(p.DUSK_HILL_FAR))
    s.hills(pen, [(-720, 308), (-500, 284), (-250, 318), (20, 300), (260, 274), (500, 312), (720, 290)],
            p.DUSK_HILL, p.DUSK_HILL.shade(-10), line=s.soft_line(p.DUSK_HILL))
    for x, size in ((-520, 0.6), (-470, 0.75), (220, 0.7), (270, 0.9), (318, 0.6), (640, 0.8)):
        s.fir(pen.at(x, 318, size=size), p.NIGHT_HILL, p.TRUNK_DARK)
    ground(pen, p.DUSK_GRASS, 322)
    strokes(pen, random, p.DUSK_GRASS.shade(-14), (-HALF, 344, HALF, 470), 100)
    s.tufts(pen, random, p.DUSK_GRASS, (-HALF, 340, HALF, 470), 64)
    s.flowers(pen, random, (-HALF, 346, HALF, 470), 24, (p.PETAL_YELLOW, p.PETAL_LILAC))
    s.tree(pen.at(-330, 352, size=0.8), p.LEAVES_COPPER)


def night(pen: Pen, random: s.Random) -> None:
    """Paint a starry night over a sleeping village."""
    sky(pen, p.NIGHT_HIGH, p.NIGHT_LOW, 330)
    for x, y in zip(random.uniform(-HALF, HALF, 80).tolist(), random.uniform(8, 215, 80).tolist(), strict=True):
        s.star(pen.at(x, y, size=float(random.uniform(0.5, 1.3)), turn=float(random.uniform(0, 72))))
    pen.oval(190, 88, 40, 40, p.MOON, line=s.soft_line(p.MOON), width=1.8)
    for x, y, r in ((176, 76, 8), (204, 98, 6), (200, 70, 4)):
        pen.oval(x, y, r, r, p.MOON.shade(-16), line=None)
    s.hills(pen, [(-720, 270), (-460, 236), (-200, 282), (80, 246), (360, 286), (720, 236)],
            p.NIGHT_HILL.shade(16), p.NIGHT_HILL, line=s.soft_line(p.NIGHT_HILL))
    for x, wall, roof in ((-420, p.DOOR_BLUE, p.ROOF_PLUM), (-330, p.PURPLE, p.ROOF_BRICK),
                          (50, p.DOOR_GREEN, p.ROOF_PLUM), (430, p.PURPLE, p.ROOF_SLATE),
                          (524, p.ROOF_MOSS, p.ROOF_BRICK)):
        s.house(pen.at(x, 312, size=0.52), wall, roof, p.BOOTS, shutters=None, pane=p.LAMPLIGHT)
    ground(pen, p.NIGHT_GRASS, 314)
    strokes(pen, random, p.NIGHT_GRASS.shade(-12), (-HALF, 340, HALF, 470), 90)
    s.tufts(pen, random, p.NIGHT_GRASS.shade(8), (-HALF, 334, HALF, 470), 64)
    for x, y in ((-560, 330), (-180, 336), (270, 330), (620, 334)):
        s.bush(pen.at(x, y, size=0.8), p.NIGHT_HILL)


def windmill_hill(pen: Pen, random: s.Random) -> None:
    """Paint a windmill (without its sails) over a lavender field; only the first episode goes there."""
    sky(pen, p.WALL_PEACH.shade(-14), p.SAIL.shade(4), 320)
    for x, y, size in ((-520, 110, 1.2), (-260, 66, 0.8), (60, 84, 1.0), (520, 64, 0.8)):
        s.cloud(pen.at(x + float(random.uniform(-20, 20)), y, size=size), p.PAPER)
    s.hills(pen, [(-720, 262), (-500, 236), (-220, 280), (60, 250), (300, 276), (720, 230)], p.HILL_MID.shade(4),
            p.HILL_MID.shade(-14), line=s.soft_line(p.HILL_MID))
    for x, size in ((-600, 0.5), (-560, 0.65), (-130, 0.5), (-90, 0.4), (20, 0.6)):
        s.fir(pen.at(x, 272, size=size), p.FIR_MID, line=s.soft_line(p.FIR_MID), width=1.8)
    ground(pen, p.PETAL_LILAC.shade(-26), 300, bumps=5)
    for k in range(-16, 17):  # rows of lavender run towards the viewer
        x0, x1 = k * 34.0, k * 112.0
        if abs(x0) < HALF:
            pen.line([(x0, 303), ((x0 + x1) / 2, 352), (x1 * 1.1, 490)], p.PURPLE, 2.4 + 0.02 * abs(k))
    for y, n, r in ((312, 46, 4), (326, 40, 5), (346, 34, 6.5)):
        for x in (np.linspace(-690, 690, n) + random.uniform(-6, 6, n)).tolist():
            pen.oval(x, y, r, r * 0.7, p.PETAL_LILAC.shade(6), line=None)
    s.hills(pen, [(-720, 402), (-400, 374), (-60, 366), (160, 342), (330, 314), (470, 318), (720, 372)],
            p.GRASS.shade(10), p.GRASS.shade(-14), line=INK)
    pen.shape([(392, 318), (420, 318), (352, 352), (300, 396), (250, 490), (250, 490), (90, 490), (90, 490),
               (180, 420), (300, 356)], p.PATH, line=p.PATH.shade(-46), width=1.8)
    s.tufts(pen, random, p.GRASS, (-HALF, 402, 60, 470), 34)
    s.tufts(pen, random, p.GRASS, (420, 380, HALF, 470), 20)
    s.flowers(pen, random, (-HALF, 410, 60, 470), 22, (p.PETAL_RED, p.PETAL_YELLOW, p.PETAL_BLUE))
    _windmill(pen.at(*WINDMILL))
    for x, y, size in ((-480, 402, 0.9), (120, 372, 0.7)):
        hay(pen.at(x, y, size=size))


#: Foot of the windmill in its set, and the hub of its sails from there.
WINDMILL = (408.0, 330.0)
HUB = (-6.0, -170.0)


def _windmill(pen: Pen) -> None:
    pen.wash([(-56, 2), (-34, -152), (34, -152), (56, 2)], p.WALL_ROSE.shade(8), p.WALL_ROSE.shade(-12),
             smooth=False, line=INK)
    for x, y in ((-36, -30), (22, -48), (-18, -78), (14, -108), (-24, -122), (34, -14), (2, -30)):
        pen.line([(x - 6, y), (x - 6, y - 6), (x + 6, y - 6), (x + 6, y)], p.WALL_ROSE.shade(-36), 1.8, smooth=False)
    pen.shape([(-44, -150), (-30, -180), (0, -194), (30, -180), (44, -150), (44, -150), (-44, -150)], p.ROOF_SLATE)
    pen.shape([(-16, 2), (-16, -32), (0, -44), (16, -32), (16, 2)], p.DOOR_GREEN, smooth=False)
    s.window(pen.at(4, -84, size=0.7))


def sails(pen: Pen, angle: float) -> None:
    """Draw the sails of the windmill, turned by ``angle`` degrees around the origin."""
    for k in range(4):
        arm = pen.at(turn=angle + 90 * k)
        arm.limb([(0, 0), (0, -118)], p.TRUNK, 4)
        arm.shape([(3, -24), (34, -28), (34, -114), (3, -114)], p.SAIL, smooth=False)
        for y in (-46, -68, -90):
            arm.line([(3, y), (34, y)], INK, 1.8)
        arm.line([(18, -26), (18, -114)], INK, 1.8)
    pen.oval(0, 0, 9, 9, p.BUCKLE)


def hay(pen: Pen) -> None:
    """Draw a round bale of hay."""
    pen.oval(0, -30, 44, 32, p.SCARF_MUSTARD)
    pen.line([(cos(a) * (6 + a * 1.9), -30 + sin(a) * (4 + a * 1.3)) for a in np.arange(0, 6 * pi, 0.5).tolist()],
             p.SCARF_MUSTARD.shade(-44), 2)
