"""Path of a wipe: where its front is in each frame, and how soft it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Number of steps in the coordinate of the front.
N_STEPS = 48
#: Weight of a steady motion where the pictures do not show the front.
_STEADINESS = 0.02
#: Widths of soft edges that are tried, as shares of the way of the front.
_SOFTNESS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
#: Width of a hard edge in the thumbnails, which are blurred.
_BLUR = 0.06


def path_of(
    evidence: NDArray[np.float32], way: NDArray[np.float32], ramp: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Follow a front that never goes back, by dynamic programming.

    Parameters
    ----------
    evidence : float32 array, shape (n, height, width)
        Codes by which each pixel is more like the picture before than like the one after.
    way : float32 array, shape (height, width)
        Way of the front until it reaches a pixel, 0..1.
    ramp : float64 array, shape (n,)
        Way of a steady front, 0..1.

    Returns
    -------
    path : float64 array, shape (n,)
        Way of the front, 0..1, in each frame.
    explained : float
        Sum of the evidence with the sign that the path gives it.
    """
    by_step = _sums_by_step(evidence, way)
    behind = np.pad(np.cumsum(by_step, 1), ((0, 0), (1, 0)))
    gain = behind[:, -1:] - 2 * behind
    places = np.arange(N_STEPS + 1) / N_STEPS
    unsteady = np.abs(places - ramp[:, None]) * (_STEADINESS * np.abs(evidence).sum() / len(ramp))
    total, came_from = gain[0] - unsteady[0], []
    for now in gain[1:] - unsteady[1:]:
        best = np.maximum.accumulate(total)
        came_from.append(np.maximum.accumulate(np.where(total >= best, np.arange(N_STEPS + 1), 0)))
        total = best + now
    steps = [int(total.argmax())]
    for previous in reversed(came_from):
        steps.append(int(previous[steps[-1]]))
    steps.reverse()
    return places[steps], float(gain[np.arange(len(steps)), steps].sum())


def steady(around: NDArray[np.int64], path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the way of the steady front that is nearest to a path. It goes on below 0 and above 1."""
    moving = (path > 0) & (path < 1)
    slope, origin = np.polyfit(around[moving], path[moving], 1)
    return np.asarray(origin + slope * around)


def edge_of(
    evidence: NDArray[np.float32],
    change: NDArray[np.float32],
    way: NDArray[np.float32],
    positions: NDArray[np.float64],
) -> tuple[float, float]:
    """Return the softness of the edge and the offset of its positions that fit best."""
    changes = _sums_by_step(change[None], way)[0]
    shares = 0.5 - _sums_by_step(evidence, way) / (2 * np.maximum(changes, 1e-6))
    places = (np.arange(N_STEPS) + 0.5) / N_STEPS

    def error(softness: float, offset: float) -> float:
        behind = positions[:, None] + offset - places
        expected = np.clip(behind / (softness + _BLUR) + 0.5, 0, 1)
        return float((np.abs(expected - shares) * changes).sum())

    offsets = np.arange(-4, 5) / (2 * N_STEPS)
    return min(((s, float(o)) for s in _SOFTNESS for o in offsets), key=lambda one: error(*one))


def _sums_by_step(values: NDArray[np.float32], way: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sums (n, steps) of values (n, height, width) over the pixels of each step of the way."""
    step = np.minimum((way * N_STEPS).astype(np.int64), N_STEPS - 1).ravel()
    member = np.zeros((step.size, N_STEPS), np.float32)
    member[np.arange(step.size), step] = 1
    return (values.reshape(len(values), -1) @ member).astype(np.float64)
