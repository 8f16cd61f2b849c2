"""Open the encoders of a container without changing how the operating system schedules this program."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from av.container import OutputContainer

_TASKS = Path("/proc/self/task")


def start_encoding(container: OutputContainer) -> None:
    """Open the encoders and write the header.

    SVT-AV1, used by root, gives its threads and the calling one real-time priority (SCHED_FIFO, 99). They
    would then hold back every other program of the machine, for as long as this one runs. All threads get
    the ordinary priority back.

    Raises
    ------
    av.FFmpegError
        If an encoder cannot be opened, or the container cannot hold the streams.
    """
    was_ordinary = _is_ordinary(0)
    try:
        container.start_encoding()
    finally:
        if was_ordinary and not _is_ordinary(0):
            for task in _TASKS.iterdir():
                with suppress(OSError):  # the thread has ended
                    os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))


def _is_ordinary(thread: int) -> bool:
    """Return whether a thread (0: this one) has ordinary priority, or the system has no others."""
    return not _TASKS.is_dir() or os.sched_getscheduler(thread) == os.SCHED_OTHER
