"""Edge bleed: how much worse the colours are beside outlines than elsewhere."""

from __future__ import annotations

import cv2
import numpy as np

from cartoonize.metrics.pair import FrameColors

_LOW, _HIGH = 50, 150  # of Canny, on luma 0..255
_REACH = 3
_OFFSETS = np.arange(-_REACH, _REACH + 1) ** 2
_DISC = (_OFFSETS + _OFFSETS[:, None] <= _REACH**2).astype(np.uint8)
_LEAST = 0.1


class EdgeBleed:
    """Mean ab error within 3 pixels of the original's luma edges over the mean elsewhere; smaller is better.

    Edges are found by Canny with fixed thresholds. The error elsewhere counts as at least 0.1 CIELAB units,
    so that a perfect copy has the bleed 0.
    """

    def __init__(self) -> None:
        self._totals = np.zeros(2)
        self._n_pixels = np.zeros(2, np.int64)

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        near = cv2.dilate(cv2.Canny(reference.luma, _LOW, _HIGH), _DISC) > 0
        difference = reference.ab - colorized.ab
        error = np.hypot(difference[..., 0], difference[..., 1])
        for i, where in enumerate((near, ~near)):
            self._totals[i] += error.sum(dtype=np.float64, where=where)
            self._n_pixels[i] += int(np.count_nonzero(where))

    def result(self) -> dict[str, float]:
        """Return ``edge_bleed``; 0 if there is no edge."""
        near, elsewhere = self._totals / np.maximum(self._n_pixels, 1)
        return {"edge_bleed": float(near / max(elsewhere, _LEAST))}
