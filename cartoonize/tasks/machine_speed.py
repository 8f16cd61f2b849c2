"""Speed of this machine: how long an update of a training and a drawing take."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cartoonize.devices import name_of, pick_device, pick_dtype
from cartoonize.methods.registry import find_variant
from cartoonize.prefetch import n_cores
from cartoonize.tasks.train import default_network

if TYPE_CHECKING:
    import torch

    from cartoonize.learning.trainer import Trainer
    from cartoonize.methods.variant import Variant

#: Width of the networks that are measured.
WIDTH = 1.0
#: Number of updates, after a first one that is slower; fewer if they take too long.
_N_UPDATES = 4
#: Time after which no further update is measured, in seconds.
_ENOUGH = 8.0
#: Number of drawings that the network colours at once, and of repetitions after a first one.
_N_DRAWINGS, _N_REPETITIONS = 8, 3


@dataclass(frozen=True)
class Speed:
    """Speed of the recommended network on this machine."""

    variant: str
    device: str
    n_cores: int
    bfloat16: bool
    """True if the device multiplies bfloat16 in hardware, which takes about half the time."""
    update_seconds: float
    """Time of one update of a training, at the published width and batch size."""
    drawing_seconds: float
    """Time that the network takes for one drawing."""
    n_updates: int
    """Length of a training by default."""
    training_minutes: float
    """Time of that training."""
    faster: list[str]
    """Ways to make both faster."""
    is_busy: bool
    """True if other programs used the processor, so that the times are too long."""


def measure_speed(device_name: str = "auto") -> Speed:
    """Measure an update and a drawing of the recommended network.

    Parameters
    ----------
    device_name : str
        Device that runs networks: ``auto``, ``cpu`` or ``cuda``.

    Raises
    ------
    UsageError
        If the device is not available.
    """
    device = pick_device(device_name)
    cores = n_cores()
    is_busy = os.getloadavg()[0] > cores / 2
    variant = find_variant(default_network())
    dtype = pick_dtype("auto", device)
    trainer = _trainer(variant, device, dtype)
    update_seconds = _time_updates(trainer)
    n_updates = variant.updates or variant.min_updates
    return Speed(
        variant=variant.name,
        device=device.type,
        n_cores=cores,
        bfloat16=name_of(dtype) == "bfloat16",
        update_seconds=update_seconds,
        drawing_seconds=_time_drawings(trainer, device, dtype),
        n_updates=n_updates,
        training_minutes=n_updates * update_seconds / 60,
        faster=_faster(device, name_of(dtype) != "float32", cores),
        is_busy=is_busy,
    )


def _trainer(variant: Variant, device: torch.device, dtype: torch.dtype) -> Trainer:
    """Return a trainer of the network on random pictures."""
    import numpy as np
    import torch

    from cartoonize.learning.losses import loss_for
    from cartoonize.learning.samples import Samples
    from cartoonize.learning.schedule import Schedule
    from cartoonize.learning.trainer import Compute, Trainer

    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (variant.batch_size, 256, 256, 3), np.uint8)
    samples, network = Samples(pictures), variant.build(WIDTH)
    if variant.palette:
        network.set_palette(generator.normal(0, 30, (64, 2)).astype(np.float32))  # type: ignore[operator]
    schedule = Schedule(
        updates=1000,
        batch_size=variant.batch_size,
        accumulate=variant.accumulate,
        learning_rate=variant.learning_rate,
    )
    return Trainer(
        network,
        samples,
        loss=loss_for(variant, samples),
        schedule=schedule,
        compute=Compute(device, dtype),
        ema=variant.ema,
    )


def _time_updates(trainer: Trainer) -> float:
    """Return the median time of an update in seconds."""
    from contextlib import closing

    times = [time.perf_counter()]
    trainer.model.train()
    with closing(trainer.batches()) as batches:
        while len(times) < _N_UPDATES + 2 and (len(times) < 3 or times[-1] - times[0] < _ENOUGH):
            trainer.step(batches)
            times.append(time.perf_counter())
    return _median([after - before for before, after in pairwise(times[1:])])


def _time_drawings(trainer: Trainer, device: torch.device, dtype: torch.dtype) -> float:
    """Return the median time of a drawing in seconds, as the network is used for colouring."""
    import torch

    from cartoonize.methods.networks.inference import for_inference
    from cartoonize.methods.networks.inputs import NETWORK_SIZE

    network = for_inference(trainer.model, dtype)
    inputs = torch.zeros(_N_DRAWINGS, 1, NETWORK_SIZE, NETWORK_SIZE, device=device, dtype=dtype)
    times = []
    with torch.inference_mode():
        for _ in range(_N_REPETITIONS + 1):
            started = time.perf_counter()
            float(network(inputs).sum())  # waits for a GPU
            times.append((time.perf_counter() - started) / _N_DRAWINGS)
    return _median(times[1:])


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _faster(device: torch.device, low_precision: bool, n_cores: int) -> list[str]:
    """Return what would make networks faster than here."""
    if device.type == "cuda":
        return []
    wishes = ["a GPU"]
    if not low_precision:
        wishes.append("a processor with bfloat16 (AVX-512 BF16 or AMX)")
    return [*wishes, f"more cores than {n_cores}", "a smaller network (`train --width 0.5`)"]
