"""Static flicker: colour that changes where the picture does not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference, ab_distance, total_inside
from cartoonize.optical_flow import still_pixels


class StaticFlicker:
    """Mean |change of ab| from frame to frame on still pixels, minus the original's own; smaller is better.

    A pixel is still if no luma of its 3x3 neighbourhood in the original changed by more than one code. The
    change is the Euclidean one, in CIELAB units, and the mean goes over all still pixels of all successive
    frames of a shot. Unlike a comparison of colour histograms this sees colours that swap places.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the result's change less the original's, and the number of still pixels."""
        if pair.colorized_before is None:
            return 0, 0
        originals, n_still = pair.reference.once(_own_change)
        change, _ = total_inside(pair.once(_change), pair.reference.once(_still))
        return change - originals, n_still

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``static_flicker``; NaN if nothing was still."""
        return {"static_flicker": mean(*sums)}


class OwnFlicker:
    """The same without a reference: still is where the result's own luma is, and nothing is subtracted.

    The luma should be that which the video stores (`FrameColors.of`): where colours outside the gamut were
    clipped, luma made from RGB flickers with them, and would hide just that.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the result's change and the number of its own still pixels."""
        if pair.colorized_before is None:
            return 0, 0
        still = still_pixels(pair.colorized.luma, pair.colorized_before.luma)
        return total_inside(pair.once(_change), still)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``static_flicker_own``; NaN if nothing was still."""
        return {"static_flicker_own": mean(*sums)}


def _change(pair: Pair) -> NDArray[Any]:
    assert pair.colorized_before is not None
    return ab_distance(pair.colorized.lab, pair.colorized_before.lab)


def _still(reference: Reference) -> NDArray[np.uint8]:
    assert reference.before is not None
    return still_pixels(reference.colors.luma, reference.before.luma)


def _own_change(reference: Reference) -> tuple[float, int]:
    assert reference.before is not None
    return total_inside(ab_distance(reference.colors.lab, reference.before.lab), reference.once(_still))
