"""Loaded by the workers of ``local[N]``: an interrupt is for the program that started them."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Ignore Ctrl-C, which a terminal sends to all; dask.distributed calls this in the main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
