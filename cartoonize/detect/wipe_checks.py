"""Checks of a wipe: measures that tell it from a pan, and from someone who walks across the picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.wipe_path import N_STEPS
from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Largest distance from the front that is near, as a share of the way.
#: Noise, as a share of the mean change.
_NEAR, _NOISE = 0.25, 0.03


def evenness(change: NDArray[np.float32], way: NDArray[np.float32]) -> float:
    """Return the smallest mean change in a sixth of the way, as a share of the mean of them all."""
    place = np.minimum((way * 6).astype(np.int64), 5).ravel()
    sums = np.bincount(place, change.ravel(), minlength=6)
    means = sums / np.maximum(np.bincount(place, minlength=6), 1)
    return float(means.min() / max(means.mean(), 1e-6))


def stillness(
    frames: NDArray[np.float32],
    pictures: tuple[NDArray[np.float32], NDArray[np.float32]],
    front: Front,
    path: NDArray[np.float64],
) -> float:
    """Return how much worse the frames fit pictures that move with a straight front than still ones.

    In a pan the pictures move with the edge between them. The parameters are those of `trail`.
    """
    height, width = pictures[0].shape
    length = np.hypot(front.x / width, front.y / height)
    direction = np.array([front.x / width, front.y / height]) / length
    whole = (abs(front.x) * (width - 1) / width + abs(front.y) * (height - 1) / height) / length
    moved = still = 1e-6
    inside = np.flatnonzero((path > 0.15) & (path < 0.85))
    coordinates = front.coordinates(height, width)
    way = (coordinates - coordinates.min()) / max(float(np.ptp(coordinates)), 1e-6)
    for k in inside:
        sides = (
            (pictures[0], way > path[k] + 0.05, path[k]),
            (pictures[1], way < path[k] - 0.05, path[k] - 1),
        )
        for picture, side, far in sides:
            right, down = direction * far * whole
            shift = np.array([[1, 0, right], [0, 1, down]])
            there = cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
            moved += float(np.abs(frames[k] - there)[side].sum())
            still += float(np.abs(frames[k] - picture)[side].sum())
    return moved / still


def trail(
    frames: NDArray[np.float32],
    pictures: tuple[NDArray[np.float32], NDArray[np.float32]],
    way: NDArray[np.float32],
    path: NDArray[np.float64],
) -> float:
    """Return how much more frames differ from both pictures near the front than far from it.

    Someone who walks across the picture is at the edge of the part that changes, and in neither of the two
    pictures there.

    Parameters
    ----------
    frames : float32 array, shape (n, height, width)
        The frames.
    pictures : two float32 arrays, shape (height, width)
        The pictures before and after.
    way : float32 array, shape (height, width)
        Way of the front until it reaches a pixel, 0..1.
    path : float64 array, shape (n,)
        Way of the front, 0..1, in each frame.
    """
    before, after = pictures
    noise = _NOISE * float(np.abs(after - before).mean())
    near, far = [], []
    for frame, place in zip(frames, path.tolist(), strict=True):
        if 0.1 < place < 0.9:
            strange = np.minimum(np.abs(frame - before), np.abs(frame - after))
            distance = np.abs(way - place)
            beside = (distance > 2 / N_STEPS) & (distance < _NEAR)
            near.append(float(strange[beside].mean()))
            far.append(float(strange[distance >= _NEAR].mean()))
    return float(np.mean(near) / (np.mean(far) + noise)) if near else 0.0
