"""Sets indoors: kitchen, attic, cellar."""

from __future__ import annotations

from math import cos, pi, sin

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen
from cartoonize.sample.sets import furniture
from cartoonize.sample.sets import scenery as s
from cartoonize.sample.sets.scenery import HALF, Random


def wall(pen: Pen, top: Paint, bottom: Paint, low: float) -> None:
    """Paint the wall down to its foot."""
    pen.wash([(-HALF, -10), (HALF, -10), (HALF, low), (-HALF, low)], top, bottom, smooth=False)


def _tiles(pen: Pen, light: Paint, dark: Paint, horizon: float) -> None:
    """Paint a tiled floor in perspective."""
    pen.wash(
        [(-HALF, horizon), (HALF, horizon), (HALF, 490), (-HALF, 490)],
        light.shade(6),
        light.shade(-8),
        smooth=False,
    )
    edges = [horizon, horizon + 18, horizon + 42, horizon + 74, horizon + 116, 494]
    for row, (y0, y1) in enumerate(zip(edges, edges[1:], strict=False)):
        for k in range(-20, 20):
            if (k + row) % 2 == 0:
                x = [
                    _spread(k, y0, horizon),
                    _spread(k + 1, y0, horizon),
                    _spread(k + 1, y1, horizon),
                    _spread(k, y1, horizon),
                ]
                pen.shape(list(zip(x, (y0, y0, y1, y1), strict=True)), dark, line=None, smooth=False)
    for k in range(-20, 21):
        pen.line(
            [(_spread(k, horizon, horizon), horizon), (_spread(k, 494, horizon), 494)], dark.shade(-26), 1.6
        )
    for y in edges[1:-1]:
        pen.line([(-HALF, y), (HALF, y)], dark.shade(-26), 1.6)


def _spread(k: int, y: float, horizon: float) -> float:
    return k * 44.0 * (1 + (y - horizon) / 110)


def planks(pen: Pen, paint: Paint, horizon: float) -> None:
    """Paint floor boards in perspective."""
    pen.wash(
        [(-HALF, horizon), (HALF, horizon), (HALF, 490), (-HALF, 490)],
        paint.shade(10),
        paint.shade(-14),
        smooth=False,
    )
    for k in range(-22, 23):
        pen.line([(k * 42.0, horizon), (k * 42.0 * 2.3, 494)], paint.shade(-30), 2)
    for k in range(-12, 13):
        y = horizon + 24 + 40 * (k % 3)
        x = k * 42.0 * (1 + (y - horizon) / 126)
        pen.line([(x, y), (x + 42 * (1 + (y - horizon) / 126), y)], paint.shade(-30), 2)


def kitchen(pen: Pen, random: Random) -> None:
    """Paint Olma's kitchen: yellow wallpaper, a rose wainscot, tiles."""
    wall(pen, p.WALLPAPER.shade(8), p.WALLPAPER.shade(-10), 270)
    for row, y in enumerate(range(22, 260, 40)):
        for x in range(-690 + 24 * (row % 2), 700, 48):
            _sprig(pen.at(x, y))
    _wainscot(pen)
    _tiles(pen, p.TILE_PALE, p.TILE_WARM, 344)
    curtained_window(pen.at(-150, 214), p.SKY, p.GRASS)
    curtained_window(pen.at(560, 214), p.SKY, p.GRASS)
    _cupboard(pen.at(-400, 356), random)
    _stove(pen.at(110, 360))
    furniture.shelf(pen.at(110, 132), random, 190)
    furniture.shelf(pen.at(-610, 150), random, 150)
    _clock(pen.at(-20, 100))
    _picture(pen.at(300, 118))
    _cupboard(pen.at(410, 356), random)
    for x in (-560, 250):
        _pot_plant(pen.at(x, 352))


def _sprig(pen: Pen) -> None:
    pen.line([(0, 6), (0, -4)], p.MOSS, 2)
    for dx in (-4, 4):
        pen.oval(dx, 1, 3, 2, p.MOSS, turn=dx * 8, line=None)
    pen.oval(0, -6, 3.4, 3.4, p.WALLPAPER_DOT, line=None)


def _wainscot(pen: Pen) -> None:
    pen.wash(
        [(-HALF, 262), (HALF, 262), (HALF, 344), (-HALF, 344)],
        p.WAINSCOT.shade(8),
        p.WAINSCOT.shade(-8),
        smooth=False,
    )
    for x in range(-680, 700, 34):
        pen.line([(x, 272), (x, 332)], p.WAINSCOT.shade(-30), 1.8)
    pen.box(-HALF, 260, 2 * HALF, 10, p.FENCE, line_width=2)
    pen.box(-HALF, 332, 2 * HALF, 12, p.WAINSCOT.shade(-14), line_width=2)


