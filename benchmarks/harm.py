"""Harm: does help that was given for one place make another place worse?

cartoonize evaluate without.mp4 with.mp4 --reference original.mp4 -o scores.json
python -m benchmarks.harm scores/without.jsonl scores/with.jsonl --given 12 --given 340

The files are those of `cartoonize evaluate -o`. Help is anything that differs between the two films, such as
references, pins, an album, or another method. Shots that show a given frame got the help themselves, and are
listed apart.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

#: A shot is harmed if its share of right pixels becomes smaller by more than this.
HARMED = 0.02
_SHOWN = ("share_within_10", "vivid_within_10", "ciede2000")


def shots_of(path: Path) -> dict[int, dict[str, Any]]:
    """Return the scores of the shots of a result by their first frame."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["start"]: line for line in lines if line["kind"] == "shot"}


def gains(
    without: Mapping[int, dict[str, Any]], helped: Mapping[int, dict[str, Any]]
) -> dict[int, dict[str, float | None]]:
    """Return, for each shot by its first frame, each score with help minus that without.

    Raises
    ------
    ValueError
        If the results have other shots.
    """
    if list(without) != list(helped):
        raise ValueError("the results have other shots: score them with the same reference")
    return {
        start: {
            key: None if shot[key] is None or helped[start][key] is None else helped[start][key] - shot[key]
            for key in _SHOWN
        }
        for start, shot in without.items()
    }


@click.command()
@click.argument("without", type=click.Path(exists=True, path_type=Path))
@click.argument("helped", type=click.Path(exists=True, path_type=Path))
@click.option("--given", multiple=True, type=int, help="Frame for which help was given; can be repeated.")
def main(without: Path, helped: Path, given: tuple[int, ...]) -> None:
    """Print the gain of every shot, the worst first, and the number of harmed shots."""
    before = shots_of(without)
    found = gains(before, shots_of(helped))
    elsewhere = [
        start
        for start, shot in before.items()
        if not any(shot["start"] <= frame < shot["stop"] for frame in given)
    ]
    click.echo("| shot from frame | to | help | within 10 | vivid | CIEDE2000 |\n|" + " --- |" * 6)
    for start in sorted(found, key=lambda start: found[start]["share_within_10"] or 0):
        changes = " | ".join("–" if v is None else f"{v:+.3f}" for v in found[start].values())
        place = "elsewhere" if start in elsewhere else "here"
        click.echo(f"| {start} | {before[start]['stop'] - 1} | {place} | {changes} |")
    harmed = [start for start in elsewhere if (found[start]["share_within_10"] or 0) < -HARMED]
    click.echo(
        f"\n{len(harmed)} of {len(elsewhere)} shots without help of their own lose more than {HARMED}."
    )


if __name__ == "__main__":
    main()
