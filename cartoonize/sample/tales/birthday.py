"""The fifth tale: Olma's birthday."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.acting import (
    STEP_GRUMBOLD,
    STEP_LOTTI,
    STEP_OLMA,
    bushes,
    hops,
    lamps,
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
from cartoonize.sample.sets import countryside, furniture, indoors, mill, town
from cartoonize.sample.stage import View


def _baking(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0, 0.62, -420, -210, STEP_LOTTI)
    hands = lotti(
        pen,
        Pose(
            y=424,
            talk=cue.talk("Lotti"),
            blink=cue.blink(),
            left=(0.62, 0, -0.5),
            right=(0.62, 0, -0.5),
            **way,
        ),
    )
    props.cake(pen.at(hands[0][0] + 16, hands[0][1] + 4, size=0.8), 8 * cue.seconds)
    grumbold(
        pen,
        Pose(
            x=-20,
            y=424,
            facing=-40,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(0.5),
            right=(0.4, 0.4, 0.55 + 0.1 * cue.swing(1.5)) if cue.share > 0.6 else None,
            lean=cue.swing(0.5),
        ),
    )


def _table(pen: Pen, random: object) -> None:
    table = pen.at(-150, 494)
    props.laid_table(table, p.WALL_LILAC)
    props.apple(table.at(-70, -98), p.YELLOW)
    props.apple(table.at(-46, -98))
    props.candle(table.at(66, -98))


def _flour(pen: Pen, cue: Cue) -> None:
    mill.wheel(pen.at(120, 130), 40 * cue.seconds)
    way = walk(cue, 0, 1, 300, -240, STEP_GRUMBOLD)
    furniture.sack(pen.at(way["x"] + 26, 330, turn=16, size=1.1))
    grumbold(
        pen,
        Pose(
            y=430,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            left=(0.3, 0.3, 0.32),
            right=(0.3, 0.3, 0.32),
            lean=-5,
            **way,
        ),
    )


def _on_the_sacks(pen: Pen, cue: Cue) -> None:
    pip(pen, Beast(x=-106, y=402, wag=0.4 * cue.swing(1), talk=cue.talk("Pip"), blink=cue.blink(0.4)))


def _sacks_in_front(pen: Pen, random: object) -> None:
    for x, size in ((-130, 1.15), (-78, 1.3), (215, 1.2)):
        furniture.sack(pen.at(x, 490, size=size))


def _on_the_market(pen: Pen, cue: Cue) -> None:
    x = cue.path(0, 1, -230, 260)
    props.bicycle(pen.at(x + 92, 440), 4 * x)
    way = walk(cue, 0, 1, -230, 260, STEP_OLMA * 1.4)
    olma(
        pen,
        Pose(
            y=440,
            talk=cue.talk("Olma"),
            blink=cue.blink(),
            left=(0.75, 0.1, -0.1),
            right=(0.75, 0.1, -0.1),
            **way,
        ),
    )
    rufus(pen, Beast(y=404, size=0.9, wag=cue.swing(1.3), **trot(cue, 0.1, 1, 330, 20)))


def _kite(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0, 1, 250, -190, STEP_LOTTI * 1.3)
    hands = lotti(
        pen, Pose(y=434, talk=cue.talk("Lotti"), blink=cue.blink(), lean=-4, left=(0.1, 0.4, 0.7), **way)
    )
    x, y = hands[0][0] + 170, 120 + 16 * cue.swing(0.5)
    pen.line([hands[0], (hands[0][0] + 70, hands[0][1] - 40), (x, y)], width=1.6)
    props.kite(pen.at(x, y, turn=24 + 8 * cue.swing(0.5)), 7 * cue.seconds)
    rufus(pen, Beast(y=444, hop=hops(cue, 8, 3), wag=cue.swing(1.8), **trot(cue, 0, 1, 400, -40, 36)))


def _party(pen: Pen, cue: Cue) -> None:
    town.bunting(pen.at(0, 150), -330, 330, 50)
    grumbold(
        pen,
        Pose(
            x=-200,
            y=424,
            facing=30,
            talk=0.6 * cue.talk("All"),
            blink=cue.blink(0.9),
            left=waving(cue),
            hop=hops(cue, 8, 1.6),
        ),
    )
    lotti(
        pen,
        Pose(
            x=196,
            y=430,
            facing=-34,
            talk=cue.talk("All"),
            blink=cue.blink(),
            right=waving(cue),
            hop=hops(cue, 9, 2),
        ),
    )
    olma(
        pen,
        Pose(
            x=0,
            y=408,
            facing=16 * cue.swing(0.4),
            talk=cue.talk("Olma"),
            blink=cue.blink(0.5),
            left=(0.3, 0.5, 0.1 * cue.swing(1)),
            right=(0.3, 0.5, 0.1 * cue.swing(1, 0.5)),
        ),
    )
    for k in range(3):
        rise = (cue.seconds * 0.4 + k / 3) % 1
        props.heart(pen.at(-70 + 70 * k + 8 * cue.swing(0.8, k / 3), 260 - 110 * rise, size=0.7))


def _cake_in_front(pen: Pen, cue: Cue) -> None:
    table = pen.at(0, 490)
    props.laid_table(table, p.WALL_PEACH)
    props.cake(table.at(64, -98), 8 * cue.seconds)
    pip(table, Beast(x=-70, y=-98, talk=cue.talk("All"), wag=0.4 * cue.swing(1), size=0.8))
    rufus(pen, Beast(x=226, y=480, sit=True, mirror=True, wag=cue.swing(1.2), blink=cue.blink(1.1)))


BIRTHDAY = Tale(
    "The Birthday",
    (
        Scene(
            indoors.kitchen,
            _baking,
            View(-220),
            View(-150),
            _table,
            hold=2,
            steps=2.5,
            fade_in=True,
            lines=(
                Line("Grumbold", 0.1, 0.42, "Is that for me?"),
                Line("Lotti", 0.5, 0.9, "It is for Olma!"),
            ),
        ),
        Scene(
            mill.mill_loft,
            _flour,
            View(60),
            View(-60),
            _sacks_in_front,
            _on_the_sacks,
            hold=3,
            steps=2,
            lines=(
                Line("Pip", 0.1, 0.3, "More flour!"),
                Line("Grumbold", 0.4, 0.8, "I am a robber, not a miller."),
            ),
        ),
        Scene(
            town.market,
            _on_the_market,
            View(-90),
            View(170),
            lamps(-140, 190),
            drift=1.1,
            steps=2.5,
            fade_out=True,
            lines=(Line("Olma", 0.3, 0.7, "Where is everybody today?"),),
        ),
        Scene(
            countryside.orchard,
            _kite,
            View(110),
            View(-100),
            bushes((-200, 0.8), (120, 1.0)),
            drift=1.2,
            steps=3.5,
            fade_in=True,
            lines=(Line("Lotti", 0.3, 0.7, "Higher, higher!"),),
        ),
        Scene(
            countryside.night,
            _party,
            View(0, 320, 1.5),
            View(0),
            before=_cake_in_front,
            hold=3,
            fade_out=True,
            lines=(
                Line("All", 0.1, 0.5, "Happy birthday, Olma!"),
                Line("Olma", 0.6, 0.92, "Oh, you dear rascals."),
            ),
        ),
    ),
)
