"""Objects that figures carry, lose and find. The origin of each is where it stands or is held."""

from __future__ import annotations

from math import cos, pi, sin

from cartoonize.sample import paints as p
from cartoonize.sample.paints import INK, Paint
from cartoonize.sample.pen import Pen


def basket(pen: Pen, filling: Paint = p.RED) -> None:
    """Draw a basket of fruit, held at its handle."""
    pen.line("-20,30 -16,8 0,0 16,8 20,30", INK, 6)
    pen.line("-20,30 -16,8 0,0 16,8 20,30", p.WICKER, 2.6)
    for x, y in ((-12, 27), (0, 24), (12, 27)):
        pen.oval(x, y, 8, 8, filling, width=2)
    pen.shape("-25,29 25,29 20,52 20,52 -20,52 -20,52", p.WICKER)
    pen.line([(-23, 37), (23, 37)], p.WICKER.shade(-36), 2)
    pen.line([(-21, 45), (21, 45)], p.WICKER.shade(-36), 2)


def ball(pen: Pen, turn: float = 0) -> None:
    """Draw a striped ball, 36 across, resting on y = 0."""
    round_ = pen.at(0, -18, turn=turn)
    round_.oval(0, 0, 18, 18, p.YELLOW)
    round_.shape("-16,-9 0,-5 16,-9 17,3 0,6 -17,3", p.BLUE, width=2)
    round_.oval(0, -13, 4, 3, p.RED, width=1.8)


def kite(pen: Pen, tail: float = 0) -> None:
    """Draw a kite around its middle; ``tail`` makes its tail wave."""
    pen.shape("0,-44 28,-6 0,44 -28,-6", p.RED, smooth=False)
    pen.shape("0,-44 28,-6 0,-6", p.YELLOW, smooth=False, width=2)
    pen.shape("0,44 -28,-6 0,-6", p.TEAL, smooth=False, width=2)
    string = [(4.0 * k + 10 * sin(0.9 * k + tail), 44.0 + 12 * k) for k in range(8)]
    pen.line(string, INK, 2)
    for k in (2, 4, 6):
        x, y = string[k]
        pen.shape([(x - 10, y - 6), (x, y), (x - 10, y + 6)], p.PINK, smooth=False, width=2)
        pen.shape([(x + 10, y - 6), (x, y), (x + 10, y + 6)], p.PINK, smooth=False, width=2)


def umbrella(pen: Pen) -> None:
    """Draw an open umbrella, held at its grip."""
    pen.line("0,-86 0,6 5,12 10,6", INK, 5)
    pen.line("0,-86 0,6 5,12 10,6", p.TABLE, 2)
    edges = (-62, -38, -13, 13, 38, 62)
    dome = [
        (-62, -62),
        (-62, -62),
        (-50, -92),
        (-24, -112),
        (0, -117),
        (24, -112),
        (50, -92),
        (62, -62),
        (62, -62),
    ]
    scallops = [
        pt
        for k in range(5, 0, -1)
        for pt in ((edges[k], -62), (edges[k], -62), ((edges[k] + edges[k - 1]) / 2, -70))
    ]
    pen.shape([*dome, *scallops[2:]], p.TEAL)
    for x in edges[1:-1]:
        pen.line([(x, -62), (x * 0.75, -92), (0, -116)], INK, 2)
    pen.line([(0, -116), (0, -124)], INK, 4)


def cake(pen: Pen, flames: float = 0) -> None:
    """Draw a cake with candles, 70 wide, standing on y = 0."""
    pen.oval(0, -2, 46, 7, p.CLOTH)
    pen.shape("-36,-4 -36,-40 36,-40 36,-4 0,0", p.FUR_CREAM)
    pen.shape("-37,-30 -38,-44 0,-50 38,-44 37,-30 28,-22 19,-30 9,-20 0,-29 -10,-20 -19,-30 -28,-21", p.PINK)
    pen.limb("-35,-12 0,-8 35,-12", p.RED, 3, line=None)
    for k, x in enumerate((-22, 0, 22)):
        pen.box(x - 3, -66, 6, 20, (p.TEAL, p.YELLOW, p.PURPLE)[k], line_width=2)
        sway = 1.6 * sin(flames + 2 * k)
        pen.shape(
            [(x - 4, -70), (x + sway, -82), (x + sway, -82), (x + 4, -70), (x, -66)], p.FUR_ORANGE, width=1.8
        )


