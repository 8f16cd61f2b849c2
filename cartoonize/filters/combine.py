"""Combine: average the colours of the members of an ensemble, in CIELAB (thesis 8.4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


def combine_frames(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Replace ``ab`` (members, 256, 256, 2) by its mean over the members, (1, 256, 256, 2)."""

    def mean(frame: Frame) -> NDArray[np.float32]:
        assert frame.ab is not None
        return frame.ab if len(frame.ab) == 1 else frame.ab.mean(0, keepdims=True, dtype=np.float32)

    return once_per_drawing(frames, "ab", mean)