def curtained_window(pen: Pen, sky: Paint, land: Paint, curtain: Paint = p.CURTAIN) -> None:
    """Draw a window, 116 wide, with a view and gathered curtains."""
    pen.box(-58, -128, 116, 128, p.FENCE)
    pen.wash("-50,-120 50,-120 50,-8 -50,-8", sky.shade(-6), sky.shade(12), smooth=False)
    pen.shape("-50,-8 -50,-8 -50,-36 -20,-48 14,-36 50,-42 50,-8 50,-8", land, width=1.8)
    pen.line("-50,-120 50,-120 50,-8 -50,-8", INK, 2, smooth=False, closed=True)
    for bar in ([(0, -120), (0, -8)], [(-50, -66), (50, -66)]):
        pen.line(bar, INK, 8)
        pen.line(bar, p.FENCE, 4)
    for side in (-1, 1):
        pen.shape(
            [
                (side * 70, -130),
                (side * 70, -130),
                (side * 16, -130),
                (side * 22, -96),
                (side * 46, -66),
                (side * 50, -58),
                (side * 54, -30),
                (side * 72, -6),
                (side * 72, -6),
                (side * 74, -60),
            ],
            curtain,
        )
        for x in (36, 52):
            pen.line([(side * x, -124), (side * (x + 10), -84), (side * (x + 6), -64)], curtain.shade(-24), 2)
        pen.limb([(side * 44, -60), (side * 66, -58)], p.YELLOW, 4)
    pen.limb([(-80, -132), (80, -132)], p.TABLE, 5)
    pen.box(-66, -2, 132, 9, p.FENCE)


def _cupboard(pen: Pen, random: Random) -> None:
    pen.box(-66, -210, 132, 210, p.CUPBOARD)
    pen.box(-72, -222, 144, 14, p.CUPBOARD.shade(12))
    pen.box(-56, -198, 112, 92, p.CUPBOARD.shade(-26))
    for y in (-152, -108):
        furniture.shelf(pen.at(0, y, size=0.9), random, 112)
    for x in (-58, 3):
        pen.box(x, -88, 55, 78, p.CUPBOARD.shade(10), line_width=2)
        pen.box(x + 9, -78, 37, 58, p.CUPBOARD, line_width=1.6)
    for x in (-8, 8):
        pen.oval(x, -50, 3.4, 3.4, p.BUCKLE, width=1.6)


def _stove(pen: Pen) -> None:
    pen.limb("52,-110 52,-300 52,-420", p.STOVE, 18)
    for y in (-180, -182 - 70):
        pen.limb([(42, y), (62, y)], p.STOVE.shade(-18), 5)
    pen.box(-84, -112, 168, 112, p.STOVE)
    pen.box(-92, -122, 184, 14, p.STOVE.shade(-24))
    pen.box(-70, -88, 74, 62, p.STOVE.shade(14), line_width=2)
    pen.box(-58, -76, 50, 32, p.FUR_ORANGE, line_width=2)
    pen.shape("-50,-45 -46,-60 -40,-52 -33,-70 -26,-54 -20,-62 -15,-45", p.YELLOW, width=1.8)
    pen.limb([(-64, -32), (-2, -32)], p.BUCKLE, 3)
    pen.box(18, -88, 52, 30, p.STOVE.shade(14), line_width=2)
    pen.box(18, -52, 52, 26, p.STOVE.shade(14), line_width=2)
    for y in (-73, -39):
        pen.oval(44, y, 4, 4, p.BUCKLE, width=1.6)
    for x in (-74, 60):
        pen.shape([(x, 0), (x + 3, 10), (x + 12, 10), (x + 15, 0)], p.STOVE.shade(-24), smooth=False)
    _kettle(pen.at(-40, -122))


def _kettle(pen: Pen) -> None:
    pen.shape("24,-14 38,-22 46,-34 40,-36 32,-26 22,-22", p.RED)
    pen.line("-20,-30 -14,-52 14,-52 20,-30", INK, 5)
    pen.shape("-28,0 -32,-16 -20,-34 0,-38 20,-34 32,-16 28,0 0,2", p.RED)
    pen.oval(0, -39, 5, 4, p.BUCKLE, width=2)


