"""Backgrounds: the static background of each shot, assembled from all its drawings."""

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
    """Yield the plate of each shot after its last frame.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    luminance : {"grey", "cielab"}
        Picture that the plate is made from: black-and-white, or coloured.

    Yields
    ------
    float32 array, shape (256, 256)
        L x 0.01 of the background, NaN where it is unknown.
    """
    shot, drawing, background = -1, -1, Background(COLOR_SIZE, COLOR_SIZE)
    for frame in frames:
        if frame.shot != shot:
            if shot >= 0:
                yield _plate(background)
            shot, background = frame.shot, Background(COLOR_SIZE, COLOR_SIZE)
        if frame.drawing != drawing:
            drawing = frame.drawing
            background.add(lightness_on_grid(frame.picture(luminance), COLOR_SIZE, COLOR_SIZE) / 100)
    if shot >= 0:
        yield _plate(background)


def with_backgrounds(frames: Iterable[Frame], plates: Generator[NDArray[np.float32]]) -> Generator[Frame]:
    """Add to each frame the ``background`` of its shot.

    Parameters
    ----------
    frames : iterable of Frame
        The frames from which the plates were made, read a second time.
    plates : generator of ndarray
        Plates from `backgrounds`, one for each shot. It reads one shot ahead of ``frames``.
    """
    shot, plate = -1, None
    with closing(plates):
        for frame in frames:
            if frame.shot != shot:
                shot, plate = frame.shot, next(plates)
            yield frame.having(background=plate)


def _plate(background: Background) -> NDArray[np.float32]:
    return np.where(background.is_known, background.plate(), np.float32(np.nan))
