"""Shapes of wipes: the line, circle or clock that fits the moments at which pixels change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


def candidate_fronts(
    evidence: NDArray[np.float32], aspect: float, *, only_circle: bool = False
) -> Iterator[Front]:
    """Yield the fronts of each shape, without positions, that fit the moments at which pixels change.

    Parameters
    ----------
    evidence : float32 array, shape (n, height, width)
        Codes by which each pixel is more like the picture before than like the one after.
    aspect : float
        Height of the frames in units of their width.
    only_circle : bool
        Do not yield lines and clocks.
    """
    n, height, width = evidence.shape
    sums = np.concatenate([np.zeros((1, height, width), np.float32), np.cumsum(evidence, 0)])
    gains = 2 * sums - sums[-1]  # of a change before each frame
    t = gains.argmax(0).ravel() / n
    weights = np.maximum(gains.max(0), 0).ravel() / n
    y, x = (k.ravel() for k in np.mgrid[0.5:height, 0.5:width] / np.array([height, width])[:, None, None])
    if not only_circle:
        _, right, down = _regression((np.ones_like(x), x, y), t, weights)
        yield Front("line", float(right), float(down))
        yield Front("clock", 0.5, 0.5, aspect)
        yield Front("clock", 0.5, 0.5, aspect, -1)
    circle = _circle(x, y, t, weights, aspect)
    if circle is not None:
        yield circle


def _circle(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    moments: NDArray[np.float64],
    weights: NDArray[np.float64],
    aspect: float,
) -> Front | None:
    """Fit a circle that opens or closes at a constant rate to the moments at which pixels change."""
    squares = x**2 + (aspect * y) ** 2
    _, right, down, growth = _regression((np.ones_like(x), x, y, squares), moments, weights)
    if abs(growth) < 1e-3:
        return None
    center_x, center_y = -right / (2 * growth), -down / (2 * growth * aspect**2)
    for _ in range(4):  # Gauss-Newton steps
        if not (-0.2 < center_x < 1.2 and -0.2 < center_y < 1.2):
            return None
        across, along = x - center_x, (y - center_y) * aspect
        radius = np.hypot(across, along) + 1e-6
        columns = (np.ones_like(x), radius, -across / radius, -along * aspect / radius)
        _, growth, right, down = _regression(columns, moments, weights)
        if abs(growth) < 1e-3:
            return None
        center_x += float(np.clip(right / growth, -0.1, 0.1))
        center_y += float(np.clip(down / growth, -0.1, 0.1))
    return Front("circle", float(center_x), float(center_y), aspect, 1 if growth > 0 else -1)


def _regression(
    columns: tuple[NDArray[np.float64], ...], target: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coefficients of a weighted linear regression in which outliers count less."""
    matrix, weight = np.stack(columns), weights
    for _ in range(3):
        normal = (matrix * weight) @ matrix.T
        normal[np.diag_indices_from(normal)] *= 1 + 1e-9
        solution = np.linalg.lstsq(normal, (matrix * weight) @ target, rcond=None)[0]
        error = np.abs(target - solution @ matrix)
        scale = max(float((error * weights).sum() / max(float(weights.sum()), 1e-9)), 1e-3)
        weight = weights / np.maximum(error / scale, 1)
    return np.asarray(solution, np.float64)
