"""``cartoonize evaluate``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.tasks.evaluate import EvaluateOptions, evaluate
from cartoonize.tasks.report import check_page, report_results

#: The scores of the table, and what its columns are called: eight characters each, 80 in all.
_COLUMNS = {
    "ciede2000": "CIEDE",
    "share_within_10": "<= 10",
    "psnr": "PSNR",
    "rmse": "RMSE",
    "pa": "PA",
    "static_flicker": "flicker",
    "region_accuracy": "regions",
    "chroma_ratio": "chroma",
}
_LEGEND = (
    "Less is better: CIEDE (mean CIEDE2000), RMSE, PA, flicker (of still pixels).",
    "More is better: <= 10 (share of pixels within CIEDE2000 10), PSNR,",
    "regions (share with the right colour). chroma: 1 is as colourful as the original.",
)


@click.command("evaluate")
@click.argument("colorized", nargs=-1, required=True, type=existing_or_not(), metavar="COLORIZED...")
@click.option("--reference", required=True, type=existing_or_not(), help="The coloured original.")
@click.option(
    "-o",
    "--output",
    type=existing_or_not(),
    metavar="FILE.json",
    help="Write all scores there, and those by frame and shot into the folder FILE beside it.",
)
@click.option("--per", type=click.Choice(["shot"]), help="Also print a table for each shot.")
@click.option(
    "--pa-threshold",
    "pa_thresholds",
    multiple=True,
    type=float,
    metavar="AB",
    help="Also score PA at this threshold.  [always: 2, the thesis's; may be repeated]",
)
@click.option("--fast", is_flag=True, help="Leave out CIEDE2000 and SSIM: half the time.")
@click.option(
    "--html",
    type=existing_or_not(),
    metavar="FILE.html",
    help="Write a page: which frames got better from the first result to the others, which worse.",
)
@click.option("--force", is_flag=True, help="Replace a page that exists.")
@session_options
def command(
    session: Session,
    colorized: tuple[Path, ...],
    reference: Path,
    output: Path | None,
    per: str | None,
    pa_thresholds: tuple[float, ...],
    fast: bool,
    html: Path | None,
    force: bool,
) -> None:
    """Score coloured videos or folders of stills against the coloured original, frame by frame."""
    options = EvaluateOptions(pa_thresholds=pa_thresholds, slow=not fast)
    if html is not None:
        check_page(html, [*colorized, reference], fast=fast, force=force)
    with session.progress() as move, TemporaryDirectory() as folder:
        scores = output if output or not html else Path(folder) / "scores.json"
        results = evaluate(
            colorized,
            reference,
            options=options,
            output=scores,
            progress=lambda done, total: move("frames scored", done, total),
            notify=session.warn,
        )
        if html is not None and scores is not None:
            report_results(scores, html, progress=move)
    for line in score_table([(r.name, r.scores) for r in results]):
        session.say(line)
    if per:
        for number, shot in enumerate(results[0].shots):
            session.say(f"shot {shot.shot}: frames {shot.start} to {shot.stop - 1}")
            for line in score_table([(r.name, r.shots[number].scores) for r in results]):
                session.say(line)
    for line in _LEGEND:
        session.say(line)
    n_shown = sum(column in results[0].scores for column in _COLUMNS)
    n_more = len(results[0].scores) - 1 - n_shown
    session.say(f"{n_more} more scores: with --json; by frame and shot: with -o FILE.json.")
    if output is not None:
        session.say(f"Wrote {output} and {output.with_suffix('')}")
    if html is not None:
        session.say(f"Wrote {html}. Open it in a browser.")
    rows: list[dict[str, Any]] = [{"colorized": r.colorized, **r.scores} for r in results]
    if per:
        for row, result in zip(rows, results, strict=True):
            row["shots"] = result.shots
    written = {"output": output, "html": html}
    session.emit({"results": rows, **{name: path for name, path in written.items() if path is not None}})


def score_table(rows: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Lay scores out as the lines of a plain table; what has no meaning for a film is a dash."""
    columns = {
        score: title for score, title in _COLUMNS.items() if any(score in scores for _, scores in rows)
    }
    width = max(len(name) for name, _ in rows)
    lines = [" " * width + "".join(f"{title:>8}" for title in columns.values())]
    for name, scores in rows:
        lines.append(name.ljust(width) + "".join(_cell(scores.get(column)) for column in columns))
    return lines


def _cell(value: float | None) -> str:
    if value is None or value != value:
        return f"{'-':>8}"
    return (
        f"{value:8.1f}" if abs(value) >= 99.995 else f"{value:8.2f}" if abs(value) >= 10 else f"{value:8.3f}"
    )
