"""``cartoonize sample``."""

from __future__ import annotations

from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.sample.series import SampleOptions
from cartoonize.tasks.sample import sample

_DEFAULT = SampleOptions()


@click.command("sample")
@click.argument("folder", type=existing_or_not(), metavar="DIR")
@click.option(
    "--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Another seed, other details."
)
@click.option("--episodes", type=int, default=_DEFAULT.n_episodes, show_default=True, help="How many.")
@click.option("--seconds", type=float, default=_DEFAULT.seconds, show_default=True, help="Of each episode.")
@click.option("--height", type=int, default=_DEFAULT.height, show_default=True, help="Pixels; width is 4/3.")
@click.option(
    "--grain", type=float, default=_DEFAULT.grain, show_default=True, help="Of 255; 2 is light film grain."
)
@click.option("--force", is_flag=True, help="Replace episodes that are there.")
@session_options
def command(
    session: Session,
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
    with session.progress() as move:
        drawn = sample(
            folder,
            options=options,
            force=force,
            progress=lambda done, total: move("drawing", done, total),
        )
    for episode in drawn:
        session.say(f"Wrote {episode.path}")
    session.say(f"Next: `cartoonize extract {folder}/*.mkv`.")
    session.emit({"episodes": drawn})
