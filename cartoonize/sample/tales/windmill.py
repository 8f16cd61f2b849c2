"""The first tale, the test episode: only it contains a windmill, a balloon and a gramophone."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.acting import (
    STEP_GRUMBOLD,
    STEP_LOTTI,
    STEP_SMALL,
    hops,
    lamps,
    trot,
    walk,
    waving,
)
from cartoonize.sample.cast.animals import Beast, hedgehog, pip, rufus
from cartoonize.sample.cast.figures import Pose
from cartoonize.sample.cast.grumbold import grumbold
from cartoonize.sample.cast.lotti import lotti
from cartoonize.sample.cast.olma import olma
from cartoonize.sample.pen import Pen
from cartoonize.sample.scene import Cue, Line, Scene, Tale
from cartoonize.sample.sets import countryside, indoors, mill, scenery, town
from cartoonize.sample.stage import View


def _to_the_mill(pen: Pen, cue: Cue) -> None:
    x, y = mill.WINDMILL
    mill.sails(pen.at(x + mill.HUB[0], y + mill.HUB[1]), 34 * cue.seconds + 90 * cue.phase)
    hedgehog(pen, Beast(y=430, size=0.9, blink=cue.blink(1), **trot(cue, 0.2, 1, 250, 300, STEP_SMALL)))
    rufus(pen, Beast(y=426, wag=cue.swing(1.4), blink=cue.blink(0.4), **trot(cue, 0, 0.86, -420, 20)))
    way = walk(cue, 0, 0.8, -290, 190, STEP_LOTTI)
    pointing = (0.85, 0.1, -0.12) if cue.share > 0.8 else None
    lotti(pen, Pose(y=440, talk=cue.talk("Lotti"), blink=cue.blink(), right=pointing, **way))


def _hay_in_front(pen: Pen, random: object) -> None:
    for x, y, size in ((-190, 486, 1.2), (95, 490, 0.9)):
        mill.hay(pen.at(x, y, size=size))


def _sneaking(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0, 0.62, 330, 0, STEP_GRUMBOLD)
    way["facing"] = -72 if cue.share < 0.62 else -72 + 72 * cue.during(0.62, 0.74)
    hands = grumbold(
        pen,
        Pose(
            y=448,
            size=1.02,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(0.3),
            left=(0.5, 0.1, -0.25),
            right=(0.5, 0.1, -0.25),
            look=cue.swing(0.5),
            **way,
        ),
    )
    x = (hands[0][0] + hands[1][0]) / 2
    props.gramophone(pen.at(x - 6 + 4 * cue.during(0.62, 0.74), hands[0][1] + 12, size=0.9))
    pip(pen, Beast(x=-196, y=378, hop=0.01 + 6 * abs(cue.swing(1)), wag=cue.swing(3), mirror=False))


def _missing(pen: Pen, cue: Cue) -> None:
    olma(
        pen,
        Pose(
            x=-96,
            y=430,
            facing=38,
            talk=cue.talk("Olma"),
            blink=cue.blink(),
            smile=-0.7,
            right=(0.5, 0.1, -0.2 + 0.08 * cue.swing(1.2)),
            left=(0.5, 0.1, -0.25),
            lean=1.2 * cue.swing(0.5),
        ),
    )
    lotti(
        pen,
        Pose(
            x=88,
            y=434,
            facing=-42,
            talk=cue.talk("Lotti"),
            blink=cue.blink(0.8),
            smile=0.6,
            left=waving(cue) if cue.share > 0.72 else None,
        ),
    )


def _table(pen: Pen, random: object) -> None:
    table = pen.at(0, 492)
    props.laid_table(table)
    props.pie(table.at(-52, -98))
    props.candle(table.at(58, -98))


def _behind_the_trees(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0, 1, -330, 120, STEP_GRUMBOLD)
    hands = grumbold(
        pen,
        Pose(
            y=424,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            left=(0.55, 0.2, -0.2),
            right=(0.55, 0.2, -0.2),
            **way,
        ),
    )
    x, y = hands[0]
    props.gramophone(pen.at(x + 14, y + 14, size=0.85), abs(cue.swing(2)))
    for k in range(3):
        drift = (cue.seconds * 0.5 + k / 3) % 1
        props.note(pen.at(x + 10 + 60 * drift, y - 60 - 70 * drift, size=0.9), (p.PURPLE, p.RED, p.TEAL)[k])
    flight = cue.path(0, 1, 360, -260)
    pip(pen, Beast(x=flight, y=170, hop=14 * cue.swing(0.6) + 20, wag=cue.swing(3), mirror=True, size=0.9))


def _trunks(pen: Pen, random: object) -> None:
    for x, size in ((-215, 1.35), (150, 1.5)):
        scenery.trunk(pen.at(x, 478, size=size), p.TRUNK_DARK)


def _hedgehog_passes(pen: Pen, cue: Cue) -> None:
    hedgehog(pen, Beast(y=468, size=1.15, blink=cue.blink(), **trot(cue, 0, 1, 250, 130, STEP_SMALL)))


def _flying_home(pen: Pen, cue: Cue) -> None:
    x, y = 10 + 70 * cue.share, 176 - 60 * cue.during(0, 1) + 4 * cue.swing(0.4)
    here = pen.at(x, y, turn=2.5 * cue.swing(0.3))
    props.balloon(here, abs(cue.swing(1.5)))
    lotti(
        here,
        Pose(x=0, y=160, size=0.5, facing=-12, right=waving(cue), talk=cue.talk("Lotti"), blink=cue.blink()),
    )
    props.gondola(here)
    pip(
        pen,
        Beast(
            x=x + 130 - 60 * cue.share,
            y=y + 20,
            hop=12 + 10 * cue.swing(0.7),
            wag=cue.swing(3),
            size=0.8,
            mirror=True,
        ),
    )
    rufus(
        pen,
        Beast(
            x=-170, y=430, sit=True, wag=cue.swing(1.2), talk=cue.talk("Rufus"), blink=cue.blink(0.5), nod=-12
        ),
    )
    olma(pen, Pose(x=-48, y=436, facing=24, left=waving(cue), blink=cue.blink(1.1)))
    grumbold(
        pen,
        Pose(
            x=226,
            y=440,
            facing=-30,
            smile=0.8,
            blink=cue.blink(0.2),
            right=waving(cue),
            hop=hops(cue, 10, 1.8) if cue.share > 0.5 else 0,
        ),
    )
    props.gramophone(pen.at(92, 448, size=0.8), abs(cue.swing(2)))


WINDMILL = Tale(
    "The Windmill",
    (
        Scene(
            mill.windmill_hill,
            _to_the_mill,
            View(-190),
            View(215),
            _hay_in_front,
            drift=1.2,
            steps=3,
            beat=1.25,
            fade_in=True,
            lines=(Line("Lotti", 0.5, 0.97, "Look, Rufus! The mill is turning!"),),
        ),
        Scene(
            town.village,
            _sneaking,
            View(60),
            front=lamps(175, -250),
            steps=2.2,
            lines=(Line("Grumbold", 0.66, 0.98, "Nobody saw me. Splendid!"),),
        ),
        Scene(
            indoors.kitchen,
            _missing,
            View(0),
            View(0, 330, 1.5),
            _table,
            hold=3,
            fade_in=True,
            fade_out=True,
            lines=(
                Line("Olma", 0.05, 0.5, "My gramophone is gone!"),
                Line("Lotti", 0.55, 0.95, "Then we shall find it."),
            ),
        ),
        Scene(
            countryside.wood,
            _behind_the_trees,
            View(-70),
            View(10),
            _trunks,
            _hedgehog_passes,
            drift=1.25,
            steps=2.2,
            lines=(Line("Grumbold", 0.3, 0.7, "What lovely music!"),),
        ),
        Scene(
            countryside.dusk,
            _flying_home,
            View(30, 250, 1.45),
            View(20),
            hold=2,
            fade_out=True,
            beat=1.1,
            lines=(
                Line("Lotti", 0.1, 0.5, "Come and dance with us, Grumbold!"),
                Line("Rufus", 0.6, 0.9, "Safe travels!"),
            ),
        ),
    ),
)
