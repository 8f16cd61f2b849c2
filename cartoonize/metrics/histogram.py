"""Histograms of the errors of single pixels, for cumulative plots (thesis, figure 8.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.ciede2000 import difference_of
from cartoonize.metrics.pair import Pair
from cartoonize.metrics.rmse import opponent_error


@dataclass(frozen=True)
class ErrorHistogram:
    """How pixels' errors are counted: bins of one width from 0 up; the last one also takes all above."""

    of: str
    """The score whose pixels these are."""
    error: Callable[[Pair], NDArray[Any]]
    """Returns the error of each pixel."""
    limit: float
    n_bins: int

    @property
    def edges(self) -> list[float]:
        """The bins' edges, ``n_bins + 1``."""
        return [float(edge) for edge in np.linspace(0, self.limit, self.n_bins + 1)]

    def counts(self, pair: Pair) -> NDArray[np.int64]:
        """Return the number of pixels in each bin."""
        return _counted(pair.once(self.error).reshape(-1), self.limit, self.n_bins)


#: No two colours of sRGB are farther apart than 6 in the opponent space.
OPPONENT = ErrorHistogram("rmse", opponent_error, 6.0, 300)
CIEDE2000 = ErrorHistogram("ciede2000", difference_of, 120.0, 240)


@njit(cache=True, nogil=True)
def _counted(values, limit, n_bins):  # type: ignore[no-untyped-def]
    counts = np.zeros(n_bins, np.int64)
    per_unit = n_bins / limit
    for value in values:
        counts[min(int(value * per_unit), n_bins - 1)] += 1
    return counts
