"""``cartoonize doubtful``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.errors import UsageError
from cartoonize.tracking.confidence import SUFFIX, read_doubts


@click.command("doubtful")
@click.argument("videos", nargs=-1, type=existing_or_not(), metavar="[VIDEO]...")
@click.option("-n", "count", type=click.IntRange(1), default=10, show_default=True, help="Shots at most.")
@session_options
def command(session: Session, videos: tuple[Path, ...], count: int) -> None:
    """Name the shots of coloured videos that are worth a look, worst first.

    VIDEO was coloured with --refine tracks; default: all in the workspace's out/. The worst shot is the one
    with the most picture that likely has the wrong colour.
    """
    paths = list(videos) or sorted(session.workspace.out.rglob(f"*{SUFFIX}"))
    if not paths:
        raise UsageError(
            f"{session.workspace.out}: nothing here was coloured with tracks",
            "Run `cartoonize colorize --refine tracks`, or name a video that it wrote.",
        )
    shots = [(path, shot) for path in paths for shot in read_doubts(path)]
    shots.sort(key=lambda pair: (pair[1].stop - pair[1].start) * (pair[1].confidence - 1))
    for path, shot in shots[:count]:
        minutes, seconds = divmod(shot.seconds, 60)
        wrong = "".join(
            f"; frame {r.frame} at {r.x:.0%}, {r.y:.0%} ({r.area:.0%} of it, {r.confidence:.0%} sure)"
            for r in shot.regions[:2]
        )
        session.say(
            f"{path.name.removesuffix(SUFFIX)} {minutes:.0f}:{seconds:04.1f}, frames {shot.start} to"
            f" {shot.stop - 1}: {shot.confidence:.0%} likely right{wrong}"
        )
    session.say(
        "Next: colour a frame of such a shot (`cartoonize references suggest` picks the best) and give it to"
        " `cartoonize colorize --reference`."
    )
    session.emit({"shots": [{"video": str(path), **asdict(shot)} for path, shot in shots[:count]]})