def _clock(pen: Pen) -> None:
    pen.oval(0, 0, 27, 27, p.TABLE)
    pen.oval(0, 0, 20, 20, p.PAPER, width=2)
    for k in range(12):
        a = k * pi / 6
        pen.line([(16 * cos(a), 16 * sin(a)), (18 * cos(a), 18 * sin(a))], INK, 1.8)
    pen.line("0,-13 0,0 9,5", INK, 2.2)


def _picture(pen: Pen) -> None:
    pen.box(-40, -34, 80, 68, p.BUCKLE)
    pen.box(-31, -25, 62, 50, p.SKY, line_width=2)
    pen.shape("-31,25 -31,25 -31,6 -8,-6 12,8 31,0 31,25 31,25", p.GRASS, width=1.8)
    pen.oval(14, -12, 6, 6, p.SUN, width=1.6)


def _pot_plant(pen: Pen) -> None:
    for a in (-58, -30, -4, 24, 54):
        pen.at(0, -34, turn=a).shape("0,0 -9,-22 0,-54 0,-54 9,-22", p.GREEN, width=2)
    pen.shape("-20,-38 20,-38 14,0 -14,0", p.FUR_ORANGE, smooth=False)
    pen.box(-23, -44, 46, 10, p.FUR_ORANGE)


def attic(pen: Pen, random: Random) -> None:
    """Paint the attic: violet boards, brown beams, a round window with the moon."""
    wall(pen, p.ATTIC_WALL.shade(-14), p.ATTIC_WALL.shade(12), 340)
    for x in range(-690, 700, 46):
        pen.line([(x, -5), (x, 340)], p.ATTIC_WALL.shade(-26), 2)
        for y in random.uniform(20, 320, 2).tolist():
            pen.line([(x, y), (x + 46, y)], p.ATTIC_WALL.shade(-26), 1.8)
    _round_window(pen.at(20, 132))
    _round_window(pen.at(-480, 132))
    _round_window(pen.at(500, 132))
    pen.box(-HALF, 332, 2 * HALF, 14, p.ATTIC_BEAM, line_width=2)
    planks(pen, p.ATTIC_FLOOR, 346)
    for x in (-640, -210, 240, 660):
        pen.limb([(x, 350), (x, -20)], p.ATTIC_BEAM, 26)
        for y in (60, 150, 240):
            pen.line([(x - 5, y), (x - 4, y + 30)], p.ATTIC_BEAM.shade(-20), 2)
        pen.limb([(x, 110), (x + 84, 14)], p.ATTIC_BEAM, 15)
        pen.limb([(x, 110), (x - 84, 14)], p.ATTIC_BEAM, 15)
    pen.box(-HALF, -12, 2 * HALF, 34, p.ATTIC_BEAM)
    _cobweb(pen.at(-196, 22))
    furniture.crate(pen.at(-420, 372), 84)
    furniture.crate(pen.at(-345, 376), 62)
    furniture.crate(pen.at(-400, 290), 56, p.BARREL)
    _wardrobe(pen.at(380, 362))
    furniture.barrel(pen.at(-60, 366), p.DOOR_BLUE)
    _hat_stand(pen.at(130, 366))
    furniture.crate(pen.at(580, 372), 80)
    furniture.shelf(pen.at(-560, 210), random, 110)


def _round_window(pen: Pen) -> None:
    pen.oval(0, 0, 64, 64, p.TABLE)
    pen.oval(0, 0, 52, 52, p.NIGHT_LOW)
    for x, y in ((-28, -20), (-10, 22), (24, 26), (-34, 12), (4, -38)):
        s.star(pen.at(x, y, size=0.8))
    pen.oval(20, -14, 16, 16, p.MOON, width=1.8)
    for bar in ([(-52, 0), (52, 0)], [(0, -52), (0, 52)]):
        pen.line(bar, INK, 9)
        pen.line(bar, p.TABLE, 5)


def _cobweb(pen: Pen) -> None:
    ink = p.ATTIC_WALL.shade(52)
    for a in (8, 30, 52, 76):
        pen.line([(0, 0), (84 * cos(a * pi / 180), 84 * sin(a * pi / 180))], ink, 1.6)
    for r in (28, 50, 72):
        pen.line(
            [
                ((r - 5 * (k % 2)) * cos(a * pi / 180), (r - 5 * (k % 2)) * sin(a * pi / 180))
                for k, a in enumerate((8, 19, 30, 41, 52, 64, 76))
            ],
            ink,
            1.6,
        )


