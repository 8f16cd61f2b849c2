"""Where the colours are wrong: beside outlines (bleeding), and along the picture's border (pollution)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.metric import excess
from cartoonize.metrics.pair import Pair, Reference, ab_error, total_inside

_LOW, _HIGH = 50, 150  # of Canny, on luma 0..255
_REACH = 3
_OFFSETS = np.arange(-_REACH, _REACH + 1) ** 2
_DISC = (_OFFSETS + _OFFSETS[:, None] <= _REACH**2).astype(np.uint8)
_BORDER = 8
_LEAST = 0.1


class EdgeBleed:
    """Mean ab error within 3 pixels of the original's luma edges over the mean elsewhere; smaller is better.

    Edges are found by Canny with fixed thresholds. The error elsewhere counts as at least 0.1 CIELAB units,
    so that a perfect copy has the bleed 0. A ratio of sums over all frames.
    """

    n_sums = 4

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return error and number of pixels near edges, then elsewhere."""
        return _inside_and_outside(pair, pair.reference.once(_near_edges))

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``edge_bleed``; NaN if there is no edge."""
        return {"edge_bleed": excess(*sums, least=_LEAST)}


class BorderError:
    """Mean ab error within 8 pixels of the picture's border over the mean elsewhere, in the same way.

    This is the thesis's "edge pollution" (8.2.1).
    """

    n_sums = 4

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return error and number of pixels along the border, then elsewhere."""
        return _inside_and_outside(pair, pair.reference.once(_border))

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``border_error``; NaN for pictures that are all border."""
        return {"border_error": excess(*sums, least=_LEAST)}


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
