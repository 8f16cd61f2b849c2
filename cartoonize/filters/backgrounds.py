"""Backgrounds: what stands still in a shot, put together from all of it, for methods that look at that."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import lightness_on_grid
from cartoonize.frames import COLOR_SIZE, Frame
from cartoonize.methods.classical.common.background import Background

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


def backgrounds(frames: Iterable[Frame], *, luminance: str = "grey") -> Iterator[NDArray[np.float32]]:
    """Yield for every shot, when it is over, its plate: L x 0.01, (256, 256), NaN where it is not known.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    luminance : {"grey", "cielab"}
        Whose lightness: the black-and-white picture's, or that of the coloured one.
    """
    shot, drawing, background = -1, -1, Background(COLOR_SIZE, COLOR_SIZE)
    for frame in frames:
        if frame.shot != shot:
            if shot >= 0:
                yield _plate(background)
            shot, background = frame.shot, Background(COLOR_SIZE, COLOR_SIZE)
        if frame.drawing != drawing:
            drawing = frame.drawing
            background.add(lightness_on_grid(frame.looked_at(luminance), COLOR_SIZE, COLOR_SIZE) / 100)
    if shot >= 0:
        yield _plate(background)


def with_backgrounds(frames: Iterable[Frame], plates: Generator[NDArray[np.float32]]) -> Generator[Frame]:
    """Add its shot's ``background`` to every frame.

    Parameters
    ----------
    frames : iterable of Frame
        The same as those that the plates are of: a film is read twice for that, one time a shot ahead.
    plates : generator of ndarray
        One a shot, as `backgrounds` yields them.
    """
    shot, plate = -1, None
    with closing(plates):
        for frame in frames:
            if frame.shot != shot:
                shot, plate = frame.shot, next(plates)
            yield frame.having(background=plate)


def _plate(background: Background) -> NDArray[np.float32]:
    return np.where(background.is_known, background.plate(), np.float32(np.nan))
