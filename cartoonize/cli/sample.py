"""``cartoonize sample``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.sample.options import SampleOptions
from cartoonize.tasks.sample import sample

_DEFAULT = SampleOptions()


@click.command("sample")
@click.argument("folder", type=existing_or_not(), metavar="DIR")
@click.option(
    "--seed",
    type=int,
    default=_DEFAULT.seed,
    show_default=True,
    help="Random seed. Another seed draws other details.",
)
@click.option(
    "--episodes", type=int, default=_DEFAULT.n_episodes, show_default=True, help="Number of episodes."
)
@click.option(
    "--seconds",
    type=float,
    default=_DEFAULT.seconds,
    show_default=True,
    help="Length of each episode, in seconds.",
)
@click.option(
    "--height",
    type=int,
    default=_DEFAULT.height,
    show_default=True,
    help="Height of the pictures, in pixels. The width is 4/3 of it.",
)
@click.option(
    "--grain",
    type=float,
    default=_DEFAULT.grain,
    show_default=True,
    help="Standard deviation of the film grain, in pixel values 0 to 255. 2 is light.",
)
@click.option("--force", is_flag=True, help="Replace existing episodes.")
@session_options
def command(
    session: Session,
    *,
    folder: Path,
    seed: int,
    episodes: int,
    seconds: float,
    height: int,
    grain: float,
    force: bool,
) -> None:
    """Draw the procedural cartoon series as videos with sound and subtitles."""
    options = SampleOptions(
        seed=seed,
        n_episodes=episodes,
        seconds=seconds,
        height=height,
        width=round(height * 4 / 3 / 2) * 2,
        grain=grain,
    )
    with session.reporter() as reporter:
        drawn = sample(folder, options=options, force=force, reporter=reporter)
    for episode in drawn:
        session.info(f"Wrote {episode.path}")
    session.info(f"Next: `cartoonize extract {folder}/*.mkv`.")
    session.emit({"episodes": drawn})
