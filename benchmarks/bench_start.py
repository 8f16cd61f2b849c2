"""How long the program takes to begin."""

import subprocess
import sys

from benchmarks.measure import Table, seconds

WORK = (
    ("python, nothing else", ["-c", "pass"]),
    ("import cartoonize", ["-c", "import cartoonize"]),
    ("cartoonize --help", ["-m", "cartoonize", "--help"]),
    ("cartoonize colorize --help", ["-m", "cartoonize", "colorize", "--help"]),
)


def run(quick: bool = False) -> list[Table]:
    rows = []
    for name, arguments in WORK:
        taken = seconds(lambda arguments=arguments: _started(arguments), repeats=2 if quick else 10)
        rows.append((name, taken, taken - rows[0][1] if rows else 0.0))
    note = "Seconds of a process from start to end, shortest of ten, after one that fills the caches."
    return [Table("Start", ("what", "s", "above python's own"), rows, note)]


def _started(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
