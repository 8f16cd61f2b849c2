"""Perceivable artifacts (thesis, equation 8.4): even pixels of the original that are uneven in the result."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference

#: Threshold of the thesis's table 8.1 in CIELAB units. Its score is called ``pa``.
THRESHOLD = 2.0


class Pa:
    """Share of the original's even pixels that are uneven in the result, averaged over images.

    Smaller is better. A pixel is even if a and b of each of its neighbours (above, below, left and right,
    inside the image) differ from its own by less than the threshold. Equation 8.4 as printed is the
    complement of this share, which is what the thesis's text and table 8.1 mean. An image without even pixels
    is left out of the mean.

    Parameters
    ----------
    threshold : float
        Threshold in CIELAB units; the thesis's table uses 2.
    """

    n_sums = 2

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the share and 1 image, or 0 and 0 images if there are no even pixels."""
        even = pair.reference.once(_even_in_original, self.threshold)
        n_even = np.count_nonzero(even)
        if not n_even:
            return 0, 0
        return np.count_nonzero(even & ~even_pixels(pair.colorized.ab, self.threshold)) / n_even, 1

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``pa``; for another threshold, such as 5 or 2.5, ``pa_5`` or ``pa_2.5``."""
        return {"pa" if self.threshold == THRESHOLD else f"pa_{self.threshold:g}": mean(*sums)}


def _even_in_original(reference: Reference, threshold: float) -> NDArray[np.bool_]:
    return even_pixels(reference.colors.ab, threshold)


def even_pixels(ab: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    """Return which pixels of ab (height, width, 2) are within the threshold of their 4 neighbours."""
    return _even(ab, float(threshold))


@njit(cache=True, nogil=True)
def _even(ab, threshold):  # type: ignore[no-untyped-def]
    height, width = ab.shape[:2]
    even = np.ones((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            a, b = ab[y, x, 0], ab[y, x, 1]
            for j, i in ((y + 1, x), (y, x + 1)):
                if j == height or i == width:
                    continue
                if not (abs(ab[j, i, 0] - a) < threshold and abs(ab[j, i, 1] - b) < threshold):
                    even[y, x] = even[j, i] = False
    return even
