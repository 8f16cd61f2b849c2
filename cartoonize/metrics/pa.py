"""Perceivable artifacts (thesis, equation 8.4): even places of the original that are uneven in the result."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.pair import FrameColors


class Pa:
    """Share of the original's even pixels that are uneven in the result, of each image, then averaged.

    A pixel is even if a and b of each of its neighbours (above, below, left, right, inside the image) differ
    from its own by less than the threshold. Smaller is better. Equation 8.4 as printed is the complement;
    this is what the thesis's text and table 8.1 mean. An image without even pixels counts as 0.

    Parameters
    ----------
    threshold : float
        In CIELAB units; the thesis's table uses 2.
    """

    def __init__(self, threshold: float = 2.0) -> None:
        self.threshold = threshold
        self._total = 0.0
        self._n_images = 0

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        even = even_pixels(reference.ab, self.threshold)
        n_even = int(np.count_nonzero(even))
        n_artifacts = int(np.count_nonzero(even & ~even_pixels(colorized.ab, self.threshold)))
        self._total += n_artifacts / max(n_even, 1)
        self._n_images += 1

    def result(self) -> dict[str, float]:
        """Return ``pa``; NaN before the first pair."""
        return {"pa": self._total / self._n_images if self._n_images else float("nan")}


def even_pixels(ab: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """Tell for each pixel of (height, width, 2) whether its 4 neighbours are within the threshold."""
    even = np.ones(ab.shape[:2], bool)
    for channel in cv2.split(np.ascontiguousarray(ab)):
        across = np.abs(np.diff(channel, axis=1)) < threshold
        down = np.abs(np.diff(channel, axis=0)) < threshold
        even[:, :-1] &= across
        even[:, 1:] &= across
        even[:-1] &= down
        even[1:] &= down
    return even
