"""Clean: remove the grain from the pictures in which regions are found and followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, area_average, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Smallest standard deviation of grain that is removed, in codes of 0..255 on the 256x256 grid.
_MIN_GRAIN = 1.5


def clean_frames(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Add ``clean`` to frames with grain. A held drawing is cleaned once.

    ``clean`` is used only to find regions and their paths. Networks get the picture with grain, because they
    were trained with grain. The film keeps its luma.
    """
    yield from once_per_drawing(frames, "clean", _cleaned)


def _cleaned(frame: Frame) -> NDArray[np.uint8] | None:
    from cartoonize.refine.grain import estimate_grain, remove_grain

    small = area_average(frame.grey)
    grain = estimate_grain(small)
    return remove_grain(small, grain) if grain >= _MIN_GRAIN else None
