"""Time that the program takes to start."""

import subprocess
import sys
from functools import partial

from benchmarks.measure import Table, seconds

WORK = (
    ("python alone", ["-c", "pass"]),
    ("import cartoonize", ["-c", "import cartoonize"]),
    ("cartoonize --help", ["-m", "cartoonize", "--help"]),
    ("cartoonize colorize --help", ["-m", "cartoonize", "colorize", "--help"]),
)


def run(quick: bool = False) -> list[Table]:
    """Return the table of start-up times."""
    rows: list[tuple[str, float, float]] = []
    for name, arguments in WORK:
        taken = seconds(partial(_start, arguments), repeats=2 if quick else 10)
        rows.append((name, taken, taken - rows[0][1] if rows else 0.0))
    note = "Seconds of a process from start to end: the shortest of ten runs, after a warm-up run."
    return [Table("Start-up", ("command", "s", "above python alone"), rows, note)]


def _start(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
