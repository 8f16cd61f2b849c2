"""Shared by all benchmarks: tables, the name of the hardware, timing."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.plot import Curve

#: A colour is wrong if its CIEDE2000 to the original is above this.
WRONG = 10.0


@dataclass(frozen=True)
class Table:
    """Measurements of one run."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    note: str = ""
    curves: tuple[Curve, ...] = ()
    """Curves to plot."""

    def markdown(self) -> str:
        """Return the table as Markdown, with title and note."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        table = "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)
        return f"## {self.title}\n\n" + (f"{self.note}\n\n" if self.note else "") + table + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def hardware() -> str:
    """Return the processor, the GPU if there is one, the number of threads and the version of torch."""
    import torch

    from cartoonize.devices import prefers_bfloat16

    bfloat16 = "with bfloat16" if prefers_bfloat16(torch.device("cpu")) else "without bfloat16"
    parts = [f"{len(os.sched_getaffinity(0))} cores of {_processor()} ({bfloat16})"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name(0))
    return ", ".join([*parts, f"{torch.get_num_threads()} threads", f"torch {torch.__version__}"])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def seconds(work: Callable[[], Any], *, repeats: int = 3, warm: bool = True) -> float:
    """Return the seconds of the shortest of several runs, after a warm-up run."""
    if warm:
        work()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def scores_of(errors: Sequence[np.ndarray], vivid: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return the shares of right pixels and of right vivid pixels, and the mean CIEDE2000, of frames.

    Parameters
    ----------
    errors : sequence of ndarray, shape (height, width)
        CIEDE2000 of each frame; all frames have the same size.
    vivid : sequence of bool ndarray, shape (height, width)
        Vivid pixels of each frame.
    """
    among_vivid = np.concatenate([error[mask] for error, mask in zip(errors, vivid, strict=True)])
    within = float(np.mean([(error <= WRONG).mean() for error in errors]))
    return within, float((among_vivid <= WRONG).mean()), float(np.mean([error.mean() for error in errors]))
