"""Motion between two frames, from luma alone: still pixels, optical flow and camera motion."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Largest change of a still pixel, in luma codes.
_TOLERANCE = 1
_NEIGHBOURHOOD = np.ones((3, 3), np.uint8)

#: Camera motion is estimated from every eighth pixel in both directions.
_STRIDE = 8
#: A zoom or turn is accepted if it explains at least this share of the pixels, within this many pixels.
_MIN_INLIER_SHARE, _INLIER_DISTANCE = 0.5, 1.0
#: The matrix of a zoom or turn differs from the identity by at least this much; less is noise of the flow.
_MIN_STRETCH = 0.002


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Optical flow from a frame back to the frame before."""

    vectors: NDArray[np.float32]
    """(height, width, 2) offsets in x and y from a pixel to its place in the frame before, in pixels."""
    visible: NDArray[np.bool_]
    """(height, width) True where the pixel is visible in the frame before: not hidden, not outside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Pixel correspondences between two successive drawings, rounded to whole pixels."""

    back: NDArray[np.int32]
    """(height, width) index (y * width + x) in the earlier drawing per pixel of the later one; -1: hidden."""
    forth: NDArray[np.int32]
    """(height, width) index in the later drawing per pixel of the earlier one; -1: hidden."""


def still_pixels(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 255 where no luma in the 3x3 neighbourhood changed by more than one code, else 0."""
    moved = cv2.dilate(cv2.absdiff(luma, before), _NEIGHBOURHOOD)
    return np.asarray(cv2.threshold(moved, _TOLERANCE, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def flow_from(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> Flow:
    """Compute the optical flow of luma (height, width) back to the frame before.

    The method is dense inverse search (Kroeger et al. 2016), run forward and backward. A pixel is visible if
    its forward vector f and backward vector b cancel: |f + b|^2 < 0.01 (|f|^2 + |b|^2) + 0.5 (Sundaram, Brox
    and Keutzer 2010). Equal frames have zero flow. The result does not depend on the number of threads.
    """
    back, forth = _vectors(luma, before)
    return Flow(back, _cancelling(back, forth))


def flow_and_paths(luma: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[Flow, Paths]:
    """Return the flow as `flow_from`, and the pixel correspondences in both directions."""
    back, forth = _vectors(luma, before)
    flow = Flow(back, _cancelling(back, forth))
    return flow, Paths(_landings(back, flow.visible), _landings(forth, _cancelling(forth, back)))


def camera_motion(flow: Flow) -> NDArray[np.float64]:
    """Return the affine map (2, 3) of positions (x, y) by which the camera moved since the frame before.

    The map is a zoom or turn (a similarity, estimated by RANSAC) if that explains most visible pixels.
    Otherwise it is a shift by the median of the flow, which assumes that most of the picture does not move
    by itself.
    """
    visible = flow.visible[::_STRIDE, ::_STRIDE]
    if not visible.any():
        return np.eye(2, 3)
    y, x = (_STRIDE * at for at in np.nonzero(visible))
    now = np.stack([x, y], -1).astype(np.float32)
    before = now + flow.vectors[y, x]
    shift = np.hstack([np.eye(2), np.median(-flow.vectors[flow.visible], 0)[:, None].astype(np.float64)])
    if len(now) < 3 or not flow.vectors.any():
        return shift
    found, inliers = cv2.estimateAffinePartial2D(before, now, ransacReprojThreshold=_INLIER_DISTANCE)
    if found is None or inliers.mean() < _MIN_INLIER_SHARE:
        return shift
    stretch = np.abs(found[:, :2] - np.eye(2)).max()
    return np.asarray(found, np.float64) if stretch >= _MIN_STRETCH else shift


def _vectors(
    luma: NDArray[np.uint8], before: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the flow back to the frame before, and the flow from there forward."""
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
    """Return the pixel index to which each vector points, -1 where it is not visible (see `Paths`)."""
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
            # No interpolation: where the test can pass, neighbouring vectors are alike.
            j, i = int(at_y + np.float32(0.5)), int(at_x + np.float32(0.5))
            p, q = forth[j, i, 0], forth[j, i, 1]
            apart = (u + p) ** 2 + (v + q) ** 2
            visible[y, x] = apart < 0.01 * (u * u + v * v + p * p + q * q) + 0.5
    return visible
