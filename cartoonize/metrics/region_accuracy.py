"""Scores of whole regions: how many have the right colour, and how evenly they are painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.ciede2000 import ciede2000
from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair
from cartoonize.metrics.regions import medians_in, regions_of, spreads_in

#: CIEDE2000 up to which a region's colour is right.
WITHIN = 10.0


class RegionAccuracy:
    """Share of the original's regions whose median colour is within CIEDE2000 10 of the original's.

    Every region of at least 30 pixels counts alike, a hand as much as the sky: the mean over pixels hides
    small things. Larger is better. See `cartoonize.metrics.regions.regions_of`.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the number of regions that are right, and of all."""
        regions = pair.reference.once(regions_of)
        medians = medians_in(regions.pixels, regions.starts, pair.colorized.lab)
        right = ciede2000(medians, regions.medians) <= WITHIN
        return int(np.count_nonzero(right)), len(right)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``region_accuracy``; NaN if there is no region."""
        return {"region_accuracy": mean(*sums)}


class Inconsistency:
    """How unevenly the original's regions are coloured, in CIELAB units; smaller is better.

    The spread of a region is the root mean square distance of ab from the region's mean. What the result's
    exceeds the original's by, if it does, is averaged over all pixels in regions: a region that is smoother
    than the original makes up for none that is blotched. One wrong but even colour is consistent. This is
    the thesis's "inconsistent coloring" (8.2.1).
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the regions' excess spreads, weighted by their pixels, and the number of those."""
        regions = pair.reference.once(regions_of)
        spreads = spreads_in(regions.pixels, regions.starts, pair.colorized.lab)
        above = np.maximum(spreads - regions.spreads, 0)
        return float(above @ np.diff(regions.starts)), len(regions.pixels)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``inconsistency``; NaN if there is no region."""
        return {"inconsistency": mean(*sums)}
