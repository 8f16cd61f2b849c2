"""olma"""

from __future__ import annotations

from math import cos, pi, radians, sin

from cartoonize.sample import paints as p
from cartoonize.sample.pen import Pen


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
            body,
            pose,
            side,
            shoulder=(23, 96),
            length=48,
            width=13,
            sleeve=p.DRESS_VIOLET,
            hand=p.SKIN,
            hand_size=7.2,
        )

    sides = sorted((1, -1), key=lambda side: arm_is_near(pose, side))
    for side in sides:
        if not arm_is_near(pose, side):
            arm(side)
    hem = 36.0
    body.shape(
        [
            (-20, -106),
            (-27, -84),
            (-24, -66),
            (-32, -40),
            (-hem + sway, -12),
            (-hem + sway, -12),
            (sway, -7),
            (hem + sway, -12),
            (hem + sway, -12),
            (32, -40),
            (24, -66),
            (27, -84),
            (20, -106),
            (0, -111),
        ],
        p.DRESS_VIOLET,
    )
    _apron(body, pose, sway)
    body.shape("-17,-109 0,-114 17,-109 12,-101 0,-98 -12,-101", p.APRON_MINT)
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
        low = [
            around(b, y, r)
            for b, y, r in ((58, -30, 33), (46, -20, 35), (0, -16, 35), (-46, -20, 35), (-58, -30, 33))
        ]
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
        draw_face(
            body,
            head,
            pose,
            spread=22,
            height=0,
            eye=3.4,
            mouth_at=-36,
            mouth_width=15,
            cheek=p.CHEEK,
            mouth=p.MOUTH,
            tongue=p.TONGUE,
        )
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
        body.line(
            [(bun_x - 7, bun_y + 2), (bun_x, bun_y - 5), (bun_x + 6, bun_y + 1), (bun_x, bun_y + 5)],
            width=1.6,
        )



def _ring(x: float, y: float, rx: float, ry: float) -> list[tuple[float, float]]:
    return [(x + rx * cos(a * pi / 6), y + ry * sin(a * pi / 6)) for a in range(12)]
