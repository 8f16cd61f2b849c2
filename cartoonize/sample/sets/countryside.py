"""Sets out of doors: meadow, orchard, wood, hills at sunset and at night."""

from __future__ import annotations

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.pen import Pen
from cartoonize.sample.sets import scenery as s
from cartoonize.sample.sets import town
from cartoonize.sample.sets.scenery import HALF, Random, ground, sky, strokes


def meadow(pen: Pen, random: Random) -> None:
    """Paint a flowering meadow in front of round hills."""
    sky(pen, p.SKY.shade(-12), p.SKY.shade(12), 320)
    pen.oval(-215, 78, 34, 34, p.SUN, line=s.soft_line(p.SUN), width=1.8)
    for x, y, size in ((-480, 90, 0.9), (-90, 62, 0.8), (150, 104, 1.15), (430, 66, 0.9), (620, 120, 1.0)):
        s.cloud(pen.at(x + float(random.uniform(-25, 25)), y, size=size))
    s.hills(
        pen,
        "-720,250 -520,205 -300,250 -90,214 160,262 390,206 720,258",
        p.HILL_FAR.shade(4),
        p.HILL_FAR.shade(-10),
        line=s.soft_line(p.HILL_FAR),
    )
    s.hills(
        pen,
        "-720,268 -560,282 -330,240 -80,284 120,262 330,276 540,236 720,264",
        p.HILL_MID.shade(4),
        p.HILL_MID.shade(-14),
        line=s.soft_line(p.HILL_MID),
    )
    for x, y, size in (
        (-352, 250, 0.32),
        (-310, 252, 0.4),
        (-120, 284, 0.3),
        (520, 246, 0.4),
        (566, 248, 0.32),
        (250, 272, 0.34),
    ):
        s.fir(pen.at(x, y, size=size), p.FIR_MID, line=s.soft_line(p.FIR_MID), width=1.8)
    town.house(pen.at(-220, 274, size=0.36), p.WALL_BUTTER, p.ROOF_BRICK, p.DOOR_BLUE, shutters=None)
    ground(pen, p.GRASS, 306)
    strokes(pen, random, p.GRASS.shade(-12), (-HALF, 330, HALF, 470), 90)
    pen.shape(
        "30,303 60,303 48,322 96,350 150,392 210,490 210,490 40,490 40,490 60,400 40,356 20,328",
        p.PATH,
        line=p.PATH.shade(-46),
        width=1.8,
    )
    strokes(pen, random, p.PATH.shade(-16), (70, 372, 130, 470), 8)
    s.tufts(pen, random, p.GRASS, (-HALF, 322, 0, 470), 46)
    s.tufts(pen, random, p.GRASS, (220, 322, HALF, 470), 34)
    petals = (p.PETAL_RED, p.PETAL_PINK, p.PETAL_BLUE, p.PETAL_LILAC)
    s.flowers(pen, random, (-HALF, 330, -20, 470), 34, petals)
    s.flowers(pen, random, (230, 330, HALF, 470), 26, petals)
    s.bush(pen.at(330, 326, size=0.8), berries=p.PETAL_RED)
    s.bush(pen.at(-470, 330, size=0.9), p.BLOSSOM)


def orchard(pen: Pen, random: Random) -> None:
    """Paint an apple orchard in the morning: rose sky, yellow stubble."""
    sky(pen, p.WALL_ROSE.shade(-8), p.WALL_PEACH.shade(16), 300)
    for x, y, size in ((-400, 80, 1.0), (40, 60, 0.8), (330, 96, 1.1)):
        s.cloud(pen.at(x, y, size=size), p.SAIL)
    s.hills(
        pen,
        "-720,240 -420,268 -160,226 130,270 420,220 720,262",
        p.HILL_MID.shade(6),
        p.HILL_MID.shade(-12),
        line=s.soft_line(p.HILL_MID),
    )
    ground(pen, p.MOSS, 292)
    strokes(pen, random, p.MOSS.shade(-14), (-HALF, 310, HALF, 470), 110)
    for x, y, size, crown in (
        (-560, 318, 0.62, p.LEAVES),
        (-380, 312, 0.55, p.LEAVES_COPPER),
        (-190, 320, 0.64, p.LEAVES),
        (60, 312, 0.56, p.LEAVES),
        (250, 318, 0.62, p.LEAVES_COPPER),
        (450, 312, 0.56, p.LEAVES),
        (630, 322, 0.66, p.LEAVES),
    ):
        s.tree(pen.at(x, y, size=size), crown, fruit=p.YELLOW if crown is p.LEAVES_COPPER else p.RED)
    s.tufts(pen, random, p.MOSS, (-HALF, 336, HALF, 470), 60)
    for x, y in zip(
        random.uniform(-HALF, HALF, 26).tolist(), random.uniform(345, 465, 26).tolist(), strict=True
    ):
        pen.oval(x, y, 5.5, 5, p.RED if x > 0 else p.YELLOW, width=1.8)


