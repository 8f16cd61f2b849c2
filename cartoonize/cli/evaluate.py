"""``cartoonize evaluate``."""

from __future__ import annotations

from pathlib import Path

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
    session.say(score_table([(Path(r.colorized).name, r.scores) for r in results]))
    session.emit({"results": [{"colorized": r.colorized, **r.scores} for r in results]})


def score_table(rows: list[tuple[str, dict[str, float]]]) -> str:
    """Lay scores out as a plain table."""
    width = max([len(name) for name, _ in rows] + [9])
    lines = [" " * width + "".join(f"{column:>17}" for column in _COLUMNS)]
    for name, scores in rows:
        lines.append(name.ljust(width) + "".join(f"{scores[column]:17.3f}" for column in _COLUMNS))
    return "\n".join(lines)
