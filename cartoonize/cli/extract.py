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
    help="Keep a frame whose mean squared difference to the last kept one exceeds this.",
)
@click.option("--size", type=int, default=_DEFAULT.size, show_default=True, help="Side of kept pictures.")
@click.option("--allow-damaged", is_flag=True, help="Take what can be decoded of a damaged file.")
@click.option("--again", is_flag=True, help="Also extract again what is there already, just the same.")
@session_options
def command(
    session: Session,
    sources: tuple[Path, ...],
    threshold: float,
    size: int,
    allow_damaged: bool,
    again: bool,
) -> None:
    """Decode episodes (videos, or folders of stills) and keep the frames that differ.

    Kept frames go to frames/EPISODE/ as 256x256 PNGs; the episode is entered in manifest.json.
    """
    options = ExtractOptions(threshold=threshold, size=size, allow_damaged=allow_damaged)
    with session.progress() as move:
        summaries = extract(session.workspace, list(sources), options=options, again=again, progress=move)
    for s in summaries:
        for line in s.damage:
            session.warn(f"{s.name} {line}")
        before = "; done before (--again extracts it anew)" if s.as_before else ""
        session.say(
            f"{s.name}: kept {s.n_accepted} of {s.n_decoded} frames, {s.frame_rate:g} frames/s{before}."
        )
    session.say(
        "Next: `cartoonize credits` if there are titles, `cartoonize split`, then `cartoonize train`."
    )
    session.emit({"episodes": summaries})  # fmt: skip
