"""Histograms of pixel errors, for cumulative plots (thesis, figure 8.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.ciede2000 import pixel_differences
from cartoonize.metrics.pair import Pair
from cartoonize.metrics.rmse import opponent_error


@dataclass(frozen=True)
class ErrorHistogram:
    """Bins of equal width for the errors of pixels. The last bin also counts all greater errors."""

    of: str
    """Name of the score that the errors belong to."""
    error: Callable[[Pair], NDArray[Any]]
    """Function that returns the error of each pixel."""
    limit: float
    """Upper edge of the last bin; the lower edge of the first is 0."""
    n_bins: int
    """Number of bins."""

    @property
    def edges(self) -> list[float]:
        """Edges of the bins, ``n_bins + 1`` values."""
        return [float(edge) for edge in np.linspace(0, self.limit, self.n_bins + 1)]

    def counts(self, pair: Pair) -> NDArray[np.int64]:
        """Return the number of pixels in each bin."""
        return _counted(pair.once(self.error).reshape(-1), self.limit, self.n_bins)


#: The greatest distance of two sRGB colours in the opponent space is 6.
OPPONENT = ErrorHistogram("rmse", opponent_error, 6.0, 300)
CIEDE2000 = ErrorHistogram("ciede2000", pixel_differences, 120.0, 240)


@njit(cache=True, nogil=True)
def _counted(values, limit, n_bins):  # type: ignore[no-untyped-def]
    counts = np.zeros(n_bins, np.int64)
    per_unit = n_bins / limit
    for value in values:
        counts[min(int(value * per_unit), n_bins - 1)] += 1
    return counts
