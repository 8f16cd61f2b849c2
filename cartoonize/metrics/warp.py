"""Chroma warp error: change of colour along the motion of the picture."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference
from cartoonize.optical_flow import Flow, flow_from


class WarpError:
    """Mean distance of the ab of a pixel to the ab at its position in the previous frame.

    Smaller is better. Positions in the previous frame follow from the optical flow of the original's luma,
    with bilinear interpolation between pixels. The distance is Euclidean, in CIELAB units. The mean is taken
    over pixels that were visible in the previous frame. The error of the original itself is not subtracted;
    it results from errors of the flow and is the lower bound to compare with.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the sum of errors and the number of visible pixels."""
        if pair.colorized_before is None:
            return 0, 0
        flow = pair.reference.once(_flow)
        return _warp_errors(pair.colorized.lab, pair.colorized_before.lab, flow.vectors, flow.visible)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``warp_error``; NaN if no pixel was visible in two successive frames."""
        return {"warp_error": mean(*sums)}


def _flow(reference: Reference) -> Flow:
    assert reference.before is not None
    return flow_from(reference.colors.luma, reference.before.luma)


@njit(cache=True, nogil=True)
def _warp_errors(lab, before, vectors, visible):  # type: ignore[no-untyped-def]
    height, width = visible.shape
    total, n_visible = 0.0, 0
    for y in range(height):
        for x in range(width):
            if not visible[y, x]:
                continue
            at_x, at_y = x + vectors[y, x, 0], y + vectors[y, x, 1]
            left, top = int(at_x), int(at_y)
            right, bottom = min(left + 1, width - 1), min(top + 1, height - 1)
            across, down = at_x - left, at_y - top
            squared = 0.0
            for c in (1, 2):
                above = before[top, left, c] * (1 - across) + before[top, right, c] * across
                below = before[bottom, left, c] * (1 - across) + before[bottom, right, c] * across
                squared += (lab[y, x, c] - above * (1 - down) - below * down) ** 2
            total += np.sqrt(squared)
            n_visible += 1
    return total, n_visible
