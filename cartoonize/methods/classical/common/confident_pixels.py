"""Automatic scribbles: the pixels where a network is most confident of a colour (thesis 8.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.bins import AB_BINS
from cartoonize.frames import COLOR_SIZE

#: Side of the neighbourhood in which a peak is the maximum.
NEIGHBORHOOD = 3


def confidence_peaks(histogram: NDArray[np.float32]) -> ColorHints:
    """Find the spatial peaks of a network's confidence, which is its highest probability at each pixel.

    The result consists of single pixels, as the thesis samples them. Each has the expectation of its
    histogram, which is the thesis's decoding. On real frames the expectation is nearer to the truth than the
    most probable bin.

    Parameters
    ----------
    histogram : ndarray, shape (313, h, w)
        Probabilities of the ab bins; h and w at most 256.

    Returns
    -------
    ColorHints
        Positions in a picture of 256x256, with their colours.
    """
    from scipy.ndimage import maximum_filter

    confidence = histogram.max(0)
    rows, columns = np.nonzero(confidence == maximum_filter(confidence, NEIGHBORHOOD, mode="nearest"))
    height, width = confidence.shape
    cells = (2 * rows + 1) * COLOR_SIZE // (2 * height) * COLOR_SIZE
    cells += (2 * columns + 1) * COLOR_SIZE // (2 * width)
    ab = np.einsum("qn,qc->nc", histogram[:, rows, columns], AB_BINS).astype(np.float32)
    return ColorHints.at(cells, ab, (COLOR_SIZE, COLOR_SIZE))
