"""``cartoonize compare``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.tasks.compare import CompareOptions, compare

_DEFAULT = CompareOptions()


@click.command("compare")
@click.argument("videos", nargs=-1, required=True, type=existing_or_not(), metavar="VIDEO VIDEO...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=existing_or_not(),
    metavar="FILE",
    help="Video to write: .mp4 or .mkv.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    help="Label of a video. Repeat it for each video, in order.  [default: file names, with as many folders"
    " as they need to differ]",
)
@click.option("--columns", type=int, help="Panels per row.  [default: close to a square, at most 3]")
@click.option(
    "--height",
    type=int,
    default=_DEFAULT.height,
    show_default=True,
    help="Height of each panel's picture, in pixels. Less makes a smaller file.",
)
@click.option("--force", is_flag=True, help="Replace an existing output.")
@session_options
def command(
    session: Session,
    *,
    videos: tuple[Path, ...],
    output: Path,
    labels: tuple[str, ...],
    columns: int | None,
    height: int,
    force: bool,
) -> None:
    """Write a labelled side-by-side video.

    VIDEO is a video or a folder of stills. The result is as long as the shortest of them.
    """
    options = CompareOptions(columns=columns, height=height, labels=labels, force=force)
    with session.reporter() as reporter:
        summary = compare(videos, output, options=options, reporter=reporter)
    session.info(f"Wrote {summary.output}: {summary.n_frames} frames.")
    session.emit({"output": summary.output, "n_frames": summary.n_frames})
