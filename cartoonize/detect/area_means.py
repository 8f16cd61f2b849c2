"""Area means: pictures made smaller by averaging, faster than by resizing when the result is very small."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: Sums in 32 bits are exact for 8-bit pictures with up to this number of pixels.
_MOST_PIXELS = (1 << 31) // 255


class AreaMeans:
    """Means over the cells of grids, from the summed-area table of a picture (Crow 1984).

    The table is computed once. After that, the cost of a grid depends on the grid, not on the picture.

    Parameters
    ----------
    picture : uint8 array, shape (height, width)
        Values 0..255.
    """

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self._shape = picture.shape
        depth = cv2.CV_32S if picture.size <= _MOST_PIXELS else cv2.CV_64F
        self._sums: NDArray[Any] = cv2.integral(picture, sdepth=depth)

    def of_grid(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the mean of each cell of a grid over the whole picture, rounded, (height, width)."""
        sums = self._sums
        if height <= width:  # first the axis on which less is left
            sums = _at_edges(_at_edges(sums, height).T, width).T
        else:
            sums = _at_edges(_at_edges(sums.T, width).T, height)
        cells = np.diff(np.diff(sums, axis=0), axis=1)
        share = height * width / (self._shape[0] * self._shape[1])
        return np.rint(cells * share).astype(np.uint8)


def _at_edges(sums: NDArray[Any], n: int) -> NDArray[Any]:
    """Return a table at the edges of ``n`` equal parts of its first axis, (n + 1, ...)."""
    edges = np.arange(n + 1) * ((len(sums) - 1) / n)
    below = np.minimum(edges.astype(int), len(sums) - 2)
    part = (edges - below)[:, None]
    lower = sums[below]
    return np.asarray(lower + (sums[below + 1] - lower) * part)


def halved(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a picture of half the height and width, that often; odd sizes lose their last line."""
    for _ in range(times):
        height, width = picture.shape
        even = picture[: height - height % 2, : width - width % 2]
        picture = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return picture


def thumbnail(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a square picture of means, (side, side), for comparisons of whole pictures."""
    smaller = min(picture.shape) // (16 * side)
    return AreaMeans(halved(picture, max(smaller, 1).bit_length() - 1)).of_grid(side, side)
