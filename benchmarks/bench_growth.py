"""Time and memory of `colorize` against length, resolution and number of members."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.material import FRAME_RATE, HEIGHT, WIDTH, drawings, write_untrained
from benchmarks.measure import Table
from benchmarks.plot import Curve
from cartoonize.video import write_film

#: Frames per drawing. Each drawing is held for a second, so that long films are measured within minutes.
HELD = FRAME_RATE
#: Number of different drawings. Long films repeat them.
N_DRAWINGS = 40
MINUTES = (1, 4, 16)
SIZES = ((480, 854), (720, 1280), (1080, 1920))
MEMBERS = (1, 2, 3, 4, 6)
#: Runs of each length. The peak of the queues between threads varies from run to run.
N_RUNS = 3
_PROGRAM = """
import sys
from cartoonize.cli.main import root
root.main(sys.argv[1:], standalone_mode=False)
for line in open("/proc/self/status"):  # getrusage would include the parent's memory at the fork
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


@dataclass(frozen=True)
class Cost:
    """Cost of colouring one film."""

    seconds: float
    peak_gib: float


def run(quick: bool = False) -> list[Table]:
    """Return the tables of cost against length, resolution and members."""
    minutes = tuple(m / 30 for m in MINUTES) if quick else MINUTES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoints = [write_untrained(folder, seed=seed) for seed in range(2 if quick else max(MEMBERS))]
        films = {m: _film(folder / f"{m}.mkv", m) for m in minutes}
        by_length = {m: _worst([_cost(films[m], checkpoints[:1]) for _ in range(N_RUNS)]) for m in minutes}
        by_size: dict[float, Cost] = {}
        for height, width in SIZES:
            film = _film(folder / f"{height}.mkv", minutes[0], height, width)
            by_size[height] = _cost(film, checkpoints[:1])
        counts = [n for n in MEMBERS if n <= len(checkpoints)]
        by_members: dict[float, Cost] = {n: _cost(films[minutes[0]], checkpoints[:n]) for n in counts}
    note = (
        f"Whole processes of `cartoonize colorize --refine grow`, plain at width 1.0; {FRAME_RATE} frames/s, "
        f"every drawing is held for {HELD} frames. Unless the table says otherwise: {WIDTH}x{HEIGHT}, "
        f"{minutes[0]:g} min, one member."
    )
    return [
        _table("Cost against length", "minutes", by_length, f"{note} Rows are the worst of {N_RUNS} runs."),
        _table("Cost against resolution", "lines", by_size, note),
        _table("Cost against members", "members", by_members, note),
    ]


def _table(title: str, size_name: str, costs: Mapping[float, Cost], note: str) -> Table:
    first = next(iter(costs.values()))
    rows = [
        (
            f"{size:g}",
            cost.seconds,
            f"{cost.seconds / first.seconds:.2f}x",
            cost.peak_gib,
            f"{cost.peak_gib / first.peak_gib:.2f}x",
        )
        for size, cost in costs.items()
    ]
    curves = tuple(
        Curve(f"{title}: {name}", size_name, unit, [(size, value(cost)) for size, cost in costs.items()])
        for name, unit, value in (("time", "s", _seconds), ("memory", "GiB", _peak))
    )
    head = (size_name, "s", "ratio to the first", "peak memory, GiB", "ratio to the first")
    return Table(title, head, rows, note, curves)


def _seconds(cost: Cost) -> float:
    return cost.seconds


def _peak(cost: Cost) -> float:
    return cost.peak_gib


def _film(path: Path, minutes: float, height: int = HEIGHT, width: int = WIDTH) -> Path:
    shown = [np.repeat(grey[..., None], 3, -1) for grey in drawings(N_DRAWINGS, height=height, width=width)]
    n_held = round(minutes * 60 * FRAME_RATE / HELD)
    pictures = (picture for picture in islice(cycle(shown), n_held) for _ in range(HELD))
    write_film(path, pictures, frame_rate=FRAME_RATE, matrix="bt601")
    return path


def _worst(costs: list[Cost]) -> Cost:
    return Cost(max(cost.seconds for cost in costs), max(cost.peak_gib for cost in costs))


def _cost(film: Path, checkpoints: list[Path]) -> Cost:
    """Colour a film in a process of its own and return the cost."""
    arguments = ["colorize", str(film), "--refine", "grow", "--json", "--force", "-w", str(film.parent / "w")]
    for checkpoint in checkpoints:
        arguments += ["--checkpoint", str(checkpoint)]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments], check=True, capture_output=True, text=True
    )
    summary, peak_kib = done.stdout.strip().splitlines()
    return Cost(json.loads(summary)["outputs"][0]["seconds"], int(peak_kib) / 2**20)
