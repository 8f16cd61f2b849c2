"""``cartoonize references``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, member_options, session_options
from cartoonize.coloring.ensemble import Choice
from cartoonize.filters.predict import PredictOptions
from cartoonize.tasks.doubtful import clock
from cartoonize.tasks.suggest import SuggestedReference, suggest_references


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

    EPISODE is a video, or the name of an episode of the workspace. The frames are those that the latest
    `cartoonize colorize` of the episode found; an episode that is not coloured yet is coloured first. A
    picture that exists is never written again, so that what you painted is safe.

    Erase (make transparent) the parts of a picture that you do not paint.
    """
    with session.reporter() as reporter:
        found = suggest_references(
            session.workspace,
            episode,
            count,
            choice=Choice(variants, checkpoints, ensemble),
            options=PredictOptions(device=session.device),
            output=output,
            reporter=reporter,
        )
    for reference in found:
        session.info(_line(reference))
    if found:
        folder = Path(found[0].path).parent
        session.info(
            f"Together they show {sum(s.covers for s in found):.0%} of the episode, and"
            f" mend {sum(s.mends for s in found):.0%} of what is likely wrong."
        )
        line = session.command_line("colorize", _source(session, episode), "--reference", folder)
        session.info(f"Next: paint them, then run `{line}`.")
    else:
        session.info("No frame would help: no colour is doubtful.")
    session.emit({"references": found})


def _line(reference: SuggestedReference) -> str:
    """Describe a picture in one line."""
    shows = f"{clock(reference.seconds)}, mends {reference.mends:.1%} of what is likely wrong"
    if reference.is_new:
        return f"Wrote {reference.path}: {shows}"
    state = "painted" if reference.is_painted else "not painted yet"
    return f"{reference.path} is there already, {state}: {shows}"


def _source(session: Session, episode: Path) -> Path:
    """Return the path of an episode, which `cartoonize colorize` accepts."""
    return episode if episode.exists() else Path(session.workspace.load().episode(str(episode)).source)