def wood(pen: Pen, random: Random) -> None:
    """Paint a wood: pale mist between the trunks, needles on the ground."""
    sky(pen, p.MIST.shade(-16), p.MIST.shade(16), 340)
    for x in np.arange(-690, 700, 74).tolist():
        s.fir(
            pen.at(x + float(random.uniform(-18, 18)), 296, size=float(random.uniform(1.0, 1.5))),
            p.FIR_FAR,
            p.FIR_FAR.shade(-10),
            line=s.soft_line(p.FIR_FAR).shade(14),
            width=1.6,
        )
    for x in np.arange(-660, 700, 128).tolist():
        s.fir(
            pen.at(x + float(random.uniform(-26, 26)), 318, size=float(random.uniform(1.4, 1.9))),
            p.FIR_MID,
            p.TRUNK,
            line=s.soft_line(p.FIR_MID),
            width=2,
        )
    ground(pen, p.WOOD_FLOOR, 318, near=-18)
    for x, y, rx in ((-470, 372, 120), (-60, 392, 150), (360, 368, 130), (600, 420, 110), (-250, 446, 110)):
        pen.oval(x, y, rx, rx * 0.16, p.MOSS, line=p.MOSS.shade(-30), width=1.6)
    strokes(pen, random, p.WOOD_FLOOR.shade(-18), (-HALF, 340, HALF, 470), 90)
    for x, size in ((-600, 1.0), (-395, 1.15), (-150, 0.95), (205, 1.1), (450, 1.0), (640, 1.2)):
        s.trunk(pen.at(x + float(random.uniform(-12, 12)), 350, size=size))
    for x, y in ((-300, 372), (-52, 360), (110, 388), (330, 396), (560, 372), (-520, 400), (-180, 440)):
        s.toadstool(pen.at(x, y, size=float(random.uniform(0.7, 1.1))))
    for x, y in ((-440, 404), (40, 420), (280, 366), (500, 440), (-90, 452)):
        s.fern(pen.at(x, y))
    canopy = [
        (float(x), float(random.uniform(-14, 8)), float(random.uniform(30, 50))) for x in range(-710, 720, 38)
    ]
    pen.cloud(canopy, p.LEAVES, width=2)
    for left, top, r in canopy[::2]:
        leaf = pen.at(left, top, size=r)
        leaf.line("-.4,.5 0,.7 .4,.5", p.LEAVES.shade(-22), 2.2 / r)


def dusk(pen: Pen, random: Random) -> None:
    """Paint hills at sunset."""
    sky(pen, p.DUSK_HIGH, p.DUSK_LOW, 330)
    pen.oval(-60, 246, 64, 64, p.SUN.shade(12), line=s.soft_line(p.SUN).shade(14), width=1.8)
    for x, y, size in ((-470, 90, 1.1), (-190, 60, 0.8), (180, 112, 1.2), (500, 70, 0.9)):
        s.cloud(pen.at(x + float(random.uniform(-30, 30)), y, size=size), p.BLOSSOM.shade(8))
    s.hills(
        pen,
        "-720,246 -480,276 -260,236 -40,292 200,252 430,282 720,230",
        p.DUSK_HILL_FAR.shade(6),
        p.DUSK_HILL_FAR.shade(-10),
        line=s.soft_line(p.DUSK_HILL_FAR),
    )
    s.hills(
        pen,
        "-720,308 -500,284 -250,318 20,300 260,274 500,312 720,290",
        p.DUSK_HILL,
        p.DUSK_HILL.shade(-10),
        line=s.soft_line(p.DUSK_HILL),
    )
    for x, size in ((-520, 0.6), (-470, 0.75), (220, 0.7), (270, 0.9), (318, 0.6), (640, 0.8)):
        s.fir(pen.at(x, 318, size=size), p.NIGHT_HILL, p.TRUNK_DARK)
    ground(pen, p.DUSK_GRASS, 322)
    strokes(pen, random, p.DUSK_GRASS.shade(-14), (-HALF, 344, HALF, 470), 100)
    s.tufts(pen, random, p.DUSK_GRASS, (-HALF, 340, HALF, 470), 64)
    s.flowers(pen, random, (-HALF, 346, HALF, 470), 24, (p.PETAL_YELLOW, p.PETAL_LILAC))
    s.tree(pen.at(-330, 352, size=0.8), p.LEAVES_COPPER)


def night(pen: Pen, random: Random) -> None:
    """Paint a starry night over a sleeping village."""
    sky(pen, p.NIGHT_HIGH, p.NIGHT_LOW, 330)
    for x, y in zip(
        random.uniform(-HALF, HALF, 80).tolist(), random.uniform(8, 215, 80).tolist(), strict=True
    ):
        s.star(pen.at(x, y, size=float(random.uniform(0.5, 1.3)), turn=float(random.uniform(0, 72))))
    pen.oval(190, 88, 40, 40, p.MOON, line=s.soft_line(p.MOON), width=1.8)
    for x, y, r in ((176, 76, 8), (204, 98, 6), (200, 70, 4)):
        pen.oval(x, y, r, r, p.MOON.shade(-16), line=None)
    s.hills(
        pen,
        "-720,270 -460,236 -200,282 80,246 360,286 720,236",
        p.NIGHT_HILL.shade(16),
        p.NIGHT_HILL,
        line=s.soft_line(p.NIGHT_HILL),
    )
    for x, wall, roof in (
        (-420, p.DOOR_BLUE, p.ROOF_PLUM),
        (-330, p.PURPLE, p.ROOF_BRICK),
        (50, p.DOOR_GREEN, p.ROOF_PLUM),
        (430, p.PURPLE, p.ROOF_SLATE),
        (524, p.ROOF_MOSS, p.ROOF_BRICK),
    ):
        town.house(pen.at(x, 312, size=0.52), wall, roof, p.BOOTS, shutters=None, pane=p.LAMPLIGHT)
    ground(pen, p.NIGHT_GRASS, 314)
    strokes(pen, random, p.NIGHT_GRASS.shade(-12), (-HALF, 340, HALF, 470), 90)
    s.tufts(pen, random, p.NIGHT_GRASS.shade(8), (-HALF, 334, HALF, 470), 64)
    for x, y in ((-560, 330), (-180, 336), (270, 330), (620, 334)):
        s.bush(pen.at(x, y, size=0.8), p.NIGHT_HILL)