def _wardrobe(pen: Pen) -> None:
    pen.box(-76, -226, 152, 226, p.ROOF_BRICK)
    pen.shape("-84,-224 -60,-246 0,-256 60,-246 84,-224 84,-224 -84,-224", p.ROOF_BRICK)
    for x in (-66, 6):
        pen.box(x, -210, 60, 186, p.ROOF_BRICK.shade(14), line_width=2)
        pen.box(x + 11, -196, 38, 70, p.ROOF_BRICK, line_width=1.8)
        pen.box(x + 11, -112, 38, 74, p.ROOF_BRICK, line_width=1.8)
    for x in (-12, 12):
        pen.oval(x, -118, 4, 4, p.BUCKLE, width=1.8)


def _hat_stand(pen: Pen) -> None:
    pen.limb("-24,0 0,-14 24,0", p.TABLE, 6)
    pen.limb([(0, -10), (0, -196)], p.TABLE, 7)
    for side in (-1, 1):
        pen.limb([(0, -164), (side * 20, -170), (side * 26, -186)], p.TABLE, 4)
    pen.shape("-20,-168 -40,-112 -34,-70 -8,-76 -4,-120", p.TEAL)
    pen.shape("6,-190 16,-204 34,-204 42,-190 54,-186 24,-180 -4,-186", p.YELLOW)


def cellar(pen: Pen, random: Random) -> None:
    """Paint the robber's cellar: teal stone walls, a blue floor, barrels and shelves."""
    wall(pen, p.CELLAR_WALL.shade(-14), p.CELLAR_WALL.shade(10), 344)
    for row, y in enumerate(range(14, 340, 32)):
        for x in range(-700 + 32 * (row % 2), 720, 64):
            if random.random() < 0.55:
                shade = p.CELLAR_WALL.shade(float(random.choice([-9, 8])))
                pen.shape(
                    [(x + 3, y + 3), (x + 61, y + 3), (x + 61, y + 29), (x + 3, y + 29)],
                    shade,
                    smooth=False,
                    line=p.CELLAR_WALL.shade(-30),
                    width=1.8,
                )
    planks(pen, p.CELLAR_FLOOR, 344)
    pen.line([(-HALF, 344), (HALF, 344)], INK, 2.4)
    for x in (-520, 120):
        _arch(pen.at(x, 344))
    for x, y in ((-330, 366), (-258, 372), (330, 366), (596, 370)):
        furniture.barrel(pen.at(x, y))
    _barrel_end(pen.at(416, 330))
    _barrel_end(pen.at(500, 330))
    _barrel_end(pen.at(458, 262))
    _torch(pen.at(-140, 168))
    _torch(pen.at(290, 168))
    _torch(pen.at(-640, 168))
    furniture.shelf(pen.at(-30, 150), random, 130)
    furniture.crate(pen.at(-60, 368), 70, p.CRATE)


def _arch(pen: Pen) -> None:
    pen.shape("-74,0 -74,0 -74,-130 -52,-182 0,-206 52,-182 74,-130 74,0 74,0", p.STONE)
    pen.shape("-54,0 -54,0 -54,-126 -38,-164 0,-182 38,-164 54,-126 54,0 54,0", p.TABLE)
    for x in (-27, 0, 27):
        pen.line([(x, -2), (x, -166)], p.TABLE.shade(-28), 2)
    for y in (-40, -120):
        pen.limb([(-52, y), (20, y)], p.IRON, 6)
    pen.oval(36, -80, 7, 7, p.BUCKLE)
    for a in range(20, 180, 32):
        c, t = cos(a * pi / 180), sin(a * pi / 180)
        pen.line([(56 * c, -126 - 58 * t), (74 * c, -128 - 78 * t)], INK, 2)


def _barrel_end(pen: Pen) -> None:
    pen.oval(0, 0, 42, 40, p.BARREL)
    pen.oval(0, 0, 33, 31, p.BARREL.shade(14), width=2)
    for x in (-16, 0, 16):
        pen.line([(x, -26), (x, 26)], p.BARREL.shade(-26), 1.8)
    pen.oval(0, 16, 5, 5, p.BUCKLE, width=2)


def _torch(pen: Pen) -> None:
    pen.limb([(0, 30), (0, 0)], p.IRON, 7)
    pen.shape("-14,4 14,4 8,16 -8,16", p.IRON, smooth=False)
    pen.shape("-13,2 -15,-14 -4,-26 0,-46 0,-46 8,-26 15,-12 12,2", p.FUR_ORANGE)
    pen.shape("-6,2 -7,-10 0,-24 0,-24 7,-10 6,2", p.YELLOW, line=None)
