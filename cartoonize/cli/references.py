"""``cartoonize references``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, member_options, session_options
from cartoonize.coloring.ensemble import Choice
from cartoonize.filters.predict import PredictOptions
from cartoonize.tasks.suggest import suggest_references


@click.group("references")
def command() -> None:
    """Coloured frames of an episode, which help to colour the rest of it."""


@command.command("suggest")
@click.argument("episode", type=existing_or_not())
@click.option("-n", "count", type=int, default=8, show_default=True, help="Largest number of frames.")
@member_options
@click.option(
    "-o", "--output", type=existing_or_not(), help="Folder for the pictures.  [default: references/EPISODE]"
)
@session_options
def suggest(
    session: Session,
    *,
    episode: Path,
    count: int,
    variants: tuple[str, ...],
    checkpoints: tuple[Path, ...],
    ensemble: bool,
    output: Path | None,
) -> None:
    """Pick the frames whose colouring would help most, and write them as grey PNGs to paint.

    EPISODE is a video, or the name of an episode of the workspace. Without --variant, the trained network
    with the best validation score is used. Erase (make transparent) the parts of a PNG that you do not paint.
    """
    options = PredictOptions(device=session.device)
    with session.reporter() as reporter:
        found = suggest_references(
            session.workspace,
            episode,
            count,
            choice=Choice(variants, checkpoints, ensemble),
            options=options,
            output=output,
            reporter=reporter,
        )
    for s in found:
        session.info(
            f"Wrote {s.path}: its tracks cover {s.covers:.1%} of the episode and {s.mends:.1%} of what is"
            " likely wrong"
        )
    if found:
        folder = Path(found[0].path).parent
        session.info(
            f"Next: paint them, then run `cartoonize colorize {episode} --reference {folder}`."
            f" Together they cover {sum(s.covers for s in found):.0%} of the episode."
        )
    else:
        session.info("No frame would help: no colour is doubtful.")
    session.emit({"references": found})
