"""The second tale: a basket disappears and is shared in the end."""

from __future__ import annotations

from cartoonize.sample import paints as p
from cartoonize.sample import props
from cartoonize.sample.acting import (
    STEP_GRUMBOLD,
    STEP_LOTTI,
    STEP_SMALL,
    bushes,
    hops,
    lamps,
    picket_fence,
    trot,
    walk,
    waving,
)
from cartoonize.sample.cast.animals import Beast, pip, rufus, sheep
from cartoonize.sample.cast.figures import Pose
from cartoonize.sample.cast.grumbold import grumbold
from cartoonize.sample.cast.lotti import lotti
from cartoonize.sample.cast.olma import olma
from cartoonize.sample.pen import Pen
from cartoonize.sample.scene import Cue, Line, Scene, Tale
from cartoonize.sample.sets import countryside, scenery, town
from cartoonize.sample.stage import View


def _setting_out(pen: Pen, cue: Cue) -> None:
    sheep(pen, Beast(x=255, y=352, size=0.62, mirror=True, nod=14 + 10 * cue.swing(0.4), blink=cue.blink(1)))
    rufus(pen, Beast(y=412, wag=cue.swing(1.6), blink=cue.blink(0.4), **trot(cue, 0, 1, -420, 70)))
    way = walk(cue, 0, 1, -270, 220, STEP_LOTTI)
    hands = lotti(
        pen, Pose(y=432, talk=cue.talk("Lotti"), blink=cue.blink(), right=(0.35, 0.25, -0.6), **way)
    )
    props.basket(pen.at(hands[1][0], hands[1][1] - 2, size=0.9))
    for k, paint in enumerate((p.PETAL_PINK, p.PETAL_BLUE)):
        x = -120 + 200 * k + 90 * cue.share + 14 * cue.swing(0.7, k / 3)
        props.butterfly(
            pen.at(x, 250 - 30 * k + 16 * cue.swing(0.9, k / 2)), abs(cue.swing(2.4, k / 5)), paint
        )


def _where_is_it(pen: Pen, cue: Cue) -> None:
    sheep(pen, Beast(y=388, **trot(cue, 0, 1, -230, -205, STEP_SMALL), nod=6 * cue.swing(0.4)))
    turn = 180 * cue.during(0.1, 0.34) + 180 * cue.during(0.44, 0.72)  # all the way around
    lotti(
        pen,
        Pose(
            x=-20,
            y=436,
            size=1.1,
            facing=turn,
            talk=cue.talk("Lotti"),
            blink=cue.blink(),
            smile=-0.6,
            left=(0.3, 0.75, -0.1) if cue.share > 0.74 else None,
            right=(0.3, 0.75, -0.1) if cue.share > 0.74 else None,
        ),
    )
    rufus(
        pen,
        Beast(
            x=160,
            y=436,
            sit=True,
            mirror=True,
            wag=cue.swing(1),
            blink=cue.blink(0.7),
            nod=8 * cue.swing(0.5),
        ),
    )
    fall = cue.path(0.3, 0.42, 206, 338)
    props.apple(pen.at(-128, fall if cue.share < 0.42 else 356, size=0.8))


def _apple_branch(pen: Pen, random: object) -> None:
    branch = pen.at(-HALF_VIEW, 8)
    branch.limb("-20,60 60,40 150,52", p.TRUNK, 16)
    branch.cloud(
        [(20, 26, 44), (84, 12, 52), (150, 26, 40), (190, 4, 34), (120, -10, 50), (-20, 10, 50)], p.LEAVES
    )
    for x, y in ((30, 60), (96, 62), (158, 50)):
        branch.oval(x, y, 11, 11, p.RED)


HALF_VIEW = 320.0


def _in_the_wood(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0.1, 0.86, 300, -70, STEP_GRUMBOLD)
    hands = grumbold(
        pen,
        Pose(
            y=432,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            smile=1,
            left=(0.45, 0.25, -0.5),
            lean=-3,
            **way,
        ),
    )
    props.basket(pen.at(*hands[0]))
    rufus(pen, Beast(y=424, size=0.95, blink=cue.blink(0.9), nod=6, **trot(cue, 0.45, 1, -400, -205)))


def _trunks(pen: Pen, random: object) -> None:
    for x, size in ((-150, 1.45), (215, 1.3)):
        scenery.trunk(pen.at(x, 480, size=size), p.TRUNK_DARK)


