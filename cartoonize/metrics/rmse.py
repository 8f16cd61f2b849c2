"""Root mean square error in the opponent colour space (thesis, equations 8.1 and 8.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.pair import FrameColors

_EPSILON = 1e-4


class Rmse:
    """Mean over images and pixels of the Euclidean error of (alpha, beta); smaller is better."""

    def __init__(self) -> None:
        self._total = 0.0
        self._n_pixels = 0

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        (alpha, beta), (other_alpha, other_beta) = opponent(reference.rgb), opponent(colorized.rgb)
        error = np.hypot(alpha - other_alpha, beta - other_beta)
        self._total += float(error.sum(dtype=np.float64))
        self._n_pixels += error.size

    def result(self) -> dict[str, float]:
        """Return ``rmse``; NaN before the first pair."""
        return {"rmse": self._total / self._n_pixels if self._n_pixels else float("nan")}


def opponent(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return alpha and beta of sRGB 0..255: blue less yellow and red less green, over the mean (8.2)."""
    red, green, blue = np.moveaxis(rgb.astype(np.float32) / np.float32(255), -1, 0)
    mean = (red + green + blue) / 3 + np.float32(_EPSILON)
    return (blue - (red + green) / 2) / mean, (red - green) / mean
