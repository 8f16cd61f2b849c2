"""``cartoonize doctor``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.tasks.doctor import examine


@click.command("doctor")
@session_options
def command(session: Session) -> None:
    """Check what works on this machine: codecs, GPU, threads, disk, system libraries."""
    checks = examine(session.workspace)
    for check in checks:
        session.info(f"{'ok ' if check.ok else 'NO '} {check.name:<18} {check.detail}")
    session.emit({"checks": checks})
