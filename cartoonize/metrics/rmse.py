"""Root mean square error in the opponent colour space (thesis, equations 8.1 and 8.2)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair

#: The constant in the denominators of equation 8.1, for RGB in 0..1.
_EPSILON = 1e-4


class Rmse:
    """Mean Euclidean error of (alpha, beta) over images and pixels; smaller is better."""

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the sum of errors and the number of pixels."""
        error = pair.once(opponent_error)
        return float(error.sum()), error.size

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``rmse``."""
        return {"rmse": mean(*sums)}


def opponent_error(pair: Pair) -> NDArray[np.float64]:
    """Return the Euclidean error of alpha and beta (8.2) of each pixel, (height, width), in 0..6."""
    rgb, other = pair.reference.colors.rgb, pair.colorized.rgb
    return _errors(rgb.reshape(-1, 3), other.reshape(-1, 3)).reshape(rgb.shape[:2])


@njit(cache=True, nogil=True)
def _errors(rgb, other):  # type: ignore[no-untyped-def]
    errors = np.empty(len(rgb))
    for i in range(len(rgb)):
        alpha, beta = _opponent(rgb[i, 0], rgb[i, 1], rgb[i, 2])
        other_alpha, other_beta = _opponent(other[i, 0], other[i, 1], other[i, 2])
        errors[i] = np.sqrt((alpha - other_alpha) ** 2 + (beta - other_beta) ** 2)
    return errors


@njit(cache=True, inline="always")
def _opponent(red, green, blue):  # type: ignore[no-untyped-def]
    """Return alpha and beta (8.1) of sRGB 0..255: blue - yellow and red - green, divided by the mean."""
    scale = 1 / ((np.float64(red) + green + blue) / 3 + 255 * _EPSILON)
    return (blue - (np.float64(red) + green) / 2) * scale, (np.float64(red) - green) * scale
