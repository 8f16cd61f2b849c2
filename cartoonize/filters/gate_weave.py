"""Gate weave: move the chroma of a held drawing to its place in each frame of an unsteady print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.filters.render import Planes, area_of_planes
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.unsteadiness import Unsteadiness

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1


def moved_chroma(frames: Iterable[Frame], *, planes: PlaneFormat) -> Iterator[Frame]:
    """Move the ``chroma`` of frames that have ``unsteadiness``. Other frames stay as they are.

    Frames that hold one drawing share its chroma, which fits its steady picture. The luma is never moved.

    Parameters
    ----------
    frames : iterable of Frame
        With ``chroma`` of their drawings.
    planes : PlaneFormat
        Format of the chroma planes.
    """
    for frame in frames:
        if frame.chroma is None or frame.unsteadiness is None:
            yield frame
        else:
            yield frame.having(chroma=_moved_planes(frame, frame.chroma, frame.unsteadiness, planes))


def _moved_planes(frame: Frame, chroma: Planes, unsteadiness: Unsteadiness, planes: PlaneFormat) -> Planes:
    """Return the chroma planes of a drawing, moved to their place in a frame.

    What is outside of the area of the frame, if it has one, stays as it is. The border is repeated where the
    drawing does not reach.
    """
    height, width = frame.luma.shape
    at = unsteadiness.scaled(planes.chroma_height / height, planes.chroma_width / width)
    if frame.area is None:
        cb, cr = (_moved(plane, at.down, at.right) for plane in chroma)
        return cb, cr
    rows, columns, shows = area_of_planes(frame.area, frame.luma.shape, planes)

    def moved(plane: NDArray[Any]) -> NDArray[Any]:
        whole, inside = plane.copy(), plane[rows, columns]
        whole[rows, columns] = np.where(shows, _moved(inside, at.down, at.right), inside)
        return whole

    return moved(chroma[0]), moved(chroma[1])


def _moved(plane: NDArray[Any], down: float, right: float) -> NDArray[Any]:
    """Return codes (height, width) moved by parts of a pixel, without new extremes."""
    import cv2

    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(
        plane.astype(np.float32),
        shift,
        plane.shape[1::-1],
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(np.rint(moved), plane.min(), plane.max()).astype(plane.dtype)
