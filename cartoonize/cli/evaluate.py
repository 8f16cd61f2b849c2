"""``cartoonize evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.stages.evaluate import evaluate

_COLUMNS = ("ciede2000", "share_within_10", "psnr", "rmse", "pa", "static_flicker", "chroma_ratio")


@click.command("evaluate")
@click.argument("colorized", nargs=-1, required=True, type=existing_or_not(), metavar="COLORIZED...")
@click.option("--reference", required=True, type=existing_or_not(), help="The coloured original.")
@session_options
def command(session: Session, colorized: tuple[Path, ...], reference: Path) -> None:
    """Score coloured videos or folders of stills against the coloured original, frame by frame."""
    with session.progress() as move:
        results = evaluate(
            colorized, reference, progress=lambda done, total: move("frames scored", done, total)
        )
    for line in score_table([(Path(r.colorized).name, r.scores) for r in results]):
        session.say(line)
    session.emit({"results": [{"colorized": r.colorized, **r.scores} for r in results]})


def score_table(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Lay scores out as the lines of a plain table; what has no meaning for a film is a dash."""
    width = max([len(name) for name, _ in rows] + [9])
    lines = [" " * width + "".join(f"{column:>17}" for column in _COLUMNS)]
    for name, scores in rows:
        values = [scores.get(column) for column in _COLUMNS]
        cells = ["-".rjust(17) if value is None or value != value else f"{value:17.3f}" for value in values]
        lines.append(name.ljust(width) + "".join(cells))
    return lines
