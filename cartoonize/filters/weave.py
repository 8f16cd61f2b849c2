"""Weave: give each field of telecined film the colours of the picture that it shows."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import FieldOrder, Frame

Planes = tuple[NDArray[Any], NDArray[Any]]


def woven_frames(frames: Iterable[Frame], order: FieldOrder) -> Generator[Frame]:
    """Yield frames; those with ``weaves_next`` get the chroma of the next frame in their second field.

    Parameters
    ----------
    frames : iterable of Frame
        All frames of a film in order, with ``chroma`` of the picture that their first field shows.
    order : FieldOrder
        Field order of the film, which counts for frames without an own one.
    """
    last: Frame | None = None
    for frame in frames:
        if last is not None:
            yield _woven(last, frame, order) if last.weaves_next else last
        last = frame
    if last is not None:
        yield last


def _woven(frame: Frame, following: Frame, order: FieldOrder) -> Frame:
    if frame.chroma is None or following.chroma is None:
        return frame
    second = 0 if (frame.field_order or order) == "bottom" else 1

    def woven(plane: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
        both = np.array(plane)
        both[second::2] = other[second::2]
        return both

    (cb, cr), (next_cb, next_cr) = frame.chroma, following.chroma
    return frame.having(chroma=(woven(cb, next_cb), woven(cr, next_cr)))
