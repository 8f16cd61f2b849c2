"""A method as a function of frames, for tasks that test methods one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from cartoonize.frames import Frame

#: Adds one ``ab`` to each frame. Frames come in order, one per drawing.
Colorer = Callable[[Iterable[Frame]], Iterator[Frame]]


def seconds_per_frame(color: Colorer, frame: Frame) -> float:
    """Measure how long a method takes for one frame, after a first call that compiles and allocates."""
    list(color([frame]))
    started = time.perf_counter()
    list(color([frame]))
    return time.perf_counter() - started
