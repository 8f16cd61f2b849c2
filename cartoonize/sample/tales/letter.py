"""The third tale: a letter, a lantern, and a chest in a cellar."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.acting import (
    STEP_LOTTI,
    bushes,
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
from cartoonize.sample.sets import countryside, furniture, indoors
from cartoonize.sample.stage import View


def _reading(pen: Pen, cue: Cue) -> None:
    furniture.crate(pen.at(-118, 420), 66)
    props.candle(pen.at(-118, 354), 9 * cue.seconds)
    hands = lotti(
        pen,
        Pose(
            x=0,
            y=424,
            facing=-14,
            talk=cue.talk("Lotti"),
            blink=cue.blink(),
            left=(0.55, -0.12, -0.3 + 0.03 * cue.swing(0.6)),
            right=(0.55, -0.12, -0.3),
        ),
    )
    props.letter(pen.at((hands[0][0] + hands[1][0]) / 2, hands[0][1] - 2), 4 * cue.swing(0.6))
    pip(
        pen,
        Beast(x=136, y=346, mirror=True, talk=cue.talk("Pip"), wag=0.3 * cue.swing(1), blink=cue.blink(0.8)),
    )
    furniture.crate(pen.at(140, 418), 72)


def _crates(pen: Pen, random: object) -> None:
    furniture.crate(pen.at(-236, 486), 110, p.BARREL)
    furniture.crate(pen.at(268, 490), 92)


def _by_lantern(pen: Pen, cue: Cue) -> None:
    for k in range(6):
        x = -260 + 105 * k + 22 * cue.swing(0.4, k / 6)
        props.firefly(pen.at(x, 340 - 34 * (k % 3) + 12 * cue.swing(0.6, k / 4)), abs(cue.swing(0.7, k / 5)))
    rufus(pen, Beast(y=424, wag=cue.swing(1), blink=cue.blink(0.5), **trot(cue, 0, 1, -330, 130)))
    way = walk(cue, 0, 1, -190, 270, STEP_LOTTI)
    hands = lotti(pen, Pose(y=442, talk=cue.talk("Lotti"), blink=cue.blink(), right=(0.5, 0.25, -0.2), **way))
    props.lantern(pen.at(hands[1][0], hands[1][1] + 2))


def _treasure(pen: Pen, cue: Cue) -> None:
    facing = 52 - 236 * cue.during(0.52, 0.8)  # he looks over his shoulder, and turns his back on it
    grumbold(
        pen,
        Pose(
            x=-70,
            y=432,
            facing=facing,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            right=(0.6, 0.15, 0.1 * cue.swing(1.4)) if cue.share < 0.5 else None,
            left=(0.6, 0.15, 0.1 * cue.swing(1.4, 0.5)) if cue.share < 0.5 else None,
            lean=1.5 * cue.swing(0.6),
        ),
    )
    props.chest(pen.at(84, 440), cue.during(0.08, 0.3))


def _pip_watches(pen: Pen, cue: Cue) -> None:
    pip(
        pen,
        Beast(x=238, y=368, wag=0.5 * cue.swing(1), mirror=True, blink=cue.blink(1), talk=cue.talk("Pip")),
    )


def _barrel_front(pen: Pen, random: object) -> None:
    furniture.barrel(pen.at(-206, 492, size=1.3))
    furniture.barrel(pen.at(246, 500, size=1.4), p.DOOR_BLUE)


def _caught(pen: Pen, cue: Cue) -> None:
    start = 26 * max(0.0, 1 - abs(cue.share - 0.3) / 0.07) if cue.share < 0.4 else 0
    grumbold(
        pen,
        Pose(
            x=-200,
            y=432,
            facing=44,
            talk=cue.talk("Grumbold"),
            hop=start,
            smile=-0.9,
            blink=cue.blink(),
            left=(0.3, 0.7, 0.5) if 0.24 < cue.share < 0.5 else None,
            right=(0.3, 0.7, 0.5) if 0.24 < cue.share < 0.5 else None,
            lean=1.4 * cue.swing(0.5),
        ),
    )
    props.chest(pen.at(-370, 430), 1)
    way = walk(cue, 0, 0.3, 210, 20, STEP_LOTTI)
    hands = lotti(
        pen, Pose(y=436, talk=cue.talk("Lotti"), blink=cue.blink(0.7), left=(0.5, 0.25, -0.2), **way)
    )
    props.lantern(pen.at(hands[0][0], hands[0][1] + 2))
    rufus(
        pen,
        Beast(
            y=442,
            wag=cue.swing(1.4),
            talk=0.6 if 0.3 < cue.share < 0.4 else 0,
            **trot(cue, 0.02, 0.4, 330, 108),
        ),
    )


def _thanks(pen: Pen, cue: Cue) -> None:
    props.chest(pen.at(20, 424), 0)
    olma(pen, Pose(x=-130, y=432, facing=34, talk=cue.talk("Olma"), blink=cue.blink(), left=(0.6, 0.2, 0.1)))
    lotti(
        pen,
        Pose(
            x=128,
            y=434,
            facing=-36,
            talk=cue.talk("Lotti"),
            blink=cue.blink(0.6),
            hop=hops(cue, 8, 1.4) if cue.share > 0.5 else 0,
            right=waving(cue) if cue.share > 0.55 else None,
        ),
    )
    rufus(pen, Beast(x=236, y=440, sit=True, mirror=True, wag=cue.swing(1.2), blink=cue.blink(1.3)))
    pip(
        pen,
        Beast(
            x=24, y=356, talk=0.5 * cue.talk("Lotti"), wag=0.4 * cue.swing(1), blink=cue.blink(0.2), size=0.8
        ),
    )


LETTER = Tale(
    "The Letter",
    (
        Scene(
            indoors.attic,
            _reading,
            View(0),
            View(0, 330, 1.55),
            _crates,
            hold=3,
            fade_in=True,
            lines=(
                Line("Lotti", 0.15, 0.6, "Look into the old cellar tonight."),
                Line("Pip", 0.7, 0.9, "Tonight? Tonight!"),
            ),
        ),
        Scene(
            countryside.night,
            _by_lantern,
            View(-120),
            View(180),
            bushes((-90, 1.0), (160, 0.8), paint=p.NIGHT_HILL),
            drift=1.2,
            steps=3,
            beat=1.15,
            lines=(Line("Lotti", 0.4, 0.75, "Stay close to me, Rufus."),),
        ),
        Scene(
            indoors.cellar,
            _treasure,
            View(10),
            View(10, 270, 1.15),
            _barrel_front,
            _pip_watches,
            lines=(Line("Grumbold", 0.3, 0.62, "Mine! It is all mine!"),),
            fade_out=True,
        ),
        Scene(
            indoors.cellar,
            _caught,
            View(-130, 290, 1.2),
            View(-110, 320, 1.45),
            hold=3,
            steps=2,
            fade_in=True,
            lines=(
                Line("Lotti", 0.34, 0.66, "That belongs to the village!"),
                Line("Grumbold", 0.7, 0.96, "Oh. Hello, Lotti."),
            ),
        ),
        Scene(
            indoors.kitchen,
            _thanks,
            View(-10, 260, 1.25),
            View(-60),
            fade_out=True,
            lines=(
                Line("Olma", 0.08, 0.45, "Our clever Lotti!"),
                Line("Lotti", 0.52, 0.9, "Rufus found the way."),
            ),
        ),
    ),
)
