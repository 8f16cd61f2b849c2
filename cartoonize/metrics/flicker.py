"""Static flicker: change of colour where the picture does not change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference, ab_distance, total_inside
from cartoonize.optical_flow import still_pixels


class StaticFlicker:
    """Mean change of ab between successive frames on still pixels, minus that of the original.

    Smaller is better. A pixel is still if no luma in its 3x3 neighbourhood in the original changed by more
    than one code. The change is the Euclidean distance in CIELAB units. The mean is taken over all still
    pixels of all pairs of successive frames of a shot. Unlike a comparison of colour histograms, this detects
    colours that swap places.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the change of the result minus that of the original, and the number of still pixels."""
        if pair.colorized_before is None:
            return 0, 0
        original_change, n_still = pair.reference.once(_original_change)
        change, _ = total_inside(pair.once(_change), pair.reference.once(_still))
        return change - original_change, n_still

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``static_flicker``; NaN without still pixels."""
        return {"static_flicker": mean(*sums)}


class OwnFlicker:
    """Mean change of ab between successive frames on the result's own still pixels, without a reference.

    A pixel is still if the result's own luma is, and nothing is subtracted. Pass the luma that the video
    stores (see `FrameColors.of`). Where colours outside the gamut were clipped, luma computed from RGB
    flickers with them, and that flicker would not be measured.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the change of the result and the number of its own still pixels."""
        if pair.colorized_before is None:
            return 0, 0
        still = still_pixels(pair.colorized.luma, pair.colorized_before.luma)
        return total_inside(pair.once(_change), still)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``static_flicker_own``; NaN without still pixels."""
        return {"static_flicker_own": mean(*sums)}


def _change(pair: Pair) -> NDArray[Any]:
    assert pair.colorized_before is not None
    return ab_distance(pair.colorized.lab, pair.colorized_before.lab)


def _still(reference: Reference) -> NDArray[np.uint8]:
    assert reference.before is not None
    return still_pixels(reference.colors.luma, reference.before.luma)


def _original_change(reference: Reference) -> tuple[float, int]:
    assert reference.before is not None
    return total_inside(ab_distance(reference.colors.lab, reference.before.lab), reference.once(_still))
