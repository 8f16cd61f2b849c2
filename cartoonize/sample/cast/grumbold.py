"""Grumbold the robber: a stout man with a tall plum hat, a feather and a beard."""

from __future__ import annotations

from math import cos, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.cast.figures import Arms, Legs, Pose, Spot, standing
from cartoonize.sample.cast.heads import Ball, Face
from cartoonize.sample.pen import Pen

_ARMS = Arms((40, 112), length=62, width=17, sleeve=p.SHIRT_LILAC, hand=p.SKIN, hand_size=9.5)
_LEGS = Legs((19, 48), width=19, step=22, stocking=p.TROUSERS, shoe=p.BOOTS, shoe_size=14)
_FACE = Face(spread=20, height=11, eye=3.7, white=p.EYE_WHITE, mouth_at=None)
_BOB = 4.0

# Outline of the beard from the moustache down: (x, y, protrusion in profile).
_BEARD = (
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


def grumbold(pen: Pen, pose: Pose) -> tuple[Spot, Spot]:
    """Draw Grumbold and return the positions of his left and right hand."""
    feet = standing(pen, pose)
    _LEGS.draw(feet, pose)
    body = feet.at(0, pose.bob(_BOB))
    _ARMS.draw(body, pose, near=False)
    _vest(body, pose)
    _head(body, pose)
    _hat(body.at(-3 * pose.sideways, -4), pose)
    _ARMS.draw(body, pose, near=True)
    return _ARMS.hands(pose, _BOB)


def _vest(body: Pen, pose: Pose) -> None:
    s, c = pose.sideways, pose.frontal
    wide, belly = 41 + 3 * abs(c), 9 * s
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
    body.limb([(-wide + 2 + belly, -62), (belly, -54), (wide - 2 + belly, -62)], p.BOOTS, 8)
    if c > -0.1:
        buckle, turned = body.at(belly + 40 * s, 0), max(c, 0)
        buckle.box(-3 - 6 * turned, -63.5, 6 + 12 * turned, 15, p.BUCKLE)
        buckle.box(-1 - 2 * turned, -59, 2 + 4 * turned, 6, p.BOOTS, line_width=1.4)


def _head(body: Pen, pose: Pose) -> None:
    head = Ball(0, -146, 29, 29, pose.facing)
    s, c = pose.sideways, pose.frontal
    body.oval(head.x, head.y, head.rx, head.ry, p.BEARD)
    if c <= -0.3:
        return
    body.shape(head.patch(10, 74, 46), p.SKIN, width=2)
    slim = 0.72 + 0.28 * abs(c)
    body.shape([(9 * s + x * slim + 7 * s * jut, y) for x, y, jut in _BEARD], p.BEARD)
    _FACE.draw(body, head, pose)
    for side in (1, -1):
        if head.depth(side * 20, 30) > 0.1:
            brow = [head.point(side * b, e, 0.99) for b, e in ((6, 30), (20, 37), (36, 31))]
            body.line(brow, p.BEARD, 4.5)
    x, y = head.point(0, -30)
    _mouth(body.at(x + 4 * s, y + 7), pose)
    body.oval(*head.point(0, -8, 1.1), 7.5, 6.5, p.NOSE)


def _mouth(pen: Pen, pose: Pose) -> None:
    half = 9 * max(abs(pose.frontal), 0.45)
    corner, low = -3 * pose.smile, 1.5 + 8 * pose.talk
    opening = [(-half, corner), (0, 0), (half, corner), (half * 0.5, low), (-half * 0.5, low)]
    pen.shape(opening, p.MOUTH, line=p.SKIN, width=1.8)


def _hat(hat: Pen, pose: Pose) -> None:
    hat.shape(
        "-22,-166 -17,-190 -13,-208 -13,-208 3,-203 15,-209 15,-209 18,-190 23,-166",
        p.HAT_PLUM,
    )
    hat.limb("-20,-171 0,-168 21,-171", p.SCARF_MUSTARD, 5.5, line=None)
    around = radians(pose.facing + 70)
    if cos(around) > -0.2:
        feather = hat.at(21 * sin(around), 0)
        feather.shape("0,-170 6,-186 18,-204 30,-212 26,-198 14,-180", p.FUR_ORANGE)
        feather.line("2,-172 12,-190 24,-206", width=1.6)
    hat.shape("-46,-164 -30,-171 0,-167 30,-171 46,-164 26,-157 0,-155 -26,-157", p.HAT_PLUM)
