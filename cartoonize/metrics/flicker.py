"""Static flicker: colour that changes where the picture does not."""

from __future__ import annotations

import cv2
import numpy as np

from cartoonize.metrics.pair import FrameColors

_TOLERANCE = 1  # codes of luma


class StaticFlicker:
    """Mean |change of ab| from frame to frame on still pixels, minus the original's own; smaller is better.

    A pixel is still if no luma of its 3x3 neighbourhood in the original changed by more than one code. The
    change is the Euclidean one, in CIELAB units, and the mean goes over all still pixels of the episode.
    Unlike a comparison of colour histograms this sees colours that swap places.
    """

    def __init__(self) -> None:
        self._last: tuple[FrameColors, FrameColors] | None = None
        self._excess = 0.0
        self._n_pixels = 0

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in the next pair of frames of one size; the order counts."""
        if self._last is not None:
            last_reference, last_colorized = self._last
            moved = cv2.dilate(cv2.absdiff(reference.luma, last_reference.luma), np.ones((3, 3), np.uint8))
            still = moved <= _TOLERANCE
            for now, last, sign in ((colorized, last_colorized, 1), (reference, last_reference, -1)):
                change = now.ab - last.ab
                sizes = np.hypot(change[..., 0], change[..., 1])
                self._excess += sign * float(sizes.sum(dtype=np.float64, where=still))
            self._n_pixels += int(np.count_nonzero(still))
        self._last = reference, colorized

    def result(self) -> dict[str, float]:
        """Return ``static_flicker``; 0 if nothing was still."""
        return {"static_flicker": self._excess / max(self._n_pixels, 1)}
