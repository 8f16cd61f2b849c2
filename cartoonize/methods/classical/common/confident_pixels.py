"""Scribbles without a hand: where a network is surest of a colour (thesis 8.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.classical.common.guides import Marks

#: Side of the neighbourhood in which a peak is the highest.
NEIGHBORHOOD = 3


def confidence_peaks(histogram: NDArray[np.float32]) -> Marks:
    """Find the spatial peaks of the confidence: where the highest probability is the neighbours' highest.

    Single pixels, as the thesis samples them, each with the expectation of its histogram: the thesis's
    decoding, and on real frames nearer to the truth than the most probable bin.

    Parameters
    ----------
    histogram : ndarray, shape (313, h, w)
        Probabilities; h and w at most 256.
    """
    from scipy.ndimage import maximum_filter

    confidence = histogram.max(0)
    rows, columns = np.nonzero(confidence == maximum_filter(confidence, NEIGHBORHOOD, mode="nearest"))
    height, width = confidence.shape
    cells = (2 * rows + 1) * COLOR_SIZE // (2 * height) * COLOR_SIZE
    cells += (2 * columns + 1) * COLOR_SIZE // (2 * width)
    return Marks(cells, np.einsum("qn,qc->nc", histogram[:, rows, columns], AB_BINS))
