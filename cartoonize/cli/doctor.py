"""``cartoonize doctor``."""

from __future__ import annotations

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.errors import CartoonizeError
from cartoonize.reporting import duration
from cartoonize.tasks.doctor import examine
from cartoonize.tasks.machine_speed import Speed, measure_speed


@click.command("doctor")
@session_options
def command(session: Session) -> None:
    """Check what works on this machine, and measure how fast it trains and colours.

    Checks codecs, GPU, threads, disk and system libraries. The measurement takes some seconds.
    """
    checks = examine(session.workspace)
    for check in checks:
        session.info(f"{'ok ' if check.ok else 'NO '} {check.name:<18} {check.detail}")
    speed = _measured(session)
    if speed is not None:
        _print_speed(session, speed)
    session.emit({"checks": checks, "speed": speed})


def _measured(session: Session) -> Speed | None:
    """Measure the speed, or say why that is not possible."""
    try:
        return measure_speed(session.device)
    except Exception as error:  # a broken installation can fail in any way
        session.info(f"NO  {'speed':<18} {_first_line(error)}")
        return None


def _first_line(error: Exception) -> str:
    text = str(error) if isinstance(error, CartoonizeError) else f"{type(error).__name__}: {error}"
    return next(iter(text.splitlines()), type(error).__name__)


def _print_speed(session: Session, speed: Speed) -> None:
    device = "GPU" if speed.device == "cuda" else "CPU"
    session.info(
        f"ok  {'speed':<18} {speed.variant} on the {device}: {speed.update_seconds:.2f} s for an update of a"
        f" training, {1000 * speed.drawing_seconds:.0f} ms for a drawing"
    )
    session.info(
        f"    {'':<18} `cartoonize train`: {speed.n_updates:,} updates,"
        f" about {duration(60 * speed.training_minutes)} at this speed"
    )
    if speed.is_busy:
        session.info(f"    {'':<18} Other programs use the processor now. Without them, both are faster.")
    if speed.faster:
        session.info(f"    {'':<18} Faster with {', '.join(speed.faster[:-1])} or {speed.faster[-1]}.")
