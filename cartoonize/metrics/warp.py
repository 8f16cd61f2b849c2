"""Chroma warp error: colour that does not move with the picture."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair, Reference
from cartoonize.optical_flow import Flow, flow_from


class WarpError:
    """Mean |ab of a pixel - ab where it was in the frame before|, on pixels that were visible there.

    Where a pixel was is the optical flow of the original's luma. Bilinear between pixels, Euclidean, in
    CIELAB units; smaller is better. Nothing is subtracted: the original itself has about as much as the
    flow is wrong, which is the floor to compare with.
    """

    n_sums = 2

    def sums(self, pair: Pair) -> tuple[float, float]:
        """Return the errors' sum and the number of visible pixels."""
        if pair.colorized_before is None:
            return 0, 0
        flow = pair.reference.once(_flow)
        return _moved(pair.colorized.lab, pair.colorized_before.lab, flow.vectors, flow.visible)

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``warp_error``; NaN if nothing was visible in two successive frames."""
        return {"warp_error": mean(*sums)}


def _flow(reference: Reference) -> Flow:
    assert reference.before is not None
    return flow_from(reference.colors.luma, reference.before.luma)


@njit(cache=True, nogil=True)
def _moved(lab, before, vectors, visible):  # type: ignore[no-untyped-def]
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
