"""``cartoonize report``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.tasks.report import ReportOptions, report

_DEFAULT = ReportOptions()


@click.command("report")
@click.option(
    "--film",
    "films",
    multiple=True,
    metavar="NAME",
    help="Result to play on the page. May be repeated.  [default: the best of each kind]",
)
@click.option(
    "--seconds",
    type=float,
    default=_DEFAULT.seconds,
    show_default=True,
    help="Length of the films on the page, in seconds. 0: no films.",
)
@session_options
def command(session: Session, *, films: tuple[str, ...], seconds: float) -> None:
    """Write an HTML page with the workspace's results: scores, curves, pictures, films.

    The page is one file that needs nothing else.
    """
    options = ReportOptions(films=films, seconds=seconds)
    with session.reporter() as reporter:
        summary = report(session.workspace, options=options, reporter=reporter)
    session.info(f"Wrote {summary.page}. Open it in a browser.")
    session.emit({"page": summary.page})
