"""``cartoonize rate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cartoonize.cli.options import Session, existing_or_not, session_options
from cartoonize.errors import UsageError
from cartoonize.tasks.rate import RateOptions, rate, rated
from cartoonize.tasks.report import check_page

if TYPE_CHECKING:
    from cartoonize.tasks.rate import RatedSummary

_DEFAULT = RateOptions()
#: What only a page has that people are to rate on.
_OF_THE_PAGE = ("reference", "pairs", "controls", "seed", "mode", "seconds", "height")


@click.command("rate")
@click.argument("files", nargs=-1, required=True, type=existing_or_not(), metavar="RESULT...")
@click.option("--reference", type=existing_or_not(), help="The coloured original, or an episode's name.")
@click.option("-o", "--output", type=existing_or_not(), metavar="FILE.html", help="The page to write.")
@click.option("--pairs", type=int, default=_DEFAULT.pairs, show_default=True, help="Of each method.")
@click.option("--controls", type=int, help="Pairs of no method.  [default: as --pairs]")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True, help="Of frames and order.")
@click.option(
    "--mode",
    type=click.Choice(["rating", "real-or-fake"]),
    default=_DEFAULT.mode,
    show_default=True,
    help="Marks from 0 to 10, or: which of two is the original?",
)
@click.option(
    "--seconds",
    type=float,
    default=_DEFAULT.seconds,
    show_default=True,
    help="How long real-or-fake shows a pair.",
)
@click.option("--height", type=int, default=_DEFAULT.height, show_default=True, help="Of a picture at most.")
@click.option("--force", is_flag=True, help="Replace a page that exists.")
@click.option(
    "--results", "sum_up", is_flag=True, help="Sum up the files that people saved: RESULT... are those."
)
@session_options
def command(
    session: Session, files: tuple[Path, ...], output: Path | None, force: bool, sum_up: bool, **asked: Any
) -> None:
    """Let people judge colours without knowing what made them.

    \b
    cartoonize rate RESULT... --reference ORIGINAL -o rate.html    a page for people
    cartoonize rate --results *.json                               what they said

    RESULT is a coloured video, and its name that of the method. The page needs no server: give the file to
    people, and get from each the file that it saves.
    """  # noqa: D301, click wants the backspace itself
    if sum_up:
        _refuse_options_of_the_page()
        _sum_up(session, files, output, force)
    else:
        _write_page(session, files, output, force, **asked)


def _write_page(
    session: Session,
    results: tuple[Path, ...],
    output: Path | None,
    force: bool,
    reference: Path | None,
    **asked: Any,
) -> None:
    if all(path.suffix.lower() == ".json" for path in results):
        raise UsageError(f"{results[0]}: this is no video", "To sum up what people said, say --results.")
    if reference is None:
        raise UsageError("no coloured original", "Name it with --reference.")
    if output is None:
        raise UsageError("no page to write", "Name it with -o, such as -o rate.html.")
    options = RateOptions(**asked)
    check_page(output, [*results, reference], force=force)
    with session.progress() as move:
        summary = rate(
            session.workspace,
            results,
            reference,
            output,
            options=options,
            progress=lambda done, total: move("frames read", done, total),
            notify=session.warn,
        )
    session.say(f"Wrote {summary.page}: {summary.n_pairs} pairs, {options.n_controls} of them controls.")
    session.say("Next: people open it in a browser and save; then `cartoonize rate --results *.json`.")
    session.emit(
        {"page": summary.page, "id": summary.id, "n_pairs": summary.n_pairs, "methods": summary.methods}
    )


def _refuse_options_of_the_page() -> None:
    context = click.get_current_context()
    for name in _OF_THE_PAGE:
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise UsageError(
                f"--results only reads what people saved: --{name} is for the page", "Leave it out."
            )


def _sum_up(session: Session, files: tuple[Path, ...], output: Path | None, force: bool) -> None:
    if output is not None:
        check_page(output, files, force=force)
    summary = rated(files, output)
    for line in _lines(summary):
        session.say(line)
    if summary.page:
        session.say(f"Wrote {summary.page}. Open it in a browser.")
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


def _lines(summary: RatedSummary) -> list[str]:
    """Lay out what people said as the lines of a plain table; what has no meaning is a dash."""
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
        "Krippendorff's alpha (1: people agree, 0: as by chance): {}, without controls {}.".format(*alphas)
    )
    return lines
