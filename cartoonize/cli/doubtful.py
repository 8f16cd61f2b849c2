"""``cartoonize doubtful``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.errors import UsageError
from cartoonize.tracking.confidence import SUFFIX, ShotDoubt, read_doubts


@click.command("doubtful")
@click.argument("videos", nargs=-1, type=existing_or_not(), metavar="[VIDEO]...")
@click.option(
    "-n",
    "count",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Largest number of shots to list.",
)
@session_options
def command(session: Session, *, videos: tuple[Path, ...], count: int) -> None:
    """List the shots that most likely have wrong colours, worst first.

    VIDEO was written by `cartoonize colorize --refine tracks`. Default: all such videos in the workspace's
    out folder. The worst shot has the largest area with colours that are likely wrong, over all its frames.
    """
    paths = list(videos) or sorted(session.workspace.out.rglob(f"*{SUFFIX}"))
    if not paths:
        raise UsageError(
            f"{session.workspace.out}: contains no video coloured with tracks",
            "Run `cartoonize colorize --refine tracks`, or name a video that it wrote.",
        )
    shots = [(path, shot) for path in paths for shot in read_doubts(path)]
    shots.sort(key=lambda pair: (pair[1].stop - pair[1].start) * (pair[1].confidence - 1))
    for path, shot in shots[:count]:
        session.info(f"{path.name.removesuffix(SUFFIX)} {_line(shot)}")
    session.info(
        "Next: colour a frame of such a shot (`cartoonize references suggest` picks the best) and pass it to"
        " `cartoonize colorize --reference`."
    )
    session.emit({"shots": [{"video": str(path), **asdict(shot)} for path, shot in shots[:count]]})


def _line(shot: ShotDoubt) -> str:
    """Describe a shot and its two most doubtful regions in one line."""
    minutes, seconds = divmod(shot.seconds, 60)
    regions = "".join(
        f"; frame {r.frame} at {r.x:.0%}, {r.y:.0%} ({r.area:.0%} of the picture, {r.confidence:.0%} sure)"
        for r in shot.regions[:2]
    )
    return (
        f"{minutes:.0f}:{seconds:04.1f}, frames {shot.start} to {shot.stop - 1}:"
        f" {shot.confidence:.0%} likely right{regions}"
    )
