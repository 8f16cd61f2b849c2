"""What did not move from one frame to the next, and where the rest came from: judged by luma alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

_TOLERANCE = 1  # codes of luma
_AROUND = np.ones((3, 3), np.uint8)

#: The camera is looked for in one of so many pixels in both directions; ...
_EVERY = 8
#: ... it zooms or turns if that explains so much of what is seen, within so many pixels, ...
_EXPLAINED, _NEAR = 0.5, 1.0
#: ... and stretches the picture by so much at least in a drawing; less is noise of the flow.
_LEAST_STRETCH = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where the pixels of a frame were in the frame before."""

    vectors: NDArray[np.float32]
    """(height, width, 2) x and y to add to a pixel's own, in pixels."""
    visible: NDArray[np.bool_]
    """(height, width) whether it was to be seen there: neither hidden nor outside of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Which pixels of two successive drawings show the same, to the nearest pixel."""

    back: NDArray[np.int32]
    """(height, width) the earlier one's pixel, y * width + x, of each of the later one; -1 if hidden."""
    forth: NDArray[np.int32]
    """(height, width) the same from the earlier one to the later one."""


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
    back, forth = _vectors(luma, before)
    return Flow(back, _cancelling(back, forth))


def flow_and_paths(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[Flow, Paths]:
    """Return `flow_from`, and the paths in both directions."""
    back, forth = _vectors(luma, before)
    flow = Flow(back, _cancelling(back, forth))
    return flow, Paths(_landings(back, flow.visible), _landings(forth, _cancelling(forth, back)))


def camera_motion(flow: Flow) -> NDArray[np.float64]:
    """Return the affine map (2, 3) of places, x and y, that the camera makes from the frame before.

    A zoom or turn (a similarity, found by RANSAC) where it explains most of what is seen; else a shift, by
    the median of the flow: what moves itself is less than what does not.
    """
    shown = flow.visible[::_EVERY, ::_EVERY]
    if not shown.any():
        return np.eye(2, 3)
    y, x = (_EVERY * at for at in np.nonzero(shown))
    now = np.stack([x, y], -1).astype(np.float32)
    before = now + flow.vectors[y, x]
    shift = np.hstack([np.eye(2), np.median(-flow.vectors[flow.visible], 0)[:, None].astype(np.float64)])
    if len(now) < 3 or not flow.vectors.any():
        return shift
    found, follows = cv2.estimateAffinePartial2D(before, now, ransacReprojThreshold=_NEAR)
    if found is None or follows.mean() < _EXPLAINED:
        return shift
    stretch = np.abs(found[:, :2] - np.eye(2)).max()
    return np.asarray(found, np.float64) if stretch >= _LEAST_STRETCH else shift


def _vectors(
    luma: NDArray[np.uint8], before: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the flow of luma back to the frame before, and of that forth."""
    start = np.zeros((*luma.shape, 2), np.float32)
    if (luma == before).all():
        return start, start
    # One scale finer than the preset: half the error, as good as the slow presets on cartoons at 256x256.
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(1)
    back = np.asarray(search.calc(luma, before, start), np.float32)
    forth = np.asarray(search.calc(before, luma, np.zeros_like(start)), np.float32)
    return back, forth


def _landings(vectors: NDArray[np.float32], visible: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return where vectors lead to, as `Paths` has it; what is visible there is in the picture."""
    height, width = visible.shape
    y, x = np.mgrid[:height, :width]
    at = np.rint(y + vectors[..., 1]) * width + np.rint(x + vectors[..., 0])
    return np.where(visible, at, -1).astype(np.int32)


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