def lantern(pen: Pen) -> None:
    """Draw a lantern, held at its ring."""
    pen.line("-5,6 0,0 5,6", INK, 2.6)
    pen.shape("-11,16 0,5 11,16", p.IRON, smooth=False)
    pen.box(-10, 16, 20, 26, p.LAMPLIGHT)
    pen.shape("-4,38 0,24 0,24 4,38", p.FUR_ORANGE, line=None)
    pen.box(-13, 42, 26, 6, p.IRON)


def letter(pen: Pen, turn: float = 0) -> None:
    """Draw a sealed letter around its middle."""
    here = pen.at(turn=turn)
    here.box(-22, -15, 44, 30, p.PAPER)
    here.line("-22,-15 0,4 22,-15", INK, 2, smooth=False)
    here.oval(0, 3, 5, 5, p.RED, width=1.8)


def boat(pen: Pen) -> None:
    """Draw a sailing boat, 120 wide, afloat on y = 0."""
    pen.limb([(0, -8), (0, -118)], p.TABLE, 4)
    pen.shape("5,-112 5,-112 40,-60 58,-24 58,-24 5,-24 5,-24", p.SAIL)
    pen.shape("-5,-100 -5,-100 -26,-58 -42,-24 -42,-24 -5,-24 -5,-24", p.PINK)
    pen.shape("2,-118 26,-126 2,-134", p.RED, smooth=False, width=2)
    pen.shape("-66,-18 -66,-18 66,-18 66,-18 50,8 40,14 -40,14 -52,8", p.BLUE)
    pen.limb([(-60, -8), (60, -8)], p.YELLOW, 4, line=None)


def balloon(pen: Pen, flame: float = 0) -> None:
    """Draw a hot-air balloon around the middle of its envelope, 150 across."""
    for x in (-16, 16):
        pen.line([(x * 2.4, 66), (x, 128)], INK, 2)
    pen.shape(
        [(-10, 106 - 4 * flame), (0, 84 - 10 * flame), (0, 84 - 10 * flame), (10, 106)],
        p.FUR_ORANGE,
        width=1.8,
    )
    outline = [
        (0, -86),
        (48, -72),
        (76, -30),
        (72, 14),
        (40, 62),
        (26, 78),
        (-26, 78),
        (-40, 62),
        (-72, 14),
        (-76, -30),
        (-48, -72),
    ]
    pen.shape(outline, p.PURPLE)
    for squeeze, paint in ((0.72, p.YELLOW), (0.42, p.TEAL), (0.14, p.RED)):
        pen.shape([(x * squeeze, y) for x, y in outline], paint, width=2)
    pen.limb([(-27, 78), (27, 78)], p.TABLE, 5)
    gondola(pen)


def gondola(pen: Pen) -> None:
    """Draw the balloon's basket alone, in front of its passengers."""
    pen.shape("-24,128 24,128 20,162 -20,162", p.WICKER, smooth=False)
    for y in (138, 148):
        pen.line([(-22, y), (22, y)], p.WICKER.shade(-36), 2)
    pen.limb([(-26, 128), (26, 128)], p.TABLE, 5)


def chest(pen: Pen, lid: float = 0) -> None:
    """Draw a treasure chest, 100 wide; ``lid`` from 0 (shut) to 1 (open)."""
    if lid > 0.05:
        rise = 34 * lid
        pen.shape(
            [(-48, -48), (-46, -52 - rise), (0, -60 - rise), (46, -52 - rise), (48, -48)], p.CHEST.shade(-20)
        )
        for k in range(7):
            pen.oval(-36 + 12 * k, -50 - 4 * (k % 2), 8, 8, p.BUCKLE, width=1.8)
    else:
        pen.shape("-50,-44 -48,-62 -30,-74 30,-74 48,-62 50,-44", p.CHEST)
        for x in (-30, 30):
            pen.limb([(x, -72), (x * 1.06, -46)], p.IRON, 5, line=None)
    pen.box(-50, -46, 100, 46, p.CHEST)
    for x in (-36, 26):
        pen.box(x, -46, 10, 46, p.IRON, line_width=2)
    pen.box(-9, -50, 18, 18, p.BUCKLE)
    pen.oval(0, -42, 2.6, 2.6, INK, line=None)


