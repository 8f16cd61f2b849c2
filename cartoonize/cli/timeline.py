"""``cartoonize timeline``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.reporting import counted
from cartoonize.tasks.timeline import TimelineOptions, write_timeline


@click.command("timeline")
@click.argument("film", type=existing_or_not())
@click.option(
    "-o",
    "--output",
    type=existing_or_not(),
    metavar="FILE",
    help="File to write, .otio or .edl.  [default: FILM.otio beside the film]",
)
@click.option(
    "--suggestions",
    type=click.IntRange(0, 256),
    default=TimelineOptions().suggestions,
    show_default=True,
    metavar="N",
    help="Largest number of markers at frames that are most worth painting.",
)
@click.option("--force", is_flag=True, help="Replace an existing FILE.")
@session_options
def command(session: Session, *, film: Path, output: Path | None, suggestions: int, force: bool) -> None:
    """Write the shots of FILM for editing programs, with doubts and corrections as markers.

    FILM is a coloured video, a folder that `cartoonize colorize --clip-per-shot` wrote, or any other film.
    The timeline has one clip for each shot. OTIO (OpenTimelineIO) is for DaVinci Resolve, Premiere, Avid and
    Blender, EDL (CMX3600) for all others. Markers are red and orange where colours are in doubt, green at
    pins, and cyan at frames that are worth painting.
    """
    with session.reporter() as reporter:
        summary = write_timeline(
            session.workspace,
            film,
            output,
            options=TimelineOptions(suggestions=suggestions, force=force),
            reporter=reporter,
        )
    shots, markers = counted(summary.n_shots, "shot"), counted(summary.n_markers, "marker")
    session.info(f"Wrote {summary.output}: {shots}, {markers}.")
    session.emit(asdict(summary))
