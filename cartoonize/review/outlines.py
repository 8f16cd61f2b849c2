"""Outlines: a thing as the page shows it, with its border in all drawings of its shot as polygons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cartoonize.review.open_shot import OpenShot

#: Left, top, right and bottom, as shares of the whole frame.
Place = tuple[float, float, float, float]


def described(shot: OpenShot, index: int, places: Sequence[Sequence[float]]) -> dict[str, Any] | None:
    """Return the thing at some places of a frame with its colours and outlines; None on a bar.

    Parameters
    ----------
    shot : OpenShot
    index : int
        Index of the frame.
    places : sequence of (float, float)
        Shares of the width and height of the whole frame, 0..1.
    """
    thing = shot.thing_at(index, places)
    if thing is None:
        return None
    outlines, similar = outlines_of(shot, thing.tracks), outlines_of(shot, thing.similar)
    return {**asdict(thing), "outlines": outlines, "similar": len(thing.similar), "similar_outlines": similar}


def outlines_of(shot: OpenShot, tracks: Collection[int]) -> list[list[Any]]:
    """Return ``[first frame, polygons]`` for each drawing of a shot, with the places of tracks.

    Each polygon is a flat list ``[x, y, x, y, ...]`` of shares of the whole frame, 0..1.
    """
    return [[first, outline(shot.mask(tracks, first), shot.place)] for first in shot.tracks.firsts]


def outline(mask: NDArray[np.bool_], place: Place) -> list[list[float]]:
    """Return the borders of a mask as polygons.

    Parameters
    ----------
    mask : bool array, shape (height, width)
        True on the thing.
    place : tuple of float
        Where the mask is in the whole frame.
    """
    import cv2

    # Borders go through the middle of pixels. In a picture four times as large, that is hardly inside.
    large = mask.astype(np.uint8).repeat(4, 0).repeat(4, 1)
    found, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    left, top, right, bottom = place
    height, width = large.shape
    scale = np.array([(right - left) / width, (bottom - top) / height])
    return [
        ((points.reshape(-1, 2) + 0.5) * scale + [left, top]).round(4).ravel().tolist() for points in found
    ]
