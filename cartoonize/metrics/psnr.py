"""Peak signal-to-noise ratio (thesis, equation 8.3)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair

#: Decibels of identical images, and upper limit for all others.
CAP = 100.0


class Psnr:
    """PSNR on RGB in dB, averaged over images; larger is better.

    The ratio of an image is at most 100 dB. Identical images, whose ratio is infinite, count as 100 dB.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the decibels and 1 image."""
        rgb, other = pair.reference.colors.rgb, pair.colorized.rgb
        squared_error = cv2.norm(rgb, other, cv2.NORM_L2SQR) / rgb.size / 255**2
        return min(-10 * math.log10(squared_error), CAP) if squared_error > 0 else CAP, 1

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``psnr``."""
        return {"psnr": mean(*sums)}
