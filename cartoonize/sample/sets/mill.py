"""The windmill, outside and inside."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK
from cartoonize.sample.pen import Pen
from cartoonize.sample.sets import furniture, town
from cartoonize.sample.sets import scenery as s
from cartoonize.sample.sets.indoors import curtained_window, planks, wall
from cartoonize.sample.sets.scenery import HALF, Random, ground, sky

#: Foot of the windmill in its set, and the hub of its sails relative to the foot.
WINDMILL = (408.0, 330.0)
HUB = (-6.0, -170.0)


def windmill_hill(pen: Pen, random: Random) -> None:
    """Paint a windmill, without its sails, above a lavender field; used only in the first episode."""
    sky(pen, p.WALL_PEACH.shade(-14), p.SAIL.shade(4), 320)
    for x, y, size in ((-520, 110, 1.2), (-260, 66, 0.8), (60, 84, 1.0), (520, 64, 0.8)):
        s.cloud(pen.at(x + float(random.uniform(-20, 20)), y, size=size), p.PAPER)
    s.hills(
        pen,
        "-720,262 -500,236 -220,280 60,250 300,276 720,230",
        p.HILL_MID.shade(4),
        p.HILL_MID.shade(-14),
        line=s.soft_line(p.HILL_MID),
    )
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
    s.hills(
        pen,
        "-720,402 -400,374 -60,366 160,342 330,314 470,318 720,372",
        p.GRASS.shade(10),
        p.GRASS.shade(-14),
        line=INK,
    )
    pen.shape(
        "392,318 420,318 352,352 300,396 250,490 250,490 90,490 90,490 180,420 300,356",
        p.PATH,
        line=p.PATH.shade(-46),
        width=1.8,
    )
    s.tufts(pen, random, p.GRASS, (-HALF, 402, 60, 470), 34)
    s.tufts(pen, random, p.GRASS, (420, 380, HALF, 470), 20)
    s.flowers(pen, random, (-HALF, 410, 60, 470), 22, (p.PETAL_RED, p.PETAL_YELLOW, p.PETAL_BLUE))
    _windmill(pen.at(*WINDMILL))
    for x, y, size in ((-480, 402, 0.9), (120, 372, 0.7)):
        hay(pen.at(x, y, size=size))


def _windmill(pen: Pen) -> None:
    pen.wash(
        "-56,2 -34,-152 34,-152 56,2", p.WALL_ROSE.shade(8), p.WALL_ROSE.shade(-12), smooth=False, line=INK
    )
    for x, y in ((-36, -30), (22, -48), (-18, -78), (14, -108), (-24, -122), (34, -14), (2, -30)):
        pen.line(
            [(x - 6, y), (x - 6, y - 6), (x + 6, y - 6), (x + 6, y)],
            p.WALL_ROSE.shade(-36),
            1.8,
            smooth=False,
        )
    pen.shape("-44,-150 -30,-180 0,-194 30,-180 44,-150 44,-150 -44,-150", p.ROOF_SLATE)
    pen.shape("-16,2 -16,-32 0,-44 16,-32 16,2", p.DOOR_GREEN, smooth=False)
    town.window(pen.at(4, -84, size=0.7))


def sails(pen: Pen, angle: float) -> None:
    """Draw the sails of the windmill, turned by ``angle`` degrees around the origin."""
    for k in range(4):
        arm = pen.at(turn=angle + 90 * k)
        arm.limb([(0, 0), (0, -118)], p.TRUNK, 4)
        arm.shape("3,-24 34,-28 34,-114 3,-114", p.SAIL, smooth=False)
        for y in (-46, -68, -90):
            arm.line([(3, y), (34, y)], INK, 1.8)
        arm.line([(18, -26), (18, -114)], INK, 1.8)
    pen.oval(0, 0, 9, 9, p.BUCKLE)


def hay(pen: Pen) -> None:
    """Draw a round bale of hay."""
    pen.oval(0, -30, 44, 32, p.SCARF_MUSTARD)
    pen.line(
        [(cos(a) * (6 + a * 1.9), -30 + sin(a) * (4 + a * 1.3)) for a in np.arange(0, 6 * pi, 0.5).tolist()],
        p.SCARF_MUSTARD.shade(-44),
        2,
    )


def mill_loft(pen: Pen, random: Random) -> None:
    """Paint the inside of the windmill, without its wheel: mint boards and sacks of flour."""
    wall(pen, p.WALL_MINT.shade(-14), p.WALL_MINT.shade(8), 344)
    for x in range(-690, 700, 58):
        pen.line([(x, -5), (x, 344)], p.WALL_MINT.shade(-32), 2)
    curtained_window(pen.at(-190, 232), p.WALL_PEACH, p.PETAL_LILAC, p.BLUE)
    curtained_window(pen.at(420, 232), p.WALL_PEACH, p.PETAL_LILAC, p.BLUE)
    pen.box(-HALF, -12, 2 * HALF, 34, p.TABLE)
    pen.box(-HALF, 332, 2 * HALF, 12, p.TABLE, line_width=2)
    planks(pen, p.WAINSCOT, 344)
    pen.limb([(120, -20), (120, 350)], p.TABLE, 24)
    for x, y in ((-420, 384), (-350, 374), (-386, 344), (300, 378), (560, 380)):
        furniture.sack(pen.at(x, y))
    furniture.shelf(pen.at(250, 170), random, 130)


def wheel(pen: Pen, angle: float) -> None:
    """Draw the great cog wheel of the mill, turned by ``angle`` degrees around the origin."""
    turned = pen.at(turn=angle)
    for k in range(16):
        a = 2 * pi * k / 16
        turned.at(86 * cos(a), 86 * sin(a), turn=a * 180 / pi).box(-8, -7, 18, 14, p.CRATE)
    turned.oval(0, 0, 84, 84, p.CRATE)
    turned.oval(0, 0, 62, 62, p.WALL_MINT.shade(-8))
    for k in range(4):
        a = pi * k / 4
        turned.limb([(-64 * cos(a), -64 * sin(a)), (64 * cos(a), 64 * sin(a))], p.CRATE, 9)
    turned.oval(0, 0, 17, 17, p.BUCKLE)
