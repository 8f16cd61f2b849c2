"""The animals of the series, drawn facing right; ``mirror`` turns them to the left."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK
from cartoonize.sample.pen import Pen


@dataclass(frozen=True, slots=True)
class Beast:
    """Position and pose of an animal in one drawing."""

    x: float = 0
    """x of its feet in the scene."""
    y: float = 0
    """y of its feet in the scene."""
    size: float = 1
    mirror: bool = False
    """Facing left."""
    stride: float | None = None
    """Phase of the walk in steps. None: it stands."""
    sit: bool = False
    wag: float = 0
    """Angle of the tail, or of a bird's wings, -1..1."""
    nod: float = 0
    """Degrees by which the head is lowered."""
    talk: float = 0
    """Opening of the mouth, 0..1."""
    blink: bool = False
    hop: float = 0
    """Height above the ground."""


def rufus(pen: Pen, pose: Beast) -> None:
    """Draw Rufus the fox: orange, with a cream chest and tail tip, dark socks and a blue kerchief."""
    body = pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, mirror=pose.mirror)
    if pose.sit:
        _fox_sitting(body, pose)
        _fox_head(body.at(18, -86, turn=pose.nod), pose)
        return
    bob = 0.0 if pose.stride is None else -3 * abs(sin(pi * pose.stride))
    trunk = body.at(0, bob, turn=0 if pose.stride is None else 2.5 * sin(2 * pi * pose.stride))
    _fox_tail(trunk.at(-44, -50, turn=18 * pose.wag - 12))
    _fox_leg(body, pose, 27, 0.5, -36)
    _fox_leg(body, pose, -31, 0.0, -36)
    trunk.shape(
        "-50,-52 -36,-67 -8,-66 22,-68 42,-62 46,-44 34,-30 4,-29 -26,-30 -46,-36",
        p.FUR_ORANGE,
    )
    trunk.shape("28,-60 45,-60 46,-44 34,-31 20,-31 26,-44", p.FUR_CREAM, width=2)
    _fox_leg(body, pose, 36, 0.0, -38)
    _fox_leg(body, pose, -38, 0.5, -40)
    _fox_head(trunk.at(40, -80, turn=pose.nod), pose)


def _fox_leg(body: Pen, pose: Beast, x: float, offset: float, hip: float) -> None:
    forward, lift = 0.0, 0.0
    if pose.stride is not None:
        phase = pi * pose.stride + 2 * pi * offset
        forward, lift = 14 * cos(phase), max(0.0, -sin(phase)) * 8
    knee = (x + forward * 0.35 - 2, hip * 0.48 - lift * 0.4)
    foot = (x + forward, -4.5 - lift)
    body.limb([(x, hip), knee, foot], p.FUR_ORANGE, 11)
    halfway = (0.45 * knee[0] + 0.55 * foot[0], 0.45 * knee[1] + 0.55 * foot[1])
    body.limb([halfway, foot, (foot[0] + 4, foot[1])], p.SOCKS, 10, line=None)


def _fox_tail(pen: Pen) -> None:
    pen.shape(
        "6,6 -14,0 -34,-20 -38,-48 -28,-72 -22,-80 -22,-80 -10,-62 -4,-40 8,-22 16,-8",
        p.FUR_ORANGE,
    )
    pen.shape("-37,-52 -28,-72 -22,-80 -22,-80 -12,-66 -8,-53 -16,-59 -22,-50 -29,-57", p.FUR_CREAM, width=2)


def _fox_sitting(body: Pen, pose: Beast) -> None:
    _fox_tail(body.at(-24, -10, turn=14 * pose.wag - 34))
    body.shape(
        "-30,-4 -34,-24 -22,-50 0,-72 18,-76 28,-62 28,-36 24,-4 0,0",
        p.FUR_ORANGE,
    )
    body.shape("12,-72 26,-66 29,-40 22,-22 12,-30 8,-52", p.FUR_CREAM, width=2)
    body.limb("12,-40 13,-22 16,-5", p.FUR_ORANGE, 10)
    body.limb("14,-12 16,-5 20,-5", p.SOCKS, 9.5, line=None)
    body.limb("24,-40 26,-22 29,-5", p.FUR_ORANGE, 10)
    body.limb("27,-12 29,-5 33,-5", p.SOCKS, 9.5, line=None)
    body.shape("-30,-2 -33,-22 -18,-36 0,-26 4,-8 12,-6 14,0 -8,1", p.FUR_ORANGE)


