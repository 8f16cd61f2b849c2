"""Lotti: a small girl with a red coat, a mustard scarf, pigtails and a teal beret."""

from __future__ import annotations

from math import cos, pi, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.cast.figures import Arms, Legs, Pose, Spot, standing
from cartoonize.sample.cast.heads import Ball, Face
from cartoonize.sample.pen import Pen

_ARMS = Arms((17, 73), length=41, width=11.5, sleeve=p.COAT_RED, hand=p.MITTENS, hand_size=6.8)
_LEGS = Legs((9, 34), width=9, step=15, stocking=p.STOCKINGS, shoe=p.BOOTS, shoe_size=9.5)
_FACE = Face(eye=5, cheek=p.CHEEK)
_BOB = 3.0

#: Bearing of the pigtails.
_PIGTAILS = (108, -108)


def lotti(pen: Pen, pose: Pose) -> tuple[Spot, Spot]:
    """Draw Lotti and return the positions of her left and right hand."""
    feet = standing(pen, pose)
    _LEGS.draw(feet, pose)
    body = feet.at(0, pose.bob(_BOB))
    head = Ball(0, -110, 33, 30, pose.facing)
    for bearing in _PIGTAILS:
        if head.depth(bearing) <= 0:
            _pigtail(body, head, bearing)
    _ARMS.draw(body, pose, near=False)
    _coat(body, pose)
    _scarf(body, pose)
    _head(body, head, pose)
    _ARMS.draw(body, pose, near=True)
    for bearing in _PIGTAILS:
        if head.depth(bearing) > 0:
            _pigtail(body, head, bearing)
    return _ARMS.hands(pose, _BOB)


def _coat(body: Pen, pose: Pose) -> None:
    s, c = pose.sideways, pose.frontal
    hem = 29 * (1.0 if pose.stride is None else 1 + 0.06 * cos(2 * pi * pose.stride))
    slim = 14 + 4 * abs(c)
    right = [(slim, -80), (slim + 6, -58), (hem, -30), (hem, -30)]
    left = [(-x, y) for x, y in right]
    body.shape([(0, -85), *right, (0, -25), *reversed(left)], p.COAT_RED)
    if c > -0.1:
        body.line([(8 * s, -78), (18 * s, -54), (25 * s, -27)], width=2)
        for k, y in enumerate((-68, -54, -40)):
            x = (13 + 4 * k) * s + 6.5 * c
            body.oval(x, y, 1.2 + 1.8 * max(c, 0.2), 3, p.SCARF_MUSTARD, width=1.6)
    else:  # the back has a half belt with a button
        belt = body.at(-14 * s, 0)
        belt.line([(-15 * abs(c), -52), (0, -49), (15 * abs(c), -52)], width=3.4)
        belt.oval(0, -50, 3, 3, p.SCARF_MUSTARD, width=1.6)
    for bearing in (48, -48):
        around = radians(pose.facing + bearing)
        if cos(around) > 0.25:
            pocket = body.at(24 * sin(around), 0)
            pocket.line([(-6 * cos(around), -43), (0, -41.5), (6 * cos(around), -43)], width=2)


def _scarf(body: Pen, pose: Pose) -> None:
    around = radians(pose.facing + 28)
    if cos(around) > -0.2:
        end = body.at(12 * sin(around), 0)
        end.shape("-5,-80 5,-80 8,-58 8,-58 -2,-56 -2,-56", p.SCARF_MUSTARD)
        end.line([(3, -61), (3.5, -57)], width=1.6)
    body.shape("-18,-86 0,-90 18,-86 19,-78 0,-73 -19,-78", p.SCARF_MUSTARD)


def _head(body: Pen, head: Ball, pose: Pose) -> None:
    body.oval(head.x, head.y, head.rx, head.ry, p.HAIR_CHESTNUT)
    if head.depth(0, -10) > -0.75:
        body.shape(head.patch(-15, 66, 50), p.SKIN, width=2)
        _fringe(body, head)
        _FACE.draw(body, head, pose)
        if head.depth(0) > 0.08:
            nose = body.at(*head.point(0, -9, 1.03))
            nose.line("-2.5,1 0,2.6 2.5,1", p.NOSE, 2.2)
    if head.depth(180) > 0:  # the parting
        body.line([head.point(180, e, 0.97) for e in (40, 10, -25, -50)], width=1.8)
    beret = body.at(5 * pose.sideways, 0)
    beret.shape(
        "-33,-124 -27,-140 2,-149 29,-139 33,-123 16,-127 0,-128.5 -16,-127",
        p.BERET_TEAL,
    )
    beret.limb([(2, -148), (4, -154)], p.BERET_TEAL, 2.5)


def _fringe(body: Pen, head: Ball) -> None:
    """Draw two locks over the forehead, parted in the middle."""
    for side in (1, -1):
        if head.depth(side * 30, 30) > 0.05:
            lock = [(2, 34), (2, 34), (14, 17), (38, 10), (62, 12), (62, 12), (40, 44)]
            points = [head.point(side * b, e, 0.985) for b, e in lock]
            body.shape(points, p.HAIR_CHESTNUT, line=None)
            body.line(points[1:6], width=2)


def _pigtail(body: Pen, head: Ball, bearing: float) -> None:
    x, y = head.point(bearing, -18, 1.02)
    out = (x - head.x) / head.rx  # the lock hangs outwards
    tail = body.at(x, y)
    tail.shape(
        [
            (-4, 0),
            (4, 0),
            (9 + 7 * out, 12),
            (8 + 9 * out, 27),
            (10 * out, 36),
            (-8 + 9 * out, 27),
            (-9 + 7 * out, 12),
        ],
        p.HAIR_CHESTNUT,
    )
    tail.oval(1.5 * out, 2, 5, 5, p.BERET_TEAL)
