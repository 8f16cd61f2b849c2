"""Pictures of coloured films for the page of a workspace: worst and typical shots, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.colored_films import ColoredFilm, colored_films
from cartoonize.tasks.doubtful import (
    DoubtfulShot,
    DoubtfulShots,
    box_of,
    clock,
    describe_all,
    describe_region,
    doubtful_shots,
    frames_of,
)
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.frames import Frame
    from cartoonize.report.colored import ColoredPictures
    from cartoonize.report.gallery import Row

#: Numbers of worst and of typical shots of a film.
_N_WORST, _N_TYPICAL = 4, 2
#: The same if there are more films than this.
_FEW_FILMS, _N_WORST_OF_MANY, _N_TYPICAL_OF_MANY = 6, 2, 1
#: Largest width of a picture in pixels.
_WIDTH = 800


def read_colored(workspace: Workspace, reporter: Reporter = LOG) -> list[ColoredPictures]:
    """Read pictures of the films in ``out/`` that were coloured along tracks.

    Parameters
    ----------
    workspace : Workspace
    reporter : Reporter
        Receives progress, and a warning for each film that cannot be read.

    Raises
    ------
    SourceError
        If a confidence file is damaged.
    """
    films = colored_films(workspace)
    are_few = len(films) <= _FEW_FILMS
    counts = (_N_WORST, _N_TYPICAL) if are_few else (_N_WORST_OF_MANY, _N_TYPICAL_OF_MANY)
    return [_pictures_of(film, *counts, reporter) for film in films]


def _pictures_of(film: ColoredFilm, n_worst: int, n_typical: int, reporter: Reporter) -> ColoredPictures:
    from cartoonize.report.colored import ColoredPictures

    found = doubtful_shots([film])
    worst, typical = select_shots(found, n_worst, n_typical)
    frames = frames_of([*worst, *typical], reporter)
    rows = [
        _row(shot, frame)
        for shot, frame in zip([*worst, *typical], frames, strict=True)
        if frame is not None and frame.rgb is not None
    ]
    n_read = sum(frame is not None for frame in frames[: len(worst)])
    by = f", by {' + '.join(film.confidence.members)}" if film.confidence.members else ""
    facts = f"{film.confidence.n_frames} frames, {len(found.shots)} shots{by}. {describe_all(found)}"
    return ColoredPictures(film.name, facts, rows[:n_read], rows[n_read:])


def select_shots(
    found: DoubtfulShots, n_worst: int, n_typical: int
) -> tuple[Sequence[DoubtfulShot], Sequence[DoubtfulShot]]:
    """Return the worst shots, and those of the others whose confidence is nearest to the median of all.

    At most half of the shots are among the worst.
    """
    n_worst = min(n_worst, -(-len(found.shots) // 2))
    worst, others = found.shots[:n_worst], found.shots[n_worst:]
    ordered = sorted(shot.doubt.confidence for shot in found.shots)
    median = ordered[len(ordered) // 2] if ordered else 0.0
    typical = sorted(others, key=lambda shot: abs(shot.doubt.confidence - median))[:n_typical]
    return worst, sorted(typical, key=lambda shot: shot.doubt.start)


def _row(shot: DoubtfulShot, frame: Frame) -> Row:
    """Return the frame of a shot in grey, with a box, and in colour."""
    import numpy as np

    from cartoonize.report.contact_sheet import boxed, scaled
    from cartoonize.report.gallery import Picture, Row

    assert frame.rgb is not None
    width = min(_WIDTH, frame.rgb.shape[1])
    grey, colored = scaled(np.repeat(frame.grey[..., None], 3, 2), width), scaled(frame.rgb, width)
    about = ""
    if shot.worst is not None:
        grey, about = boxed(grey, box_of(shot.worst)), f", {describe_region(shot.worst)}"
    doubt = shot.doubt
    note = (
        f"Frames {doubt.start} to {doubt.stop - 1}: {doubt.confidence:.0%} likely right. Expected to be wrong"
        f" in this shot: {shot.expected_wrong:.1%} of the film."
    )
    pictures = [Picture("before", grey), Picture("after", colored)]
    return Row(f"{clock(shot.seconds)}{about}", pictures, note)