def _fox_head(head: Pen, pose: Beast) -> None:
    head.shape("-25,14 -6,24 14,22 22,12 12,32 -6,35 -22,27", p.KERCHIEF)
    head.shape("-14,27 4,31 -4,46 -4,46", p.KERCHIEF)
    for x, tilt in ((-14, -16), (14, 12)):
        ear = head.at(x, -16, turn=tilt)
        ear.shape("-11,4 -8,-14 0,-31 0,-31 8,-14 11,4", p.FUR_ORANGE)
        ear.shape("-5,0 -4,-11 0,-22 0,-22 4,-11 5,0", p.SOCKS, line=None)
    head.shape(
        "-28,2 -22,-17 0,-24 22,-17 28,0 34,10 20,20 0,24 -20,20 -38,14 -38,14",
        p.FUR_ORANGE,
    )
    head.shape(
        "-36,13 -18,4 -4,6 6,2 16,5 29,2 33,10 20,20 0,23.5 -20,19",
        p.FUR_CREAM,
        line=None,
    )
    for x in (-9, 19):
        if pose.blink:
            head.line([(x - 4, -3), (x, 0), (x + 4, -3)])
        else:
            head.oval(x, -3, 4.0, 5.4, INK, line=None)
            head.oval(x + 1.2, -5, 1.4, 1.7, p.EYE_WHITE, line=None)
    if pose.talk > 0.08:
        low = 13 + 10 * pose.talk
        head.shape([(0, 12), (8, 13), (18, 12), (16, low), (6, low + 1)], p.MOUTH)
        if pose.talk > 0.4:
            head.oval(9, low - 2, 4.5, 2.5, p.TONGUE, line=None)
    else:
        head.line("-2,12 4,15 9,12 14,15 20,12", width=2.2)
    head.oval(9, 6, 5.2, 4.2, INK, line=None)
    head.oval(8, 4.8, 1.6, 1.0, p.EYE_WHITE, line=None)


def pip(pen: Pen, pose: Beast) -> None:
    """Draw Pip the bird: round, turquoise, with a lemon belly; ``wag`` moves its wings."""
    body = pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, mirror=pose.mirror)
    flying = pose.hop > 0
    for x in (-4, 5):
        if flying:
            body.line([(x, -8), (x - 8, -3)], p.BEAK, 2.4)
        else:
            body.line([(x, -8), (x, -1)], INK, 4.4)
            body.line([(x, -8), (x, -1), (x + 5, -1)], p.BEAK, 2.4)
    body.shape("-20,-22 -40,-34 -40,-34 -42,-26 -42,-26 -36,-18 -20,-14", p.FEATHERS)
    if flying:
        _wing(body.at(2, -28, turn=10), pose.wag, far=True)
    body.shape("-24,-18 -20,-36 -2,-46 18,-44 26,-30 22,-14 4,-6 -14,-8", p.FEATHERS)
    body.shape("24,-24 20,-12 4,-7 -8,-10 0,-20 14,-28", p.BELLY_LEMON, line=None)
    crest = [(2, -45), (-6, -58), (2, -54), (6, -64), (9, -54), (16, -58), (13, -45)]
    body.shape([crest[0], crest[0], *crest, crest[-1]], p.FEATHERS, smooth=False)
    beak = 6 * pose.talk
    body.shape([(24, -32), (24, -32), (41, -31 - 0.5 * beak), (41, -31 - 0.5 * beak), (25, -26)], p.BEAK)
    body.shape([(24, -27), (24, -27), (36, -26 + beak), (36, -26 + beak), (22, -22 + 0.3 * beak)], p.BEAK)
    if pose.blink:
        body.line("9,-34 13,-31 17,-34")
    else:
        body.oval(13, -34, 6, 6.6, p.EYE_WHITE, width=2)
        body.oval(15, -34, 2.9, 3.6, INK, line=None)
        body.oval(16, -35.6, 1, 1.1, p.EYE_WHITE, line=None)
    if flying:
        _wing(body.at(-4, -26), pose.wag, far=False)
    else:
        body.shape(
            [(-4, -32), (-22, -26 + 4 * pose.wag), (-32, -15 + 9 * pose.wag), (-14, -12), (2, -18)],
            p.FEATHERS,
        )
        body.line([(-24, -17 + 5 * pose.wag), (-13, -16)], width=1.8)


