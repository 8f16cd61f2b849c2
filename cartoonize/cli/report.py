"""``cartoonize report``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.stages.report import ReportOptions, report


@click.command("report")
@session_options
def command(session: Session) -> None:
    """Write one self-contained HTML page: scores, curves, pictures."""
    summary = report(session.workspace, options=ReportOptions())
    session.say(f"Wrote {summary.page}. Open it in a browser.")
    session.emit({"page": summary.page})
