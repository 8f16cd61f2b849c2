"""The fourth tale: a day at the sea."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.acting import (
    STEP_GRUMBOLD,
    STEP_LOTTI,
    STEP_OLMA,
    hops,
    trot,
    walk,
    waving,
)
from cartoonize.sample.cast.animals import Beast, pip, rufus
from cartoonize.sample.cast.figures import Pose
from cartoonize.sample.cast.grumbold import grumbold
from cartoonize.sample.cast.lotti import lotti
from cartoonize.sample.cast.olma import olma
from cartoonize.sample.pen import Pen
from cartoonize.sample.scene import Cue, Line, Scene, Tale
from cartoonize.sample.sets import coast, countryside, town
from cartoonize.sample.stage import View


def _arriving(pen: Pen, cue: Cue) -> None:
    props.boat(pen.at(cue.path(0, 1, 240, -60), 300 + 3 * cue.swing(0.5), size=0.8, turn=2 * cue.swing(0.4)))
    way = walk(cue, 0, 1, -180, 130, STEP_OLMA * 1.2)
    hands = olma(pen, Pose(y=416, talk=cue.talk("Olma"), blink=cue.blink(), right=(0.35, 0.15, 0.15), **way))
    props.umbrella(pen.at(hands[1][0], hands[1][1]))
    way = walk(cue, 0, 1, -40, 290, STEP_LOTTI)
    hands = lotti(
        pen,
        Pose(
            y=438,
            talk=cue.talk("Lotti"),
            blink=cue.blink(0.6),
            hop=hops(cue, 5, 3),
            right=(0.3, 0.3, -0.7),
            **way,
        ),
    )
    props.bucket(pen.at(hands[1][0], hands[1][1] + 32, size=0.6))
    rufus(pen, Beast(y=450, wag=cue.swing(1.5), blink=cue.blink(1.1), **trot(cue, 0, 1, -330, 10)))


def _dune(pen: Pen, random: object) -> None:
    for x in (-260, 330):
        pen.shape(
            [(x - 170, 500), (x - 120, 466), (x - 20, 444), (x + 80, 462), (x + 150, 500)], p.SAND.shade(-8)
        )
        for dx in (-50, -36, -22, 26, 40):
            pen.line([(x + dx, 452), (x + dx + 4, 424), (x + dx + 14, 404)], p.MOSS.shade(-30), 3)


def _castle(pen: Pen, cue: Cue) -> None:
    props.boat(
        pen.at(cue.path(0, 1, -420, -330), 296 + 3 * cue.swing(0.5), size=0.62, turn=2 * cue.swing(0.4))
    )
    props.sandcastle(pen.at(-150, 434), cue.path(0, 0.7, 0, 1))
    scoop = abs(cue.swing(0.9)) if cue.share < 0.7 else 0
    cheer = cue.share > 0.74
    hands = lotti(
        pen,
        Pose(
            x=-252,
            y=440,
            facing=50,
            talk=cue.talk("Lotti"),
            blink=cue.blink(),
            lean=6 * scoop,
            left=waving(cue) if cheer else None,
            right=waving(cue) if cheer else (0.6, 0.2, -0.3 - 0.35 * scoop),
        ),
    )
    if not cheer:
        props.spade(pen.at(hands[1][0], hands[1][1], turn=-50))
    rufus(
        pen,
        Beast(
            x=-20,
            y=444,
            mirror=True,
            wag=cue.swing(1.8),
            nod=14 * scoop,
            blink=cue.blink(0.7),
            stride=4 * cue.seconds if cue.share < 0.7 else None,
        ),
    )
    pip(
        pen,
        Beast(x=-150 + 50 * cue.swing(0.3), y=280, hop=10 + 8 * cue.swing(0.8), wag=cue.swing(3), size=0.8),
    )


def _splash(pen: Pen, cue: Cue) -> None:
    leap = 4 * (cue.share - 0.55) * (0.95 - cue.share) / 0.16
    x = cue.path(0.55, 0.95, 120, 250)
    props.ball(pen.at(x, 420 - 90 * max(leap, 0)), 400 * cue.share)
    way = walk(cue, 0, 0.5, -60, 76, STEP_GRUMBOLD)
    hands = grumbold(
        pen,
        Pose(
            y=436,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            lean=-8 * cue.during(0.5, 0.55) + 8 * cue.during(0.58, 0.66),
            left=(0.4, 0.3, -0.6),
            **way,
        ),
    )
    props.bucket(pen.at(hands[0][0] + 2, hands[0][1] + 54))
    rufus(pen, Beast(y=446, wag=cue.swing(1.6), **trot(cue, 0.62, 1, 420, 330)))


def _rock_front(pen: Pen, random: object) -> None:
    for x, size in ((-40, 1.0), (340, 0.8)):
        here = pen.at(x, 490, size=size)
        here.shape("-90,14 -70,-34 -24,-58 30,-48 72,-18 92,14", p.ROCK)
        here.line([(-24, -10), (-8, -30)], p.ROCK.shade(-26), 2.4)
        here.line([(30, 0), (40, -18)], p.ROCK.shade(-26), 2.4)


def _shopping(pen: Pen, cue: Cue) -> None:
    pip(
        pen,
        Beast(x=-106, y=318, size=0.8, wag=0.4 * cue.swing(1), talk=cue.talk("Pip"), blink=cue.blink(1.2)),
    )
    way = walk(cue, 0, 0.55, -250, -60, STEP_OLMA)
    way["facing"] = 72 + 108 * cue.during(0.55, 0.7)  # she turns to the stall
    hands = olma(pen, Pose(y=436, talk=cue.talk("Olma"), blink=cue.blink(), right=(0.3, 0.3, -0.65), **way))
    if cue.share < 0.66:
        props.basket(pen.at(*hands[1], size=0.9), p.YELLOW)
    grumbold(
        pen,
        Pose(
            x=190,
            y=430,
            facing=-40,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(0.5),
            right=waving(cue) if cue.share > 0.6 else None,
            lean=cue.swing(0.5),
        ),
    )


def _sunset(pen: Pen, cue: Cue) -> None:
    facing = 180 - 150 * cue.during(0.5, 0.8)  # seen from behind, then she turns to us
    lotti(
        pen,
        Pose(
            x=-66,
            y=432,
            size=1.1,
            facing=facing,
            talk=cue.talk("Lotti"),
            blink=cue.blink(),
            left=waving(cue) if cue.share > 0.82 else None,
            lean=1.2 * cue.swing(0.4),
        ),
    )
    olma(pen, Pose(x=-180, y=428, facing=180, size=1.05, lean=0.8 * cue.swing(0.4, 0.4)))
    rufus(pen, Beast(x=66, y=440, sit=True, mirror=True, wag=cue.swing(0.9), blink=cue.blink(0.8), size=1.05))
    pip(pen, Beast(x=cue.path(0, 1, -300, 330), y=150, hop=12 + 12 * cue.swing(0.7), wag=cue.swing(3)))


SEASIDE = Tale(
    "A Day at the Sea",
    (
        Scene(
            coast.seaside,
            _arriving,
            View(-110),
            View(210),
            _dune,
            drift=1.2,
            steps=3,
            beat=1.2,
            fade_in=True,
            lines=(
                Line("Lotti", 0.15, 0.5, "I can smell the salt!"),
                Line("Olma", 0.58, 0.92, "Not so fast, my dear."),
            ),
        ),
        Scene(
            coast.seaside,
            _castle,
            View(-180, 330, 1.4),
            View(-170, 300, 1.15),
            hold=3,
            lines=(Line("Lotti", 0.74, 0.98, "A castle for Rufus!"),),
        ),
        Scene(
            coast.seaside,
            _splash,
            View(140, 280, 1.1),
            View(180),
            _rock_front,
            steps=1.5,
            fade_out=True,
            lines=(Line("Grumbold", 0.1, 0.45, "Where are the crabs?"), Line("Grumbold", 0.6, 0.8, "Ouch!")),
        ),
        Scene(
            town.market,
            _shopping,
            View(-100),
            View(30, 300, 1.3),
            hold=2,
            steps=2,
            fade_in=True,
            lines=(
                Line("Grumbold", 0.3, 0.52, "Lemons, Olma?"),
                Line("Olma", 0.62, 0.94, "And a melon, if you please."),
            ),
        ),
        Scene(
            countryside.dusk,
            _sunset,
            View(-60, 300, 1.45),
            View(-40),
            hold=3,
            fade_out=True,
            lines=(Line("Lotti", 0.55, 0.9, "Can we come back tomorrow?"),),
        ),
    ),
)
