"""grumbold"""

from __future__ import annotations

from math import cos, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.pen import Pen


def grumbold(pen: Pen, pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    """Draw Grumbold the robber: a barrel of a man with a tall plum hat, a feather and a beard."""
    feet = _standing(pen, pose)
    s, c = sin(radians(pose.facing)), cos(radians(pose.facing))
    draw_legs(feet, pose, hips=(19, 48), width=19, step=22, stocking=p.TROUSERS, shoe=p.BOOTS, shoe_size=14)
    body = feet.at(0, _bob(pose, 4))
    hands: dict[int, tuple[float, float]] = {}

    def arm(side: int) -> None:
        hands[side] = draw_arm(
            body,
            pose,
            side,
            shoulder=(40, 112),
            length=62,
            width=17,
            sleeve=p.SHIRT_LILAC,
            hand=p.SKIN,
            hand_size=9.5,
        )

    sides = sorted((1, -1), key=lambda side: arm_is_near(pose, side))
    for side in sides:
        if not arm_is_near(pose, side):
            arm(side)
    wide = 41 + 3 * abs(c)
    belly = 9 * s
    body.shape(
        [
            (-30, -126),
            (-wide + belly * 0.2, -100),
            (-wide - 4 + belly, -66),
            (-34, -40),
            (0, -36),
            (34, -40),
            (wide + 4 + belly, -66),
            (wide + belly * 0.2, -100),
            (30, -126),
            (0, -132),
        ],
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
            for x, y, drop in (
                (-27, -138, 0),
                (-13, -133, 0),
                (0, -137, 0),
                (13, -133, 0),
                (27, -138, 0),
                (24, -119, 0.3),
                (12, -106, 0.8),
                (0, -99, 1),
                (-12, -106, 0.8),
                (-24, -119, 0.3),
            )
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
        [
            (-22 + tilt, -166),
            (-17 + tilt, -190),
            (-13 + tilt, -208),
            (-13 + tilt, -208),
            (3 + tilt, -203),
            (15 + tilt, -209),
            (15 + tilt, -209),
            (18 + tilt, -190),
            (23 + tilt, -166),
        ],
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
        [
            (-46 + tilt, -164),
            (-30 + tilt, -171),
            (0 + tilt, -167),
            (30 + tilt, -171),
            (46 + tilt, -164),
            (26 + tilt, -157),
            (0 + tilt, -155),
            (-26 + tilt, -157),
        ],
        p.HAT_PLUM,
    )



def _beard_mouth(body: Pen, pose: Pose, x: float, y: float) -> None:
    if abs(cos(radians(pose.facing))) < 0.05 and pose.talk < 0.1:
        return
    opening = 1.5 + 8 * pose.talk
    half = 9.0 * max(abs(cos(radians(pose.facing))), 0.45)
    bend = 3 * pose.smile
    body.shape(
        [
            (x - half, y - bend),
            (x, y),
            (x + half, y - bend),
            (x + half * 0.5, y + opening),
            (x - half * 0.5, y + opening),
        ],
        p.MOUTH,
        line=p.SKIN,
        width=1.8,
    )