def apple(pen: Pen, paint: Paint = p.RED) -> None:
    """Draw an apple, 24 across, resting on y = 0."""
    pen.shape("0,-21 9,-23 14,-13 8,-1 0,-2 -8,-1 -14,-13 -9,-23", paint)
    pen.line([(0, -20), (3, -29)], p.TRUNK, 3)
    pen.shape("3,-25 11,-31 13,-24", p.GREEN, width=1.8)


def book(pen: Pen) -> None:
    """Draw an open book around the bottom of its spine."""
    pen.shape("-36,-26 0,-20 36,-26 36,2 0,8 -36,2", p.PURPLE, smooth=False)
    for side in (-1, 1):
        pen.shape(
            [
                (0, -22),
                (side * 14, -28),
                (side * 32, -27),
                (side * 32, -27),
                (side * 32, -1),
                (side * 32, -1),
                (side * 14, -2),
                (0, 4),
            ],
            p.PAPER,
        )
        for y in (-20, -14, -8):
            pen.line([(side * 7, y + 3), (side * 26, y)], p.STONE, 2)


def bucket(pen: Pen) -> None:
    """Draw a bucket, 44 wide, standing on y = 0."""
    pen.line("-20,-34 -14,-56 14,-56 20,-34", INK, 3)
    pen.shape("-22,-36 22,-36 16,0 -16,0", p.TEAL, smooth=False)
    pen.limb([(-23, -36), (23, -36)], p.TEAL.shade(20), 5)


def spade(pen: Pen) -> None:
    """Draw a small spade, held at its grip."""
    pen.limb([(0, 0), (0, 34)], p.WICKER, 4)
    pen.limb([(-7, 0), (7, 0)], p.RED, 4)
    pen.shape("-11,32 11,32 11,46 0,58 -11,46", p.RED)


def sandcastle(pen: Pen, built: float = 1) -> None:
    """Draw a sandcastle of which a share of 0..1 is built."""
    h = 0.35 + 0.65 * built
    for x, top in ((-38, 50), (38, 50), (0, 72)):
        y = -top * h
        pen.shape(
            [
                (x - 20, 0),
                (x - 17, y),
                (x - 17, y - 9),
                (x - 9, y - 9),
                (x - 9, y - 3),
                (x - 4, y - 3),
                (x - 4, y - 9),
                (x + 4, y - 9),
                (x + 4, y - 3),
                (x + 9, y - 3),
                (x + 9, y - 9),
                (x + 17, y - 9),
                (x + 17, y),
                (x + 20, 0),
            ],
            p.SAND.shade(-10),
            smooth=False,
        )
    pen.shape("-8,2 -8,-16 0,-22 8,-16 8,2", p.SAND.shade(-44), width=2)
    if built >= 1:
        pen.line([(0, -80), (0, -112)], INK, 3)
        pen.shape("0,-112 24,-104 0,-96", p.RED, smooth=False, width=2)


def gramophone(pen: Pen, sound: float = 0) -> None:
    """Draw a gramophone, 90 high; ``sound`` makes its horn swell."""
    pen.box(-34, -26, 68, 26, p.TABLE)
    pen.box(-26, -20, 52, 13, p.CRATE, line_width=2)
    pen.oval(0, -29, 28, 6, p.IRON)
    pen.limb("22,-30 26,-50 14,-62", p.BUCKLE, 5)
    horn = pen.at(12, -62, size=1 + 0.05 * sound)
    horn.shape("4,2 -6,-10 -30,-22 -46,-36 -46,-36 -16,-64 -16,-64 -2,-40 12,-14", p.SCARF_MUSTARD)
    horn.oval(-31, -50, 8, 21, p.FUR_ORANGE, turn=45)


