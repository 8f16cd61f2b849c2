"""Concentration of colour errors beside outlines (bleeding) and along the border (edge pollution)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.metric import ratio_of_means
from cartoonize.metrics.pair import Pair, Reference, ab_error, total_inside

#: Thresholds of Canny's edge detector on luma 0..255.
_LOW, _HIGH = 50, 150
#: Greatest distance of a pixel near an edge, in pixels.
_REACH = 3
_OFFSETS = np.arange(-_REACH, _REACH + 1) ** 2
_DISC = (_OFFSETS + _OFFSETS[:, None] <= _REACH**2).astype(np.uint8)
#: Width of the border in pixels.
_BORDER = 8
#: Minimum of the error elsewhere, in CIELAB units.
_MIN_ERROR = 0.1


class EdgeBleed:
    """Ratio of the mean ab error within 3 pixels of the original's luma edges to the mean error elsewhere.

    Smaller is better. Edges are found by Canny's detector with fixed thresholds. The error elsewhere counts
    as at least 0.1 CIELAB units, so that a perfect copy has the score 0. The means are taken over all frames.
    """

    n_sums = 4

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return the total error and the number of pixels near edges, then elsewhere."""
        return _inside_and_outside(pair, pair.reference.once(_near_edges))

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``edge_bleed``; NaN if there is no edge."""
        return {"edge_bleed": ratio_of_means(*sums, least=_MIN_ERROR)}


class BorderError:
    """Ratio of the mean ab error within 8 pixels of the picture's border to the mean error elsewhere.

    Smaller is better. This measures the thesis's "edge pollution" (8.2.1). See `EdgeBleed` for the ratio.
    """

    n_sums = 4

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return the total error and the number of pixels along the border, then elsewhere."""
        return _inside_and_outside(pair, pair.reference.once(_border))

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``border_error``; NaN if pictures consist of border only."""
        return {"border_error": ratio_of_means(*sums, least=_MIN_ERROR)}


def _near_edges(reference: Reference) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(cv2.Canny(reference.colors.luma, _LOW, _HIGH), _DISC), np.uint8)


def _border(reference: Reference) -> NDArray[np.uint8]:
    mask = np.full(reference.colors.luma.shape, 255, np.uint8)
    mask[_BORDER:-_BORDER, _BORDER:-_BORDER] = 0
    return mask


def _inside_and_outside(pair: Pair, mask: NDArray[np.uint8]) -> tuple[float, ...]:
    error = pair.once(ab_error)
    inside, n_inside = total_inside(error, mask)
    outside, n_outside = total_inside(error, np.invert(mask))
    return inside, n_inside, outside, n_outside
