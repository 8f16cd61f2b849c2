"""``cartoonize extract``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.tasks.extract import ExtractOptions, extract

_DEFAULT = ExtractOptions()


@click.command("extract")
@click.argument("sources", nargs=-1, required=True, type=existing_or_not(), metavar="SOURCE...")
@click.option(
    "--threshold",
    type=float,
    default=_DEFAULT.threshold,
    show_default=True,
    help="MSE threshold: keep a frame if its mean squared error against the last kept frame exceeds this."
    " Pixel values are 0 to 255.",
)
@click.option(
    "--size",
    type=int,
    default=_DEFAULT.size,
    show_default=True,
    help="Width and height of the kept pictures, in pixels.",
)
@click.option(
    "--bars/--no-bars",
    default=_DEFAULT.bars,
    show_default=True,
    help="Find black bars around the picture, and cut them off.",
)
@click.option("--allow-damaged", is_flag=True, help="Use what can be decoded of a damaged file.")
@click.option("--again", is_flag=True, help="Also extract episodes that are up to date.")
@session_options
def command(
    session: Session,
    *,
    sources: tuple[Path, ...],
    threshold: float,
    size: int,
    bars: bool,
    allow_damaged: bool,
    again: bool,
) -> None:
    """Decode episodes and keep the frames that differ.

    SOURCE is a video or a folder of stills. Kept frames are saved as PNGs in frames/EPISODE/, and the episode
    is added to manifest.json. Episodes that are up to date are skipped.
    """
    options = ExtractOptions(threshold=threshold, size=size, allow_damaged=allow_damaged, bars=bars)
    with session.reporter() as reporter:
        summaries = extract(session.workspace, list(sources), options=options, again=again, reporter=reporter)
    for s in summaries:
        skipped = "; up to date (--again extracts it anew)" if s.as_before else ""
        session.info(
            f"{s.name}: kept {s.n_accepted} of {s.n_decoded} frames, {s.frame_rate:g} frames/s{skipped}."
        )
    session.info(
        "Next: `cartoonize credits` if there are titles, `cartoonize split`, then `cartoonize train`."
    )
    session.emit({"episodes": summaries})