def _chase(pen: Pen, cue: Cue) -> None:
    way = walk(cue, 0, 1, -220, 380, STEP_GRUMBOLD * 1.25)
    hands = grumbold(
        pen,
        Pose(
            y=438,
            hop=hops(cue, 8, 4),
            talk=0.5 + 0.3 * cue.swing(2),
            smile=-0.8,
            lean=6,
            blink=cue.blink(),
            left=(0.35, 0.3, 0.7),
            right=(0.4, 0.3, -0.5),
            **way,
        ),
    )
    props.basket(pen.at(*hands[1]))
    rufus(
        pen,
        Beast(
            y=444,
            hop=hops(cue, 9, 4),
            wag=cue.swing(2),
            talk=cue.talk("Rufus"),
            nod=-4,
            **trot(cue, 0, 1, -420, 210, STEP_RUN),
        ),
    )
    lotti(pen, Pose(y=440, lean=5, talk=cue.talk("Lotti"), **walk(cue, 0, 1, -620, -10, STEP_LOTTI * 1.4)))


STEP_RUN = 44.0


def _sharing(pen: Pen, cue: Cue) -> None:
    cloth = pen.at(-300, 452)
    cloth.shape("-120,0 -92,-30 92,-30 120,0", p.WALL_ROSE, smooth=False)
    for x in (-58, 0, 58):
        cloth.line([(x * 0.78, -30), (x, 0)], p.RED, 5)
    cloth.line([(-106, -15), (106, -15)], p.RED, 5)
    grumbold(
        pen,
        Pose(
            x=-176,
            y=436,
            facing=-48,
            size=0.95,
            talk=cue.talk("Grumbold"),
            blink=cue.blink(),
            smile=-0.6 + 1.5 * cue.during(0.5, 0.7),
            right=(0.5, 0.1, -0.3),
        ),
    )
    lotti(
        pen,
        Pose(
            x=-400,
            y=430,
            facing=48,
            talk=cue.talk("Lotti"),
            blink=cue.blink(0.6),
            left=(0.62, 0.1, -0.1 + 0.05 * cue.swing(1)),
            lean=cue.swing(0.5),
        ),
    )
    props.basket(pen.at(-300, 384))
    props.apple(pen.at(-240, 446))
    props.apple(pen.at(-352, 448), p.YELLOW)
    pip(
        pen,
        Beast(
            x=-285,
            y=300 + 80 * cue.during(0.1, 0.4),
            hop=4 if cue.share < 0.4 else 0,
            wag=cue.swing(3),
            talk=cue.talk("Pip"),
            size=0.8,
        ),
    )


def _fox_lies_in_front(pen: Pen, cue: Cue) -> None:
    rufus(pen, Beast(x=-470, y=470, sit=True, wag=cue.swing(1.1), blink=cue.blink(1.2), size=0.95))
    if cue.share > 0.8:
        props.heart(pen.at(-300, 280 - 40 * cue.during(0.8, 1)))


def _waiting(pen: Pen, cue: Cue) -> None:
    olma(pen, Pose(x=30, y=430, facing=25, left=waving(cue), talk=cue.talk("Olma"), blink=cue.blink()))
    pip(pen, Beast(y=200, x=cue.path(0, 1, -260, 190), hop=16 + 10 * cue.swing(0.8), wag=cue.swing(3)))


PICNIC = Tale(
    "The Picnic",
    (
        Scene(
            countryside.meadow,
            _setting_out,
            View(-170),
            View(170),
            picket_fence(-120, 190),
            drift=1.15,
            steps=3,
            beat=1.2,
            fade_in=True,
            lines=(Line("Lotti", 0.35, 0.8, "What a day for a picnic!"),),
        ),
        Scene(
            countryside.orchard,
            _where_is_it,
            View(0, 250, 1.12),
            None,
            _apple_branch,
            hold=3,
            lines=(Line("Lotti", 0.74, 0.98, "Where is my basket?"),),
        ),
        Scene(
            countryside.wood,
            _in_the_wood,
            View(-40),
            View(-40, 300, 1.35),
            _trunks,
            steps=2.2,
            lines=(Line("Grumbold", 0.2, 0.6, "Apples! How they smell!"),),
        ),
        Scene(
            town.village,
            _chase,
            View(-150),
            View(230),
            lamps(-20, 330),
            drift=1.1,
            steps=4,
            fade_out=True,
            lines=(Line("Rufus", 0.1, 0.45, "Stop, thief!"), Line("Lotti", 0.5, 0.9, "Wait for us!")),
        ),
        Scene(
            countryside.dusk,
            _sharing,
            View(-290, 320, 1.4),
            View(-290, 300, 1.15),
            bushes((-560, 0.9)),
            _fox_lies_in_front,
            hold=3,
            fade_in=True,
            fade_out=True,
            lines=(
                Line("Grumbold", 0.04, 0.35, "I was only hungry."),
                Line("Lotti", 0.42, 0.85, "There is enough for all of us."),
            ),
        ),
    ),
)
