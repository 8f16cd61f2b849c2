"""``cartoonize rate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.errors import UsageError
from cartoonize.tasks.check_page import check_page
from cartoonize.tasks.rate import RateOptions, rate
from cartoonize.tasks.sum_up_ratings import sum_up_ratings

if TYPE_CHECKING:
    from cartoonize.tasks.sum_up_ratings import RatingsSummary

_DEFAULT = RateOptions()
#: Options that have no meaning with ``--results``.
_PAGE_OPTIONS = ("reference", "pairs", "controls", "seed", "mode", "seconds", "height")


@click.command("rate")
@click.argument("files", nargs=-1, required=True, type=existing_or_not(), metavar="RESULT...")
@click.option(
    "--reference", type=existing_or_not(), help="The coloured original: a file, or the name of an episode."
)
@click.option("-o", "--output", type=existing_or_not(), metavar="FILE.html", help="Page to write.")
@click.option(
    "--pairs", type=int, default=_DEFAULT.pairs, show_default=True, help="Number of pairs per method."
)
@click.option(
    "--controls",
    type=int,
    help="Number of control pairs, which show how reliable people are. They have the original's colours"
    " (rating) or clearly wrong ones (real-or-fake).  [default: as --pairs]",
)
@click.option(
    "--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Random seed of frames and order."
)
@click.option(
    "--mode",
    type=click.Choice(["rating", "real-or-fake"]),
    default=_DEFAULT.mode,
    show_default=True,
    help="Task of the people. rating: give each coloured picture a mark from 0 to 10. real-or-fake: say which"
    " of two pictures is the original.",
)
@click.option(
    "--seconds",
    type=float,
    default=_DEFAULT.seconds,
    show_default=True,
    help="How long real-or-fake shows a pair, in seconds.",
)
@click.option(
    "--height",
    type=int,
    default=_DEFAULT.height,
    show_default=True,
    help="Largest height of the pictures, in pixels.",
)
@click.option("--force", is_flag=True, help="Replace an existing page.")
@click.option(
    "--results", "sum_up", is_flag=True, help="Sum up answers: RESULT... are the files that people saved."
)
@session_options
def command(
    session: Session, *, files: tuple[Path, ...], output: Path | None, force: bool, sum_up: bool, **asked: Any
) -> None:
    """Let people judge colours without knowing the method.

    \b
    cartoonize rate RESULT... --reference ORIGINAL -o rate.html    write a page for people
    cartoonize rate --results *.json                               sum up their answers

    RESULT is a coloured video; its file name is the name of its method. The page needs no server: send the
    file to people, and collect the file that each of them saves.
    """  # noqa: D301, click needs the backspace character itself
    if sum_up:
        _refuse_page_options()
        _sum_up(session, files, output, force)
    else:
        _write_page(session, files, output, force, **asked)


def _write_page(
    session: Session,
    results: tuple[Path, ...],
    output: Path | None,
    force: bool,
    *,
    reference: Path | None,
    **asked: Any,
) -> None:
    if all(path.suffix.lower() == ".json" for path in results):
        raise UsageError(f"{results[0]}: not a video", "To sum up saved answers, add --results.")
    if reference is None:
        raise UsageError("the coloured original is missing", "Name it with --reference.")
    if output is None:
        raise UsageError("the output is missing", "Name it with -o, such as -o rate.html.")
    options = RateOptions(**asked)
    check_page(output, [*results, reference], force=force)
    with session.reporter() as reporter:
        summary = rate(session.workspace, results, reference, output, options=options, reporter=reporter)
    session.info(f"Wrote {summary.page}: {summary.n_pairs} pairs, {options.n_controls} of them controls.")
    session.info("Next: people open it in a browser and save; then run `cartoonize rate --results *.json`.")
    session.emit(
        {"page": summary.page, "id": summary.id, "n_pairs": summary.n_pairs, "methods": summary.methods}
    )


def _refuse_page_options() -> None:
    context = click.get_current_context()
    for name in _PAGE_OPTIONS:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise UsageError(
                f"--{name} has no effect with --results, which only reads saved answers", "Leave it out."
            )


def _sum_up(session: Session, files: tuple[Path, ...], output: Path | None, force: bool) -> None:
    if output is not None:
        check_page(output, files, force=force)
    summary = sum_up_ratings(files, output)
    for line in _lines(summary):
        session.info(line)
    if summary.page:
        session.info(f"Wrote {summary.page}. Open it in a browser.")
    session.emit(
        {
            "mode": summary.mode,
            "n_people": summary.n_people,
            "alpha": summary.agreement.all,
            "alpha_without_controls": summary.agreement.colored,
            "methods": summary.methods,
            **({"page": summary.page} if summary.page else {}),
        }
    )


def _lines(summary: RatingsSummary) -> list[str]:
    """Return the answers as the lines of a plain table; a value that is None becomes a dash."""
    quiz = summary.mode == "real-or-fake"

    def shown(value: float | None) -> str:
        return "-" if value is None else f"{value:.1%}" if quiz else f"{value:.2f}"

    width, mean = max(len(m.method) for m in summary.methods), "fooled" if quiz else "mean"
    lines = [f"{'':{width}}{mean:>8}{'sd':>8}{'95% interval':>18}{'answers':>9}{'people':>8}"]
    for m in summary.methods:
        interval = "-" if m.low is None else f"{shown(m.low)} to {shown(m.high)}"
        numbers = f"{shown(m.mean):>8}{shown(m.deviation):>8}{interval:>18}{m.n_answers:>9}{m.n_people:>8}"
        lines.append(f"{m.method:{width}}{numbers}")
    alphas = ("-" if a is None else f"{a:.2f}" for a in (summary.agreement.all, summary.agreement.colored))
    lines.append(
        "Krippendorff's alpha (1: people agree, 0: agreement by chance): {}, without controls {}.".format(
            *alphas
        )
    )
    return lines
