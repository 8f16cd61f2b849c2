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
from cartoonize.devices import pick_device, prefers_bfloat16
from cartoonize.frames import COLOR_SIZE
from cartoonize.learning.losses import Loss, rebalanced_divergence
from cartoonize.learning.samples import Samples
from cartoonize.learning.trainer import N_AHEAD, Progress, Schedule, fit
from cartoonize.methods.registry import VARIANTS
from cartoonize.sample.options import SampleOptions
from cartoonize.sample.series import draw_pictures

WIDTHS = (1.0, 0.25)
_NOTE = (
    "plain on {device}, batches of {n}, one per update. In memory: forward, loss, backward and Adam's step, "
    "repeated on one batch. The loop: `fit`, with batches of drawn frames prepared ahead. Both alternate, "
    "{rounds} times each; medians. Shares are of the step in memory; each part was measured alone."
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
        for bfloat16 in (False, True) if prefers_bfloat16(device) else (False,):
            measured = _Comparison(samples, width, bfloat16, device, batch_size)
            rows.append((width, "bfloat16" if bfloat16 else "float32", *measured.row(n_steps, n_rounds)))
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
        self, samples: Samples, width: float, bfloat16: bool, device: torch.device, batch_size: int
    ) -> None:
        self.samples, self.width, self.bfloat16 = samples, width, bfloat16
        self.device, self.batch_size = device, batch_size
        self.loss: Loss = rebalanced_divergence(samples)
        self.inputs, self.ab = samples.batch(0, batch_size, device)
        self.network = channels_last(VARIANTS["plain"].build(width), device)
        self.optimizer = torch.optim.Adam(self.network.parameters())

    def row(self, n_steps: int, n_rounds: int) -> tuple[Any, ...]:
        """Return ms in memory and in the loop, relative speed, shares of encoding and of making a batch."""
        inside, outside = self._take_turns(n_steps, n_rounds)
        speed = median(o / i for i, o in zip(inside, outside, strict=True))
        encode = self._alone(lambda: soft_encode(self.ab.permute(0, 2, 3, 1)))
        make = self._alone(lambda: self.samples.batch(1, self.batch_size, self.device))
        step = median(outside)
        return (
            1000 * step,
            1000 * median(inside),
            f"{speed:.1%}",
            f"{encode / step:.1%}",
            f"{make / step:.1%}",
        )

    def _step(self) -> None:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            predicted = self.network(self.inputs)
        self.loss(predicted, self.ab).backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _take_turns(self, n_steps: int, n_rounds: int) -> tuple[list[float], list[float]]:
        """Return the seconds per step in the loop and in memory, for each round except the first.

        While the steps in memory run, the loop prepares its next batches. Updates that use these batches do
        not count.
        """
        inside: list[float] = []
        outside: list[float] = []
        started = 0.0

        def watch(progress: Progress, share: float) -> None:
            nonlocal started
            done = progress.update % (n_steps + N_AHEAD + 1)
            if done == N_AHEAD + 1:
                started = self._now()
            elif done == 0:
                inside.append((self._now() - started) / n_steps)
                outside.append(self._alone(self._step, n_steps))
            if len(outside) > n_rounds:
                raise _MeasuredError

        try:
            fit(
                VARIANTS["plain"].build(self.width),
                self.samples,
                None,
                loss=self.loss,
                schedule=Schedule(minutes=60, batch_size=self.batch_size, accumulate=1),
                device=self.device,
                bfloat16=self.bfloat16,
                on_update=watch,
            )
        except _MeasuredError:
            return inside[1:], outside[1:]
        raise AssertionError("not measured within an hour")

    def _alone(self, work: Callable[[], Any], repeats: int = 20) -> float:
        started = self._now()
        for _ in range(repeats):
            work()
        return (self._now() - started) / repeats

    def _now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()