def pie(pen: Pen, steam: float = 0) -> None:
    """Draw a steaming pie, 60 wide, standing on y = 0."""
    for x in (-14, 2, 18):
        pen.line([(x + 4 * sin(steam + 0.2 * x + k), -34.0 - 7 * k) for k in range(5)], p.CLOUD, 3)
    pen.shape("-34,-14 -24,-26 0,-30 24,-26 34,-14", p.SCARF_MUSTARD)
    for x in (-16, 0, 16):
        pen.line([(x - 6, -17), (x + 6, -25)], p.SCARF_MUSTARD.shade(-46), 2)
    pen.shape("-36,-15 36,-15 28,0 -28,0", p.RED, smooth=False)


def candle(pen: Pen, flame: float = 0) -> None:
    """Draw a candle on a saucer, standing on y = 0."""
    pen.oval(0, -3, 18, 5, p.BUCKLE)
    pen.box(-6, -34, 12, 30, p.FUR_CREAM)
    sway = 2 * sin(flame)
    pen.shape([(-6, -42), (sway, -60), (sway, -60), (6, -42), (0, -36)], p.FUR_ORANGE, width=2)


def firefly(pen: Pen, glow: float) -> None:
    """Draw a firefly whose light swells with ``glow``, 0..1."""
    pen.oval(0, 0, 5 + 5 * glow, 5 + 5 * glow, p.LAMPLIGHT.shade(-8), line=None)
    pen.oval(0, 0, 3, 3, p.MOON.shade(14), line=None)


def butterfly(pen: Pen, flap: float, paint: Paint = p.PETAL_PINK) -> None:
    """Draw a butterfly; ``flap`` from 0 (wings shut) to 1 (open)."""
    wide = 3 + 11 * flap
    for side in (-1, 1):
        pen.shape([(0, -2), (side * wide, -14), (side * (wide + 3), -5), (0, 0)], paint, width=1.8)
        pen.shape([(0, 0), (side * wide * 0.8, 2), (side * wide * 0.7, 9), (0, 4)], p.PETAL_YELLOW, width=1.8)
    pen.line([(0, -8), (0, 7)], INK, 3)


def note(pen: Pen, paint: Paint = p.PURPLE) -> None:
    """Draw a musical note."""
    pen.line("5,0 5,-22 14,-17", INK, 4)
    pen.oval(0, 0, 6.5, 5, paint, turn=-20, width=2)


def heart(pen: Pen) -> None:
    """Draw a small heart."""
    pen.shape("0,-6 6,-13 13,-9 11,0 0,11 0,11 -11,0 -13,-9 -6,-13", p.RED)


def bicycle(pen: Pen, turn: float) -> None:
    """Draw a bicycle standing on y = 0; ``turn`` rolls its wheels, in degrees."""
    for x in (-40, 40):
        pen.oval(x, -24, 24, 24, p.IRON)
        pen.oval(x, -24, 19, 19, p.CLOTH, width=2)
        for k in range(3):
            a = (turn + 60 * k) * pi / 180
            pen.line([(x - 19 * cos(a), -24 - 19 * sin(a)), (x + 19 * cos(a), -24 + 19 * sin(a))], INK, 1.6)
    for bar in (
        [(-40, -24), (-14, -62), (26, -62), (40, -24)],
        [(-40, -24), (0, -24), (26, -62)],
        [(0, -24), (-16, -68)],
    ):
        for k in range(len(bar) - 1):
            pen.limb(bar[k : k + 2], p.RED, 5)
    pen.limb("26,-62 24,-82 36,-88", p.IRON, 4)
    pen.shape("-30,-72 -6,-74 -12,-66 -26,-66", p.TABLE)


def laid_table(pen: Pen, cloth: Paint = p.CLOTH) -> None:
    """Draw a table with a cloth, 260 wide, standing on y = 0."""
    for x in (-104, 104):
        pen.limb([(x, -60), (x * 1.03, -3)], p.TABLE, 14)
    pen.shape(
        "-128,-96 -128,-96 128,-96 128,-96 132,-48 104,-36 78,-48 52,-36 26,-48 0,-36 -26,-48 "
        "-52,-36 -78,-48 -104,-36 -132,-48",
        cloth,
    )
    pen.shape("-126,-97 -112,-106 112,-106 126,-97 126,-93 -126,-93", cloth.shade(12), smooth=False)
    for x in (-104, -52, 0, 52, 104):
        pen.oval(x, -64, 6, 6, p.RED, line=None)
