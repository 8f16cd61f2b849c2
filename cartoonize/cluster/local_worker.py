"""Preload module of the workers of ``local[N]``: their number, and who handles interrupts."""

from __future__ import annotations

import signal
from typing import Any

#: Number of this worker among those of ``local[N]``; None in any other process.
number: int | None = None


def dask_setup(worker: Any) -> None:
    """Keep the number of the worker, and ignore Ctrl-C, which a terminal sends to all its processes.

    Only the program that started the workers handles interrupts. dask.distributed calls this function in the
    main thread of the worker.
    """
    global number
    number = worker.name
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def own_device(name: str) -> str:
    """Return the device of this worker, named as in `cartoonize.devices.pick_device`.

    Workers of ``local[N]`` take turns with the GPUs of the machine.
    """
    import torch

    if name != "cuda" or number is None:
        return name
    return f"cuda:{number % max(1, torch.cuda.device_count())}"
