"""``cartoonize doubtful``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.errors import OutputError, UsageError
from cartoonize.tasks.colored_films import colored_films, read_colored_films
from cartoonize.tasks.doubtful import (
    DoubtfulShot,
    describe_all,
    describe_shot,
    doubtful_shots,
    draw_doubtful,
)


@click.command("doubtful")
@click.argument("videos", nargs=-1, type=existing_or_not(), metavar="[VIDEO]...")
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Largest number of shots to list.",
)
@click.option(
    "-o",
    "--output",
    type=existing_or_not(),
    metavar="FILE.png",
    help="Picture with a frame of each shot.  [default: reports/doubtful.png in the workspace]",
)
@click.option("--force", is_flag=True, help="Replace an existing FILE.png.")
@session_options
def command(
    session: Session, *, videos: tuple[Path, ...], count: int, output: Path | None, force: bool
) -> None:
    """List the shots that most likely have wrong colours, worst first, and draw them.

    VIDEO was written by `cartoonize colorize` with tracks. Default: all such videos in the workspace's out
    folder. The worst shot has the largest area with colours that are expected to be wrong, over all its
    frames. The number in front of a shot is this area as a share of all videos in the list.
    """
    films = read_colored_films(videos) or colored_films(session.workspace)
    if not films:
        raise UsageError(
            f"{session.workspace.out}: contains no video coloured with tracks",
            "Run `cartoonize colorize --refine tracks`, or name a video that it wrote.",
        )
    if output is not None and output.exists() and not force:
        raise OutputError(f"{output}: exists already", "Choose another name, or use --force to replace it.")
    found = doubtful_shots(films)
    shots = found.shots[:count]
    heading = f"{describe_all(found)} The shots with most of it, worst first:"
    picture = output or _default_picture(session)
    if picture is not None:
        with session.reporter() as reporter:
            picture = draw_doubtful(shots, picture, heading=heading, reporter=reporter)
    session.info(heading)
    for shot in shots:
        session.info(_line(shot))
    if picture is not None:
        session.info(f"Wrote {picture}: a picture of each, with a box around the doubtful place.")
    source = shots[0].film.confidence.source if shots else ""
    line = session.command_line("references", "suggest", source or "EPISODE")
    session.info(f"Next: `{line}` writes the frames to paint.")
    session.emit(
        {
            "shots": [_as_json(shot) for shot in shots],
            "expected_wrong": found.expected_wrong,
            **({"picture": picture} if picture is not None else {}),
        }
    )


def _default_picture(session: Session) -> Path | None:
    """Return the default path of the picture; None if the folder is not a workspace."""
    space = session.workspace
    is_workspace = any(path.exists() for path in (space.manifest_path, space.out, space.cache))
    return space.reports / "doubtful.png" if is_workspace else None


def _line(shot: DoubtfulShot) -> str:
    """Describe a shot and its share of what is expected to be wrong in one line."""
    return f"{shot.expected_wrong:6.1%}  {describe_shot(shot)}"


def _as_json(shot: DoubtfulShot) -> dict[str, Any]:
    doubt, worst = shot.doubt, shot.worst
    regions = [{**asdict(r), "place": r.place, "verdict": r.verdict} for r in doubt.regions]
    return {
        "video": str(shot.film.video),
        **asdict(doubt),
        "regions": regions,
        "place": worst.place if worst else None,
        "verdict": worst.verdict if worst else None,
        "expected_wrong": shot.expected_wrong,
    }
