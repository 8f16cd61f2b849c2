"""The training loop, compared with the same step on tensors in memory, and the parts of a step."""

import time
from collections.abc import Callable
from itertools import islice
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.material import channels_last
from benchmarks.measure import Table
from cartoonize.color.bins import soft_encode
from cartoonize.devices import autocast, name_of, pick_device, pick_dtype
from cartoonize.frames import COLOR_SIZE
from cartoonize.learning.losses import Loss, rebalanced_divergence
from cartoonize.learning.samples import Samples
from cartoonize.learning.schedule import Schedule
from cartoonize.learning.trainer import N_AHEAD, Compute, Trainer
from cartoonize.methods.registry import VARIANTS
from cartoonize.reporting import Reporter
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures

WIDTHS = (1.0, 0.25)
_NOTE = (
    "plain on {device}, batches of {n}, one per update. In memory: forward, loss, backward and Adam's step, "
    "repeated on one batch. The loop: `Trainer.run`, with batches of drawn frames prepared ahead. Both "
    "alternate, {rounds} times each; medians. Shares are of the step in memory; each part was measured alone."
)


class _MeasuredError(Exception):
    """Raised to end a training that has been measured."""


def run(quick: bool = False) -> list[Table]:
    """Return the table of training."""
    device = pick_device()
    on_cpu = device.type == "cpu"
    batch_size = 4 if quick else 8 if on_cpu else 24
    n_rounds = 2 if quick else 5
    samples = Samples(_pictures(12 if quick else 96))
    rows: list[tuple[Any, ...]] = []
    for width in WIDTHS[1:] if quick else WIDTHS:
        n_steps = (2 if width == 1.0 else 6) if on_cpu else 30
        for dtype in sorted({torch.float32, pick_dtype("auto", device)}, key=name_of, reverse=True):
            measured = _Comparison(samples, width, dtype, device, batch_size)
            rows.append((width, name_of(dtype), *measured.row(n_steps, n_rounds)))
    head = (
        "width",
        "precision",
        "in memory, ms",
        "loop, ms",
        "relative speed of the loop",
        "soft encoding",
        "making a batch",
    )
    return [Table("Training", head, rows, _NOTE.format(device=device, n=batch_size, rounds=n_rounds))]


def _pictures(n_pictures: int) -> np.ndarray:
    options = SampleOptions(n_episodes=1, height=COLOR_SIZE, width=COLOR_SIZE, seconds=10.0)
    return np.stack(list(islice(draw_pictures(1, options=options), n_pictures)))


class _Comparison:
    """A training, and the same step in memory."""

    def __init__(
        self, samples: Samples, width: float, dtype: torch.dtype, device: torch.device, batch_size: int
    ) -> None:
        self.samples, self.width, self.dtype = samples, width, dtype
        self.device, self.batch_size = device, batch_size
        self.loss: Loss = rebalanced_divergence(samples)
        self.inputs, self.ab = samples.batch(0, batch_size, device)
        self.network = channels_last(VARIANTS["plain"].build(width), device)
        self.optimizer = torch.optim.Adam(self.network.parameters())

    def row(self, n_steps: int, n_rounds: int) -> tuple[Any, ...]:
        """Return ms in memory and in the loop, relative speed, shares of encoding and of making a batch."""
        inside, outside = self._take_turns(n_steps, n_rounds)
        speed = median(o / i for i, o in zip(inside, outside, strict=True))
        encode = self.alone(lambda: soft_encode(self.ab.permute(0, 2, 3, 1)))
        make = self.alone(lambda: self.samples.batch(1, self.batch_size, self.device))
        step = median(outside)
        return (
            1000 * step,
            1000 * median(inside),
            f"{speed:.1%}",
            f"{encode / step:.1%}",
            f"{make / step:.1%}",
        )

    def step(self) -> None:
        with autocast(self.device, self.dtype):
            predicted = self.network(self.inputs)
        self.loss(predicted, self.ab).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _take_turns(self, n_steps: int, n_rounds: int) -> tuple[list[float], list[float]]:
        """Return the seconds per step in the loop and in memory, for each round except the first.

        While the steps in memory run, the loop prepares its next batches. Updates that use these batches do
        not count.
        """
        rounds = _Rounds(self, n_steps, n_rounds)
        trainer = Trainer(
            VARIANTS["plain"].build(self.width),
            self.samples,
            loss=self.loss,
            schedule=Schedule(updates=10**6, batch_size=self.batch_size, accumulate=1),
            compute=Compute(self.device, self.dtype),
        )
        try:
            trainer.run(reporter=rounds)
        except _MeasuredError:
            return rounds.inside[1:], rounds.outside[1:]
        raise AssertionError("not measured within a million updates")

    def alone(self, work: Callable[[], Any], repeats: int = 20) -> float:
        started = self.now()
        for _ in range(repeats):
            work()
        return (self.now() - started) / repeats

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()


class _Rounds(Reporter):
    """Measures the updates that a training reports, and the steps in memory between them."""

    def __init__(self, comparison: _Comparison, n_steps: int, n_rounds: int) -> None:
        self.inside: list[float] = []
        self.outside: list[float] = []
        self._comparison, self._n_steps, self._n_rounds = comparison, n_steps, n_rounds
        self._update, self._started = 0, 0.0

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        self._update += 1
        in_round = self._update % (self._n_steps + N_AHEAD + 1)
        if in_round == N_AHEAD + 1:
            self._started = self._comparison.now()
        elif in_round == 0:
            self.inside.append((self._comparison.now() - self._started) / self._n_steps)
            self.outside.append(self._comparison.alone(self._comparison.step, self._n_steps))
        if len(self.outside) > self._n_rounds:
            raise _MeasuredError
