"""``cartoonize evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.cli.score_table import COLUMNS, LEGEND, score_table
from cartoonize.tasks.check_page import check_page
from cartoonize.tasks.evaluate import EvaluateOptions, EvaluateSummary, evaluate
from cartoonize.tasks.report_results import report_results


@click.command("evaluate")
@click.argument("colorized", nargs=-1, required=True, type=existing_or_not(), metavar="COLORIZED...")
@click.option("--reference", required=True, type=existing_or_not(), help="The coloured original.")
@click.option(
    "-o",
    "--output",
    type=existing_or_not(),
    metavar="FILE.json",
    help="Write all scores to this file, and the scores of each frame and shot into the folder FILE beside"
    " it.",
)
@click.option("--per", type=click.Choice(["shot"]), help="Also print a table for each shot.")
@click.option(
    "--pa-threshold",
    "pa_thresholds",
    multiple=True,
    type=float,
    metavar="AB",
    help="Also compute PA with this threshold in a and b. PA is the share of the original's even pixels that"
    " are uneven in the result. It is always computed with the thesis's threshold, 2. May be repeated.",
)
@click.option(
    "--bars/--no-bars",
    default=True,
    show_default=True,
    help="Find black bars around the picture of the original, and leave them out of the scores.",
)
@click.option("--fast", is_flag=True, help="Skip CIEDE2000 and SSIM, which take half of the time.")
@click.option(
    "--html",
    type=existing_or_not(),
    metavar="FILE.html",
    help="Write a page that shows which frames are better in the other results than in the first, and which"
    " are worse.",
)
@click.option("--force", is_flag=True, help="Replace an existing page.")
@session_options
def command(
    session: Session,
    *,
    colorized: tuple[Path, ...],
    reference: Path,
    output: Path | None,
    per: str | None,
    pa_thresholds: tuple[float, ...],
    bars: bool,
    fast: bool,
    html: Path | None,
    force: bool,
) -> None:
    """Score coloured videos against the coloured original, frame by frame.

    COLORIZED is a video or a folder of stills with the same frames as the original.
    """
    options = EvaluateOptions(pa_thresholds=pa_thresholds, slow=not fast, bars=bars)
    if html is not None:
        check_page(html, [*colorized, reference], fast=fast, force=force)
    with session.reporter() as reporter, TemporaryDirectory() as folder:
        scores = output if output or not html else Path(folder) / "scores.json"
        results = evaluate(colorized, reference, options=options, output=scores, reporter=reporter)
        if html is not None and scores is not None:
            report_results(scores, html, reporter=reporter)
    _print_scores(session, results, per_shot=per == "shot")
    if output is not None:
        session.info(f"Wrote {output} and {output.with_suffix('')}")
    if html is not None:
        session.info(f"Wrote {html}. Open it in a browser.")
    written = {"output": output, "html": html}
    session.emit(
        {
            "results": _rows(results, with_shots=per == "shot"),
            **{name: path for name, path in written.items() if path is not None},
        }
    )


def _print_scores(session: Session, results: Sequence[EvaluateSummary], *, per_shot: bool) -> None:
    lines = score_table([(r.name, r.scores) for r in results])
    for number, shot in enumerate(results[0].shots if per_shot else ()):
        lines.append(f"shot {shot.shot}: frames {shot.start} to {shot.stop - 1}")
        lines += score_table([(r.name, r.shots[number].scores) for r in results])
    n_shown = sum(column in results[0].scores for column in COLUMNS)
    n_more = len(results[0].scores) - 1 - n_shown
    lines += LEGEND
    if "vivid_share" in results[0].scores:
        share = results[0].scores["vivid_share"]
        lines.append(f"Vivid pixels are {share:.0%} of the original: they stand out from their picture.")
    lines.append(f"{n_more} more scores: --json. Scores of each frame and shot: -o FILE.json.")
    for line in lines:
        session.info(line)


def _rows(results: Sequence[EvaluateSummary], *, with_shots: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"colorized": r.colorized, **r.scores} for r in results]
    if with_shots:
        for row, result in zip(rows, results, strict=True):
            row["shots"] = result.shots
    return rows
