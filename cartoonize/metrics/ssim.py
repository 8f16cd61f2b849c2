"""Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004) on RGB."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference

#: Side of the window in pixels.
_WINDOW = 7
#: Constants of the paper for values in 0..255.
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class Ssim:
    """Mean SSIM of the three channels, averaged over images; larger is better, 1 is a perfect copy.

    The values equal those of scikit-image's ``structural_similarity`` with ``channel_axis=-1``: windows of
    7x7 that lie completely inside the picture, equal weights of all pixels, sample covariances.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the SSIM and 1 image, or 0 and 0 images if the image is smaller than the window."""
        if min(pair.colorized.luma.shape) < _WINDOW:
            return 0, 0
        rgb, other = pair.reference.colors.rgb.astype(np.float32), pair.colorized.rgb.astype(np.float32)
        here, here2 = pair.reference.once(_of_original)
        there, there2, both = (_window_sums(picture) for picture in (other, other * other, rgb * other))
        return _mean_similarity(here, here2, there, there2, both), 1

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``ssim``."""
        return {"ssim": mean(*sums)}


def _of_original(reference: Reference) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rgb = reference.colors.rgb.astype(np.float32)
    return _window_sums(rgb), _window_sums(rgb * rgb)


def _window_sums(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return window sums of integers up to 255^2, which stay below 2^24 and are exact in float32."""
    half = _WINDOW // 2
    sums = cv2.boxFilter(values, cv2.CV_32F, (_WINDOW, _WINDOW), normalize=False)
    return np.asarray(sums[half:-half, half:-half], np.float32)


@njit(cache=True, nogil=True)
def _mean_similarity(here, here2, there, there2, both):  # type: ignore[no-untyped-def]
    height, width, n_channels = here.shape
    n = _WINDOW * _WINDOW
    total = 0.0
    for y in range(height):
        for x in range(width):
            for c in range(n_channels):
                sum_x, sum_y = np.float64(here[y, x, c]), np.float64(there[y, x, c])
                variances = (here2[y, x, c] + there2[y, x, c] - (sum_x**2 + sum_y**2) / n) / (n - 1)
                covariance = (both[y, x, c] - sum_x * sum_y / n) / (n - 1)
                mean_x, mean_y = sum_x / n, sum_y / n
                above = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
                total += above / ((mean_x**2 + mean_y**2 + _C1) * (variances + _C2))
    return total / (height * width * n_channels)
