"""``cartoonize extract``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, chapters_option, existing_or_not, session_options
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.film_chapters import each_chapter

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
@chapters_option
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
    chapters: str | None,
    bars: bool,
    allow_damaged: bool,
    again: bool,
) -> None:
    """Decode episodes and keep the frames that differ.

    SOURCE is a video, a folder of stills, or the folder of a DVD or Blu-ray. Kept frames are saved as PNGs in
    frames/EPISODE/, and the episode is added to manifest.json. Episodes that are up to date are skipped.
    """
    options = ExtractOptions(threshold=threshold, size=size, allow_damaged=allow_damaged, bars=bars)
    with session.reporter() as reporter:
        films = each_chapter(sources, reporter) if chapters else list(sources)
        summaries = extract(session.workspace, films, options=options, again=again, reporter=reporter)
    for s in summaries:
        skipped = "; up to date (--again extracts it anew)" if s.as_before else ""
        session.info(
            f"{s.name}: kept {s.n_accepted} of {s.n_decoded} frames, {s.frame_rate:g} frames/s{skipped}."
        )
    session.info(
        "Next: `cartoonize credits` if there are titles, `cartoonize split`, then `cartoonize train`."
    )
    session.emit({"episodes": summaries})
