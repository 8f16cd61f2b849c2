"""The people of the series. Each keeps its paints and can be seen from any side."""

from __future__ import annotations

from math import cos, pi, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.figures import (
    Ball,
    Pose,
    arm_is_near,
    draw_arm,
    draw_face,
    draw_legs,
)
from cartoonize.sample.pen import Pen


def _standing(pen: Pen, pose: Pose) -> Pen:
    """Return a pen with its origin at the figure's feet, raised by the hop; the walk lifts the body."""
    return pen.at(pose.x, pose.y - pose.hop * pose.size, size=pose.size, turn=pose.lean)


def _bob(pose: Pose, height: float) -> float:
    return 0.0 if pose.stride is None else -height * abs(sin(pi * pose.stride))


def lotti(pen: Pen, pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw Lotti: a small girl with a red coat, a mustard scarf, pigtails and a teal beret."""
    feet = _standing(pen, pose)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    draw_legs(
        feet, pose, hips=(9, 34), width=9, step=15, stocking=p.STOCKINGS, shoe=p.BOOTS, shoe_size=9.5
    )
    body = feet.at(0, _bob(pose, 3))
    hands: dict[int, tuple[float, float]] = {}

    def arm(side: int) -> None:
        hands[side] = draw_arm(
            body, pose, side, shoulder=(17, 73), length=41, width=11.5, sleeve=p.COAT_RED, hand=p.MITTENS,
            hand_size=6.8,
        )

    head = Ball(0, -110, 33, 30, pose.facing)
    sides = sorted((1, -1), key=lambda side: arm_is_near(pose, side))
    for side in (1, -1):
        if head.depth(side * 108) <= 0:
            _pigtail(body, head, side)
    for side in sides:
        if not arm_is_near(pose, side):
            arm(side)
    flare = 1.0 if pose.stride is None else 1 + 0.06 * cos(2 * pi * pose.stride)
    wide, slim = 29 * flare, 14 + 4 * abs(c)
    body.shape(
        [(-slim, -80), (-slim - 6, -58), (-wide, -30), (-wide, -30), (0, -25), (wide, -30), (wide, -30),
         (slim + 6, -58), (slim, -80), (0, -85)],
        p.COAT_RED,
    )
    if c > -0.1:
        body.line([(8 * s, -78), (18 * s, -54), (25 * s, -27)], width=2)
        for k, y in enumerate((-68, -54, -40)):
            body.oval((13 + 4 * k) * s + 6.5 * c, y, 1.2 + 1.8 * max(c, 0.2), 3, p.SCARF_MUSTARD, width=1.6)
    else:  # the back has a half belt with a button
        body.line([(-15 * abs(c) - 14 * s, -52), (-14 * s, -49), (15 * abs(c) - 14 * s, -52)], width=3.4)
        body.oval(-14 * s, -50, 3, 3, p.SCARF_MUSTARD, width=1.6)
    for side in (1, -1):
        pocket = radians(pose.facing + side * 48)
        if cos(pocket) > 0.25:
            x = 24 * sin(pocket)
            body.line([(x - 6 * cos(pocket), -43), (x, -41.5), (x + 6 * cos(pocket), -43)], width=2)
    _scarf(body, pose)
    _lotti_head(body, head, pose)
    for side in sides:
        if arm_is_near(pose, side):
            arm(side)
    for side in (1, -1):
        if head.depth(side * 108) > 0:
            _pigtail(body, head, side)
    y = pose.y - pose.hop * pose.size
    return tuple(  # type: ignore[return-value]
        (pose.x + pose.size * hands[k][0], y + pose.size * (hands[k][1] + _bob(pose, 3))) for k in (1, -1)
    )


def _scarf(body: Pen, pose: Pose) -> None:
    around = radians(pose.facing + 28)
    if cos(around) > -0.2:
        x = 12 * sin(around)
        body.shape([(x - 5, -80), (x + 5, -80), (x + 8, -58), (x + 8, -58), (x - 2, -56), (x - 2, -56)],
                   p.SCARF_MUSTARD)
        body.line([(x + 3, -61), (x + 3.5, -57)], width=1.6)
    body.shape([(-18, -86), (0, -90), (18, -86), (19, -78), (0, -73), (-19, -78)], p.SCARF_MUSTARD)


def _lotti_head(body: Pen, head: Ball, pose: Pose) -> None:
    body.oval(head.x, head.y, head.rx, head.ry, p.HAIR_CHESTNUT)
    if head.depth(0, -10) > -0.75:
        body.shape(head.patch(0, -15, 66, 50), p.SKIN, width=2)
        _fringe(body, head)
        draw_face(body, head, pose, eye=5, cheek=p.CHEEK, mouth=p.MOUTH, tongue=p.TONGUE)
        if head.depth(0) > 0.08:  # a button nose
            x, y = head.point(0, -9, 1.03)
            body.line([(x - 2.5, y + 1), (x, y + 2.6), (x + 2.5, y + 1)], p.NOSE, 2.2)
    if head.depth(180) > 0:  # the parting
        body.line([head.point(180, e, 0.97) for e in (40, 10, -25, -50)], width=1.8)
    tilt = 5 * sin(radians(pose.facing))
    body.shape(
        [(-33 + tilt, -124), (-27 + tilt, -140), (2 + tilt, -149), (29 + tilt, -139), (33 + tilt, -123),
         (16 + tilt, -127), (0 + tilt, -128.5), (-16 + tilt, -127)],
        p.BERET_TEAL,
    )
    body.limb([(2 + tilt, -148), (4 + tilt, -154)], p.BERET_TEAL, 2.5)


def _fringe(body: Pen, head: Ball) -> None:
    """Two locks over the forehead, parted in the middle."""
    for side in (1, -1):
        if head.depth(side * 30, 30) > 0.05:
            lock = [(2, 34), (2, 34), (14, 17), (38, 10), (62, 12), (62, 12), (40, 44)]
            points = [head.point(side * b, e, 0.985) for b, e in lock]
            body.shape(points, p.HAIR_CHESTNUT, line=None)
            body.line(points[1:6], width=2)


def _pigtail(body: Pen, head: Ball, side: int) -> None:
    x, y = head.point(side * 108, -18, 1.02)
    out = (x - head.x) / head.rx
    body.shape(
        [(x - 4, y), (x + 4, y), (x + 9 + 7 * out, y + 12), (x + 8 + 9 * out, y + 27), (x + 10 * out, y + 36),
         (x - 8 + 9 * out, y + 27), (x - 9 + 7 * out, y + 12)],
        p.HAIR_CHESTNUT,
    )
    body.oval(x + 1.5 * out, y + 2, 5, 5, p.BERET_TEAL)


def grumbold(pen: Pen, pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw Grumbold the robber: a barrel of a man with a tall plum hat, a feather and a beard."""
    feet = _standing(pen, pose)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    draw_legs(
        feet, pose, hips=(19, 48), width=19, step=22, stocking=p.TROUSERS, shoe=p.BOOTS, shoe_size=14
    )
    body = feet.at(0, _bob(pose, 4))
    hands: dict[int, tuple[float, float]] = {}

    def arm(side: int) -> None:
        hands[side] = draw_arm(
            body, pose, side, shoulder=(40, 112), length=62, width=17, sleeve=p.SHIRT_LILAC, hand=p.SKIN,
            hand_size=9.5,
        )

    sides = sorted((1, -1), key=lambda side: arm_is_near(pose, side))
    for side in sides:
        if not arm_is_near(pose, side):
            arm(side)
    wide = 41 + 3 * abs(c)
    belly = 9 * s
    body.shape(
        [(-30, -126), (-wide + belly * 0.2, -100), (-wide - 4 + belly, -66), (-34, -40), (0, -36), (34, -40),
         (wide + 4 + belly, -66), (wide + belly * 0.2, -100), (30, -126), (0, -132)],
        p.VEST_GREEN,
    )
    if c > -0.15:
        body.line([(24 * s, -126), (40 * s + belly * 0.3, -90), (38 * s, -58)], width=2)
        for y in (-84, -72):
            body.oval(36 * s + 9 * c, y, 1.4 + 2 * max(c, 0.1), 3.4, p.BUCKLE, width=1.6)
    belt = [(-wide + 2 + belly, -62), (0 + belly, -54), (wide - 2 + belly, -62)]
    body.limb(belt, p.BOOTS, 8)
    if c > -0.1:
        x = belly + 40 * s
        body.box(x - 3 - 6 * max(c, 0), -63.5, 6 + 12 * max(c, 0), 15, p.BUCKLE)
        body.box(x - 1 - 2 * max(c, 0), -59, 2 + 4 * max(c, 0), 6, p.BOOTS, line_width=1.4)
    _grumbold_head(body, pose)
    for side in sides:
        if arm_is_near(pose, side):
            arm(side)
    y = pose.y - pose.hop * pose.size
    return tuple(  # type: ignore[return-value]
        (pose.x + pose.size * hands[k][0], y + pose.size * (hands[k][1] + _bob(pose, 4))) for k in (1, -1)
    )


def _grumbold_head(body: Pen, pose: Pose) -> None:
    head = Ball(0, -146, 29, 29, pose.facing)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    body.oval(head.x, head.y, head.rx, head.ry, p.BEARD)
    if c > -0.3:
        body.shape(head.patch(0, 10, 74, 46), p.SKIN, width=2)
        beard = [
            (head.x + 9 * s + x * (0.72 + 0.28 * abs(c)) + 7 * s * drop, y)
            for x, y, drop in ((-27, -138, 0), (-13, -133, 0), (0, -137, 0), (13, -133, 0), (27, -138, 0),
                               (24, -119, 0.3), (12, -106, 0.8), (0, -99, 1), (-12, -106, 0.8), (-24, -119, 0.3))
        ]
        body.shape(beard, p.BEARD)
        draw_face(body, head, pose, spread=20, height=11, eye=3.7, mouth_at=-99, white=p.EYE_WHITE)
        for side in (1, -1):
            if head.depth(side * 20, 30) > 0.1:
                brow = [head.point(side * b, e, 0.99) for b, e in ((6, 30), (20, 37), (36, 31))]
                body.line(brow, p.BEARD, 4.5)
        x, y = head.point(0, -30, 1.0)
        _beard_mouth(body, pose, x + 4 * s, y + 7)
        nose_x, nose_y = head.point(0, -8, 1.1)
        body.oval(nose_x, nose_y, 7.5, 6.5, p.NOSE)
    tilt = -3 * s
    body = body.at(0, -4)
    body.shape(  # crown, then brim
        [(-22 + tilt, -166), (-17 + tilt, -190), (-13 + tilt, -208), (-13 + tilt, -208), (3 + tilt, -203),
         (15 + tilt, -209), (15 + tilt, -209), (18 + tilt, -190), (23 + tilt, -166)],
        p.HAT_PLUM,
    )
    body.limb([(-20 + tilt, -171), (0 + tilt, -168), (21 + tilt, -171)], p.SCARF_MUSTARD, 5.5, line=None)
    feather = radians(pose.facing + 70)
    x = 21 * sin(feather) + tilt
    plume = [(x, -170), (x + 6, -186), (x + 18, -204), (x + 30, -212), (x + 26, -198), (x + 14, -180)]
    if cos(feather) > -0.2:
        body.shape(plume, p.FUR_ORANGE)
        body.line([(x + 2, -172), (x + 12, -190), (x + 24, -206)], width=1.6)
    body.shape(
        [(-46 + tilt, -164), (-30 + tilt, -171), (0 + tilt, -167), (30 + tilt, -171), (46 + tilt, -164),
         (26 + tilt, -157), (0 + tilt, -155), (-26 + tilt, -157)],
        p.HAT_PLUM,
    )


def _beard_mouth(body: Pen, pose: Pose, x: float, y: float) -> None:
    if abs(cos(radians(pose.facing))) < 0.05 and pose.talk < 0.1:
        return
    opening = 1.5 + 8 * pose.talk
    half = 9.0 * max(abs(cos(radians(pose.facing))), 0.45)
    bend = 3 * pose.smile
    body.shape([(x - half, y - bend), (x, y), (x + half, y - bend), (x + half * 0.5, y + opening),
                (x - half * 0.5, y + opening)], p.MOUTH, line=p.SKIN, width=1.8)


def olma(pen: Pen, pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw Olma the grandmother: a long violet dress, a mint apron, round glasses and a silver bun."""
    feet = _standing(pen, pose)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    draw_legs(
        feet, pose, hips=(10, 20), width=8, step=11, stocking=p.FUR_CREAM, shoe=p.SLIPPERS, shoe_size=9.5
    )
    sway = 0.0 if pose.stride is None else 2 * cos(pi * pose.stride)
    body = feet.at(0, _bob(pose, 2.5))
    hands: dict[int, tuple[float, float]] = {}

    def arm(side: int) -> None:
        hands[side] = draw_arm(
            body, pose, side, shoulder=(23, 96), length=48, width=13, sleeve=p.DRESS_VIOLET, hand=p.SKIN,
            hand_size=7.2,
        )

    sides = sorted((1, -1), key=lambda side: arm_is_near(pose, side))
    for side in sides:
        if not arm_is_near(pose, side):
            arm(side)
    hem = 36.0
    body.shape(
        [(-20, -106), (-27, -84), (-24, -66), (-32, -40), (-hem + sway, -12), (-hem + sway, -12), (sway, -7),
         (hem + sway, -12), (hem + sway, -12), (32, -40), (24, -66), (27, -84), (20, -106), (0, -111)],
        p.DRESS_VIOLET,
    )
    _apron(body, pose, sway)
    body.shape([(-17, -109), (0, -114), (17, -109), (12, -101), (0, -98), (-12, -101)], p.APRON_MINT)
    _olma_head(body, pose)
    for side in sides:
        if arm_is_near(pose, side):
            arm(side)
    y = pose.y - pose.hop * pose.size
    return tuple(  # type: ignore[return-value]
        (pose.x + pose.size * hands[k][0], y + pose.size * (hands[k][1] + _bob(pose, 2.5))) for k in (1, -1)
    )


def _apron(body: Pen, pose: Pose, sway: float) -> None:
    """The apron wraps the front half of the skirt; on the back there is only its bow."""
    def around(bearing: float, y: float, radius: float) -> tuple[float, float]:
        angle = radians(pose.facing + bearing)
        x = sin(angle) if cos(angle) > 0 else (1 if sin(angle) > 0 else -1)
        return x * radius + sway * (y + 66) / 54, y

    if cos(radians(pose.facing)) > -0.6:
        top = [around(b, -66, 24) for b in (-58, 0, 58)]
        low = [around(b, y, r) for b, y, r in ((58, -30, 33), (46, -20, 35), (0, -16, 35), (-46, -20, 35),
                                               (-58, -30, 33))]
        body.shape([top[0], *top, top[-1], *low], p.APRON_MINT)
        for bearing in (-30, 0, 30):
            if cos(radians(pose.facing + bearing)) > 0.2:
                x, y = around(bearing, -27, 34)
                body.oval(x, y, 2.6, 2.6, p.SLIPPERS, line=None)
    if cos(radians(pose.facing)) < 0.1:
        x, y = around(180, -66, 24)
        for side in (1, -1):
            body.shape([(x, y), (x + side * 11, y - 7), (x + side * 12, y + 3)], p.APRON_MINT, width=2)
            body.line([(x, y), (x + side * 5, y + 16)], p.APRON_MINT, 3.5)
        body.oval(x, y, 3, 3, p.APRON_MINT, width=2)


def _olma_head(body: Pen, pose: Pose) -> None:
    head = Ball(0, -132, 29, 28, pose.facing)
    bun_x, bun_y = head.point(180, 48, 1.0)
    bun_depth = head.depth(180, 30)
    if bun_depth < 0:
        body.oval(bun_x, bun_y - 6, 13, 12, p.HAIR_SILVER)
    body.oval(head.x, head.y, head.rx, head.ry, p.HAIR_SILVER)
    if head.depth(0) > -0.75:
        body.shape(head.patch(0, -14, 66, 50), p.SKIN, width=2)
        for side in (1, -1):
            if head.depth(side * 30, 30) > 0.05:
                lock = [(0, 62), (0, 44), (14, 26), (40, 16), (66, 8), (66, 8), (58, 40)]
                points = [head.point(side * b, e, 0.985) for b, e in lock]
                body.shape(points, p.HAIR_SILVER, line=None)
                body.line(points[:6], width=2)
        draw_face(body, head, pose, spread=22, height=0, eye=3.4, mouth_at=-36, mouth_width=15, cheek=p.CHEEK,
                  mouth=p.MOUTH, tongue=p.TONGUE)
        for side in (1, -1):
            d = head.depth(side * 22)
            if d > 0.1:
                x, y = head.point(side * 22, 0, 0.97)
                body.line(_ring(x, y, 9.5 * d, 9.5), width=2, closed=True)
        if head.depth(0) > 0.1:
            x, y = head.point(0, -12, 1.04)
            body.oval(x, y, 3.6, 3.2, p.CHEEK, width=1.6)
        if head.depth(0) > 0.3:
            body.line([head.point(b, 3, 0.99) for b in (-8, 0, 8)], width=2)
    if bun_depth >= 0:
        body.oval(bun_x, bun_y, 14, 13, p.HAIR_SILVER)
        body.line([(bun_x - 7, bun_y + 2), (bun_x, bun_y - 5), (bun_x + 6, bun_y + 1), (bun_x, bun_y + 5)], width=1.6)


def _ring(x: float, y: float, rx: float, ry: float) -> list[tuple[float, float]]:
    return [(x + rx * cos(a * pi / 6), y + ry * sin(a * pi / 6)) for a in range(12)]
