"""Preload module of the workers of ``local[N]``. Only the program that started them handles interrupts."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Ignore Ctrl-C, which a terminal sends to all its processes.

    dask.distributed calls this function in the main thread of the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
