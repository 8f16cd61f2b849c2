"""What did not move from one frame to the next, and where the rest came from: judged by luma alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

_TOLERANCE = 1  # codes of luma
_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the pixels of a frame were in the frame before."""

    vectors: NDArray[np.float32]
    """(height, width, 2) x and y to add to a pixel's own, in pixels."""
    visible: NDArray[np.bool_]
    """(height, width) whether it was to be seen there: neither hidden nor outside of the picture."""


def still_pixels(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 255 where no luma of the 3x3 around a pixel changed by more than one code, else 0."""
    moved = cv2.dilate(cv2.absdiff(luma, before), _AROUND)
    return np.asarray(cv2.threshold(moved, _TOLERANCE, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def flow_from(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> Flow:
    """Find the optical flow of luma (height, width) back to the frame before.

    Dense inverse search (Kroeger and others 2016), forward and backward. A pixel is visible if its two
    vectors cancel: |f + b|^2 < 0.01 (|f|^2 + |b|^2) + 0.5 (Sundaram, Brox and Keutzer 2010). Equal frames
    have the flow 0. Deterministic, whatever the number of threads.
    """
    if (luma == before).all():
        return Flow(np.zeros((*luma.shape, 2), np.float32), np.ones(luma.shape, bool))
    # One scale finer than the preset: half the error, as good as the slow presets on cartoons at 256x256.
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(1)
    start = np.zeros((*luma.shape, 2), np.float32)
    back = np.asarray(search.calc(luma, before, start), np.float32)
    forth = np.asarray(search.calc(before, luma, start.copy()), np.float32)
    return Flow(back, _cancelling(back, forth))


@njit(cache=True, nogil=True)
def _cancelling(back, forth):  # type: ignore[no-untyped-def]
    height, width = back.shape[:2]
    visible = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            u, v = back[y, x, 0], back[y, x, 1]
            at_x, at_y = x + u, y + v
            if not (0 <= at_x <= width - 1 and 0 <= at_y <= height - 1):
                continue
            # The nearest vector will do: neighbours are alike wherever the test can pass.
            j, i = int(at_y + np.float32(0.5)), int(at_x + np.float32(0.5))
            p, q = forth[j, i, 0], forth[j, i, 1]
            apart = (u + p) ** 2 + (v + q) ** 2
            visible[y, x] = apart < 0.01 * (u * u + v * v + p * p + q * q) + 0.5
    return visible
