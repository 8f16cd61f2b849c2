"""Scores of whole regions: the share with the right colour, and the evenness of their colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair
from cartoonize.metrics.regions import medians_in, regions_of, spreads_in

#: Greatest CIEDE2000 difference of a region with the right colour.
MAX_DIFFERENCE = 10.0


class RegionAccuracy:
    """Share of the original's regions whose median colour is within CIEDE2000 10 of the original's.

    Larger is better. Every region of at least 30 pixels has the same weight, a hand as much as the sky,
    because a mean over pixels hides errors of small objects. See `cartoonize.metrics.regions.regions_of`.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the number of regions with the right colour and the number of all regions."""
        regions = pair.reference.once(regions_of)
        medians = medians_in(regions.pixels, regions.starts, pair.colorized.lab)
        right = ciede2000(medians, regions.medians) <= MAX_DIFFERENCE
        return int(np.count_nonzero(right)), len(right)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``region_accuracy``; NaN without regions."""
        return {"region_accuracy": mean(*sums)}


class Inconsistency:
    """Unevenness of colour within the original's regions, in CIELAB units; smaller is better.

    The spread of a region is the root mean square distance of ab from the mean of the region. The excess of
    the result's spread over the original's, at least 0, is averaged over all pixels in regions. A region that
    is smoother than the original therefore does not compensate for a blotched one. A wrong but even colour is
    consistent. This measures the thesis's "inconsistent coloring" (8.2.1).
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the sum over pixels of the excess spread of their region, and the number of pixels."""
        regions = pair.reference.once(regions_of)
        spreads = spreads_in(regions.pixels, regions.starts, pair.colorized.lab)
        excess = np.maximum(spreads - regions.spreads, 0)
        return float(excess @ np.diff(regions.starts)), len(regions.pixels)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``inconsistency``; NaN without regions."""
        return {"inconsistency": mean(*sums)}
