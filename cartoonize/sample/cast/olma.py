"""Olma the grandmother: a long violet dress, a mint apron, round glasses and a silver bun."""

from __future__ import annotations

from math import cos, pi, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.cast.figures import Arms, Legs, Pose, Spot, standing
from cartoonize.sample.cast.heads import Ball, Face
from cartoonize.sample.pen import Pen, ring

_ARMS = Arms((23, 96), length=48, width=13, sleeve=p.DRESS_VIOLET, hand=p.SKIN, hand_size=7.2)
_LEGS = Legs((10, 20), width=8, step=11, stocking=p.FUR_CREAM, shoe=p.SLIPPERS, shoe_size=9.5)
_FACE = Face(spread=22, height=0, eye=3.4, mouth_at=-36, mouth_width=15, cheek=p.CHEEK)
_BOB = 2.5


def olma(pen: Pen, pose: Pose) -> tuple[Spot, Spot]:
    """Draw Olma and return the positions of her left and right hand."""
    feet = standing(pen, pose)
    _LEGS.draw(feet, pose)
    sway = 0.0 if pose.stride is None else 2 * cos(pi * pose.stride)
    body = feet.at(0, pose.bob(_BOB))
    _ARMS.draw(body, pose, near=False)
    _dress(body, sway)
    _apron(body, pose, sway)
    body.shape("-17,-109 0,-114 17,-109 12,-101 0,-98 -12,-101", p.APRON_MINT)
    _head(body, pose)
    _ARMS.draw(body, pose, near=True)
    return _ARMS.hands(pose, _BOB)


def _dress(body: Pen, sway: float) -> None:
    right = [(20, -106), (27, -84), (24, -66), (32, -40)]
    left = [(-x, y) for x, y in reversed(right)]
    hem = [(36 + sway, -12), (36 + sway, -12), (sway, -7), (-36 + sway, -12), (-36 + sway, -12)]
    body.shape([(0, -111), *right, *hem, *left], p.DRESS_VIOLET)


def _apron(body: Pen, pose: Pose, sway: float) -> None:
    """Draw the apron, which covers the front half of the skirt and has a bow on the back."""

    def around(bearing: float, y: float, radius: float) -> Spot:
        angle = radians(pose.facing + bearing)
        x = sin(angle) if cos(angle) > 0 else (1 if sin(angle) > 0 else -1)
        return x * radius + sway * (y + 66) / 54, y

    if pose.frontal > -0.6:
        top = [around(b, -66, 24) for b in (-58, 0, 58)]
        edge = ((58, -30, 33), (46, -20, 35), (0, -16, 35), (-46, -20, 35), (-58, -30, 33))
        body.shape([top[0], *top, top[-1], *(around(*e) for e in edge)], p.APRON_MINT)
        for bearing in (-30, 0, 30):
            if cos(radians(pose.facing + bearing)) > 0.2:
                body.oval(*around(bearing, -27, 34), 2.6, 2.6, p.SLIPPERS, line=None)
    if pose.frontal < 0.1:
        bow = body.at(*around(180, -66, 24))
        for side in (1, -1):
            bow.shape([(0, 0), (side * 11, -7), (side * 12, 3)], p.APRON_MINT, width=2)
            bow.line([(0, 0), (side * 5, 16)], p.APRON_MINT, 3.5)
        bow.oval(0, 0, 3, 3, p.APRON_MINT, width=2)


def _head(body: Pen, pose: Pose) -> None:
    head = Ball(0, -132, 29, 28, pose.facing)
    bun = body.at(*head.point(180, 48))
    bun_behind = head.depth(180, 30) < 0
    if bun_behind:
        bun.oval(0, -6, 13, 12, p.HAIR_SILVER)
    body.oval(head.x, head.y, head.rx, head.ry, p.HAIR_SILVER)
    if head.depth(0) > -0.75:
        body.shape(head.patch(-14, 66, 50), p.SKIN, width=2)
        _parted_hair(body, head)
        _FACE.draw(body, head, pose)
        _glasses(body, head)
    if not bun_behind:
        bun.oval(0, 0, 14, 13, p.HAIR_SILVER)
        bun.line("-7,2 0,-5 6,1 0,5", width=1.6)


def _parted_hair(body: Pen, head: Ball) -> None:
    for side in (1, -1):
        if head.depth(side * 30, 30) > 0.05:
            lock = [(0, 62), (0, 44), (14, 26), (40, 16), (66, 8), (66, 8), (58, 40)]
            points = [head.point(side * b, e, 0.985) for b, e in lock]
            body.shape(points, p.HAIR_SILVER, line=None)
            body.line(points[:6], width=2)


def _glasses(body: Pen, head: Ball) -> None:
    for side in (1, -1):
        d = head.depth(side * 22)
        if d > 0.1:
            x, y = head.point(side * 22, 0, 0.97)
            body.line(ring(x, y, 9.5 * d, 9.5), width=2, closed=True)
    if head.depth(0) > 0.3:
        body.line([head.point(b, 3, 0.99) for b in (-8, 0, 8)], width=2)
    if head.depth(0) > 0.1:
        body.oval(*head.point(0, -12, 1.04), 3.6, 3.2, p.CHEEK, width=1.6)
