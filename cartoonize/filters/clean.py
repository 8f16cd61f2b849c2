"""Clean: what tracks see of a grainy drawing is the drawing without its grain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, area_average, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Grain of less is left alone: deviation on the colour grid, in codes of 0..255.
_LEAST = 1.5


def clean_frames(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Add ``clean`` to grainy frames; a held drawing is cleaned once.

    Only regions and their paths are found in it. Networks see the grain, which they were trained with,
    and the film keeps its luma.
    """
    yield from once_per_drawing(frames, "clean", _cleaned)


def _cleaned(frame: Frame) -> NDArray[np.uint8] | None:
    from cartoonize.refine.grain import estimate_grain, remove_grain

    small = area_average(frame.grey)
    grain = estimate_grain(small)
    return remove_grain(small, grain) if grain >= _LEAST else None