def _wing(pen: Pen, wag: float, *, far: bool) -> None:
    tip = -34 * wag
    pen.shape(
        [
            (8, 4),
            (4, -4 + 0.4 * tip),
            (-8, -8 + tip),
            (-22, -6 + 1.15 * tip),
            (-22, 2 + tip),
            (-18, 5 + 0.7 * tip),
            (-14, 8 + 0.35 * tip),
            (-4, 9),
        ],
        p.FEATHERS if not far else p.FEATHERS.shade(-22),
    )


def hedgehog(pen: Pen, pose: Beast) -> None:
    """Draw a hedgehog: a bristling back, a pointed nose and small feet."""
    body = pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, mirror=pose.mirror)
    for x, offset in ((-16, 0.0), (10, 1.0), (-6, 1.0), (20, 0.0)):
        shift = 0.0 if pose.stride is None else 4 * cos(pi * (pose.stride + offset))
        body.oval(x + shift, -3, 6, 4, p.SOCKS)
    body.shape("4,-32 24,-26 42,-14 46,-11 42,-7 20,-4 0,-6", p.FUR_CREAM)
    back = [(12.0, -4.0)]
    for k in range(11):
        a = pi * (0.1 + 0.88 * k / 10)
        back += [(-4 + 27 * cos(a), -8 - 27 * sin(a)), (-5 + 35 * cos(a + 0.1), -8 - 35 * sin(a + 0.1))]
    body.shape([*back, (-28, -4)], p.SPINES, smooth=False)
    for x, y in ((-12, -22), (0, -27), (-18, -12), (-4, -15), (8, -18)):
        body.line([(x, y), (x - 4, y - 5)], width=1.8)
    body.oval(45, -12, 3.8, 3.6, INK, line=None)
    if pose.blink:
        body.line("24,-18 27,-16 30,-18")
    else:
        body.oval(27, -18, 2.8, 3.6, INK, line=None)
        body.oval(28, -19.4, 1, 1.1, p.EYE_WHITE, line=None)
    body.oval(23, -11, 3.4, 2.6, p.CHEEK, line=None)
    body.line([(35, -8), (32, -8 + 3 * pose.talk), (28, -9)], width=1.8)


def sheep(pen: Pen, pose: Beast) -> None:
    """Draw a sheep: a cloud of wool with a dark face."""
    body = pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, mirror=pose.mirror)
    for x, offset in ((-22, 0.0), (14, 1.0), (-12, 1.0), (22, 0.0)):
        shift = 0.0 if pose.stride is None else 5 * cos(pi * (pose.stride + offset))
        body.limb([(x, -22), (x + shift, -3)], p.HAT_PLUM, 6)
    ring = [(34 * cos(2 * pi * k / 11), -44 + 17 * sin(2 * pi * k / 11), 13.0) for k in range(11)]
    body.cloud([*ring, (0, -44, 20), (-16, -44, 18), (16, -44, 18)], p.WOOL)
    for x, y in ((-16, -44), (4, -52), (-2, -34), (18, -38)):
        body.line([(x - 5, y), (x, y + 4), (x + 5, y)], width=1.8)
    head = body.at(40, -58, turn=pose.nod)
    head.shape("-8,-8 -22,-4 -20,3 -6,0", p.HAT_PLUM)
    head.shape("-9,-12 6,-13 14,0 12,14 2,17 -8,8", p.HAT_PLUM)
    head.shape("-12,-8 -8,-18 2,-20 9,-14 2,-9 -4,-10", p.WOOL)
    if pose.blink:
        head.line("2,-2 5,0 8,-2", p.EYE_WHITE, 1.8)
    else:
        head.oval(5, -2, 3, 3.4, p.EYE_WHITE, line=None)
        head.oval(6, -2, 1.5, 1.8, INK, line=None)
    head.line([(11, 8), (7, 10 + 2 * pose.talk), (4, 9)], p.CHEEK, 1.8)
