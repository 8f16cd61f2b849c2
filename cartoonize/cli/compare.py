"""``cartoonize compare``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.tasks.compare import CompareOptions, compare

_DEFAULT = CompareOptions()


@click.command("compare")
@click.argument("videos", nargs=-1, required=True, type=existing_or_not(), metavar="VIDEO VIDEO...")
@click.option("-o", "--output", required=True, type=existing_or_not(), help="An .mp4 or .mkv to write.")
@click.option("--label", "labels", multiple=True, help="One a video, in order.  [default: file names]")
@click.option("--columns", type=int, help="Panels in a row.  [default: near a square]")
@click.option("--height", type=int, default=_DEFAULT.height, show_default=True, help="Of a panel.")
@click.option("--force", is_flag=True, help="Replace an output that exists.")
@session_options
def command(
    session: Session,
    videos: tuple[Path, ...],
    output: Path,
    labels: tuple[str, ...],
    columns: int | None,
    height: int,
    force: bool,
) -> None:
    """Write a labelled side-by-side video."""
    options = CompareOptions(columns=columns, height=height, labels=labels, force=force)
    with session.progress() as move:
        summary = compare(
            videos, output, options=options, progress=lambda done, total: move(output.name, done, total)
        )
    session.say(f"Wrote {summary.output}: {summary.n_frames} frames.")
    session.emit({"output": summary.output, "n_frames": summary.n_frames})
