"""Right colours of vivid pixels, which a mean over all pixels hides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.ciede2000 import pixel_differences
from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference

#: Least chroma of a vivid pixel, and its least distance in ab from the median of the picture.
MIN_CHROMA = 15.0
#: Greatest CIEDE2000 difference of a right colour.
MAX_DIFFERENCE = 10.0


class VividAccuracy:
    """Share of the original's vivid pixels with a CIEDE2000 difference of at most 10. Larger is better.

    A pixel of the original is vivid if its chroma is at least 15, and if its ab is at least 15 from the
    median ab of the picture. So a red sash in a brown picture is vivid. The brown of the picture is not,
    nor is a blue sky over more than half of it. A cautious method that makes all things brown has few of
    these pixels right, although its mean scores are good.
    """

    n_sums = 3

    def sums(self, pair: Pair) -> tuple[int, int, int]:
        """Return the numbers of vivid pixels with the right colour, of vivid pixels, and of all pixels."""
        vivid = pair.reference.once(vivid_pixels)
        right = pair.once(pixel_differences) <= MAX_DIFFERENCE
        return int(np.count_nonzero(right & vivid)), int(np.count_nonzero(vivid)), vivid.size

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``vivid_within_10``, NaN without vivid pixels, and ``vivid_share`` of all pixels."""
        right, vivid, n_pixels = sums
        return {"vivid_within_10": mean(right, vivid), "vivid_share": mean(vivid, n_pixels)}


def vivid_pixels(reference: Reference) -> NDArray[np.bool_]:
    """Return which pixels of the original are vivid, (height, width)."""
    return vivid_in(reference.colors.ab)


def vivid_in(ab: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which pixels of a picture are vivid.

    Parameters
    ----------
    ab : ndarray, shape (height, width, 2)
        CIELAB a and b. The median is taken of a and of b.

    Returns
    -------
    bool ndarray, shape (height, width)
    """
    middle = np.median(ab.reshape(-1, 2), axis=0)
    chroma, distance = ((part * part).sum(-1) for part in (ab, ab - middle))
    return np.asarray((chroma >= MIN_CHROMA**2) & (distance >= MIN_CHROMA**2))
