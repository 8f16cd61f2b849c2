"""Workers: how much faster two workers colour than one, each with one thread."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.material import write_clip, write_untrained
from benchmarks.measure import Table

#: Drawings of a short and of a long film. Their difference is the work without starting and planning.
N_DRAWINGS = (60, 300)
_NOTE = (
    "Whole commands, plain at width 1.0, a drawn film of 720x576 on twos: time of {long} drawings less that"
    " of {short}, divided by their number. The command itself reads the film twice and encodes it, on the"
    " same cores."
)


def run(quick: bool = False) -> list[Table]:
    """Return the table of times per drawing."""
    short, long = (6, 20) if quick else N_DRAWINGS
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = write_untrained(folder)
        films = [write_clip(folder / f"{n}.mkv", n, held=2) for n in (short, long)]
        for refine in ("none", "tracks"):
            taken = {}
            for where in ("", "local[1]", "local[2]"):
                times = [_seconds(film, checkpoint, refine, where, folder / "x.mkv") for film in films]
                taken[where] = (times[1] - times[0]) / (long - short)
            gain = taken["local[1]"] / taken["local[2]"]
            rows.append((refine, *(1000 * seconds for seconds in taken.values()), f"{gain / 2:.0%}"))
    head = ("--refine", "this process, ms", "one worker, ms", "two workers, ms", "share of twice the speed")
    return [Table("Workers on one machine", head, rows, _NOTE.format(short=short, long=long))]


def _seconds(film: Path, checkpoint: Path, refine: str, where: str, output: Path) -> float:
    """Return the time of a command; without workers, it has one thread, too."""
    scheduler = ("--scheduler", where) if where else ()
    how = ("--refine", refine, "--device", "cpu", "--force", "--again", "-q")
    where_to = ("-w", film.with_suffix(""), "-o", output)
    call = ("colorize", film, "--checkpoint", checkpoint, *how, *where_to, *scheduler)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "cartoonize", *map(str, call)], check=True, env=environment)
    return time.perf_counter() - started
