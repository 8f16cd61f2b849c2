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
    help="A result to play.  [default: the best of each kind]",
)
@click.option(
    "--seconds", type=float, default=_DEFAULT.seconds, show_default=True, help="How much is played; 0: none."
)
@session_options
def command(session: Session, films: tuple[str, ...], seconds: float) -> None:
    """Write one self-contained HTML page: scores, curves, pictures, films."""
    options = ReportOptions(films=films, seconds=seconds)
    with session.progress() as move:
        summary = report(session.workspace, options=options, progress=move)
    session.say(f"Wrote {summary.page}. Open it in a browser.")
    session.emit({"page": summary.page})
