"""Peak signal-to-noise ratio (thesis, equation 8.3)."""

from __future__ import annotations

import math

import cv2

from cartoonize.metrics.pair import FrameColors

#: Decibels that identical images count as, and that no other image exceeds.
CAP = 100.0


class Psnr:
    """PSNR on RGB in dB, of each image, then averaged; larger is better.

    Identical images, whose ratio is infinite, count as 100 dB, and so does any that is nearer than that.
    """

    def __init__(self) -> None:
        self._total = 0.0
        self._n_images = 0

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        squared_error = cv2.norm(reference.rgb, colorized.rgb, cv2.NORM_L2SQR) / reference.rgb.size / 255**2
        self._total += min(-10 * math.log10(squared_error), CAP) if squared_error > 0 else CAP
        self._n_images += 1

    def result(self) -> dict[str, float]:
        """Return ``psnr``; NaN before the first pair."""
        return {"psnr": self._total / self._n_images if self._n_images else float("nan")}
