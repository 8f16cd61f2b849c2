"""lotti"""

from __future__ import annotations

from math import cos, pi, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.pen import Pen


def lotti(pen: Pen, pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw Lotti: a small girl with a red coat, a mustard scarf, pigtails and a teal beret."""
    feet = _standing(pen, pose)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    draw_legs(feet, pose, hips=(9, 34), width=9, step=15, stocking=p.STOCKINGS, shoe=p.BOOTS, shoe_size=9.5)
    body = feet.at(0, _bob(pose, 3))
    hands: dict[int, tuple[float, float]] = {}

    def arm(side: int) -> None:
        hands[side] = draw_arm(
            body,
            pose,
            side,
            shoulder=(17, 73),
            length=41,
            width=11.5,
            sleeve=p.COAT_RED,
            hand=p.MITTENS,
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
        [
            (-slim, -80),
            (-slim - 6, -58),
            (-wide, -30),
            (-wide, -30),
            (0, -25),
            (wide, -30),
            (wide, -30),
            (slim + 6, -58),
            (slim, -80),
            (0, -85),
        ],
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
        body.shape(
            [(x - 5, -80), (x + 5, -80), (x + 8, -58), (x + 8, -58), (x - 2, -56), (x - 2, -56)],
            p.SCARF_MUSTARD,
        )
        body.line([(x + 3, -61), (x + 3.5, -57)], width=1.6)
    body.shape("-18,-86 0,-90 18,-86 19,-78 0,-73 -19,-78", p.SCARF_MUSTARD)



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
        [
            (-33 + tilt, -124),
            (-27 + tilt, -140),
            (2 + tilt, -149),
            (29 + tilt, -139),
            (33 + tilt, -123),
            (16 + tilt, -127),
            (0 + tilt, -128.5),
            (-16 + tilt, -127),
        ],
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
        [
            (x - 4, y),
            (x + 4, y),
            (x + 9 + 7 * out, y + 12),
            (x + 8 + 9 * out, y + 27),
            (x + 10 * out, y + 36),
            (x - 8 + 9 * out, y + 27),
            (x - 9 + 7 * out, y + 12),
        ],
        p.HAIR_CHESTNUT,
    )
    body.oval(x + 1.5 * out, y + 2, 5, 5, p.BERET_TEAL)
