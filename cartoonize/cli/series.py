"""``cartoonize series``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from cartoonize.cli.command_line import command_line
from cartoonize.cli.options import Session, chapters_option, existing_or_not, session_options
from cartoonize.cli.text import short_path
from cartoonize.errors import UsageError
from cartoonize.recipes.run import StageOutcome
from cartoonize.recipes.series import SeriesOptions, run_series
from cartoonize.reporting import counted
from cartoonize.workspace import Workspace


@click.command("series")
@click.argument("films", nargs=-1, type=existing_or_not(), metavar="[COLOURED] GREY")
@click.option(
    "--references",
    "references",
    multiple=True,
    type=existing_or_not(),
    metavar="FOLDER",
    help="Frames of the grey films that you painted: a folder or a picture. May be repeated. Painted pictures"
    " in the workspace's references folder are used without this option.",
)
@click.option(
    "--updates", type=click.IntRange(1), metavar="N", help="Length of the training.  [default: 1500]"
)
@click.option("--minutes", type=float, metavar="M", help="Limit of the training time.  [default: none]")
@chapters_option
@session_options
def command(
    session: Session,
    *,
    films: tuple[Path, ...],
    references: tuple[Path, ...],
    updates: int | None,
    minutes: float | None,
    chapters: str | None,
) -> None:
    """Learn a series from its coloured films and colour the grey ones. This is the whole flow.

    COLOURED and GREY are videos or folders of videos. The command trains a network on COLOURED, colours GREY,
    lists the shots that are probably wrong, and writes the frames that are worth painting. Paint some of them
    and type the same command again: it does only what the painted frames change.

    Without films in colour, give only GREY, and painted frames with --references.

    Everything is written to the workspace: a folder beside GREY, or the one that -w names.
    """
    if not 1 <= len(films) <= 2:
        raise UsageError(
            f"{counted(len(films), 'path')} given", "Give the films in colour, and then the films to colour."
        )
    *colored, grey = films
    options = SeriesOptions(references, updates, minutes, by_chapters=chapters is not None)
    session = _in_workspace(session, grey)
    with session.reporter() as reporter:
        outcomes = run_series(
            session.workspace, colored, [grey], options=options, device=session.device, reporter=reporter
        )
    _finish(session, outcomes, _same_command(session, films, options))


def _in_workspace(session: Session, grey: Path) -> Session:
    """Return the session in its default workspace, a folder beside GREY, if the user did not give one."""
    source = click.get_current_context().get_parameter_source("workspace")
    if source != ParameterSource.DEFAULT:
        return session
    folder = grey.parent / f"cartoonize-{grey.resolve().stem}"
    return replace(session, workspace=Workspace(folder), given_workspace=folder)


def _same_command(session: Session, films: Sequence[Path], given_options: SeriesOptions) -> str:
    """Return the command as the user can type it again."""
    given = click.get_current_context().get_parameter_source("workspace") == ParameterSource.COMMANDLINE
    options: list[str | Path] = [part for path in given_options.references for part in ("--references", path)]
    for name, value in (("--updates", given_options.updates), ("--minutes", given_options.minutes)):
        options += [] if value is None else [name, f"{value:g}"]
    options += ["--chapters", "as-episodes"] if given_options.by_chapters else []
    workspace = session.given_workspace if given else None
    return command_line("series", *films, *options, workspace=workspace)


def _finish(session: Session, outcomes: Sequence[StageOutcome], same_command: str) -> None:
    """Print what was written and what to do next."""
    summaries = {outcome.name.split()[0]: outcome for outcome in outcomes}
    coloring = summaries["colorize"]
    outputs = [str(film["output"]) for film in coloring.summary]
    for film in coloring.summary:
        path = short_path(film["output"])
        is_new = not coloring.cached and not film["as_before"]
        session.info(f"Wrote {path}" if is_new else f"{path} is up to date.")
    doubtful, suggestions = summaries["doubtful"].summary, summaries["suggest"].summary
    if doubtful["shots"]:
        session.info(
            f"About {doubtful['expected_wrong']:.0%} is probably wrong, most of all"
            f" {doubtful['shots'][0]['text']}."
        )
    if "output" in doubtful:
        session.info(f"Pictures of the worst shots: {short_path(doubtful['output'])}")
    unpainted = [s for s in suggestions if not s["is_painted"]]
    if unpainted:
        folders = sorted({short_path(Path(s["path"]).parent) for s in unpainted})
        session.info(
            f"Next: paint some of the {counted(len(unpainted), 'picture')} in {', '.join(folders)}, save"
            " them under their names, and type the same command again:"
        )
        session.info(f"  {same_command}")
    else:
        session.info("No frame is worth painting: no colour is doubtful.")
    session.emit({"outputs": outputs, "suggestions": suggestions, "doubtful": doubtful["shots"]})
