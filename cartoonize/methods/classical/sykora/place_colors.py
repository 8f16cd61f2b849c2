"""Colours of a background, taken from the same place in coloured pictures that are shifted into position."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

#: Side in pixels of the small pictures from which the colours of backgrounds are taken.
PLACES = 64
#: Greatest mean difference of a background region from the coloured picture, L x 0.01.
MAX_DIFFERENCE = 0.04


def place_colors(
    luminance: NDArray[np.float32], labels: NDArray[np.int32], pictures: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mean ab at the place of each region in the coloured picture that fits there best.

    Every coloured picture is first shifted by phase correlation.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.
    labels : ndarray of int, shape (h, w)
        Region of each pixel, from 0.
    pictures : ndarray, shape (m, 3, 64, 64)
        L, a and b of the coloured pictures, the preferred ones first.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Mean ab of each region; NaN if no picture fits.
    """
    height, width = luminance.shape
    sizes = np.bincount(labels.ravel()).astype(np.float64)
    small = resized(luminance[None], PLACES, PLACES)[0]
    found = np.full((len(sizes), 2), np.nan)
    least = np.full(len(sizes), MAX_DIFFERENCE)
    for picture in pictures:
        moved = resized(_shifted(picture, small), height, width)
        difference = np.abs(moved[0] / 100 - luminance)
        seen = np.isfinite(difference)
        n_seen = np.bincount(labels.ravel(), seen.ravel())
        here = [
            np.bincount(labels.ravel(), np.where(seen, values, 0).ravel()) / np.maximum(n_seen, 1)
            for values in (difference, moved[1], moved[2])
        ]
        better = (here[0] < least) & (n_seen > sizes / 2)
        least[better] = here[0][better]
        found[better] = np.stack(here[1:], 1)[better]
    return found.astype(np.float32)


def _shifted(picture: NDArray[np.float32], luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shift a small picture, (3, 64, 64), to fit luminance, (64, 64) L x 0.01; uncovered pixels are NaN."""
    import cv2

    window = cv2.createHanningWindow((PLACES, PLACES), cv2.CV_64F)
    known, wanted = (picture[0] / 100).astype(np.float64), luminance.astype(np.float64)
    (dx, dy), _ = cv2.phaseCorrelate(known - known.mean(), wanted - wanted.mean(), window)
    x, y = (int(np.clip(round(d), -PLACES, PLACES)) for d in (dx, dy))
    moved = np.full_like(picture, np.nan)
    moved[:, max(y, 0) : PLACES + min(y, 0), max(x, 0) : PLACES + min(x, 0)] = picture[
        :, max(-y, 0) : PLACES + min(-y, 0), max(-x, 0) : PLACES + min(-x, 0)
    ]
    fits = np.nanmean(np.abs(moved[0] / 100 - luminance)) if np.isfinite(moved[0]).any() else np.inf
    return moved if fits < np.abs(picture[0] / 100 - luminance).mean() else picture


def resized(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Resize values (c, h, w), by area averages to a smaller height, otherwise bilinearly."""
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]
    if height < values.shape[1]:
        return functional.interpolate(tensor, size=(height, width), mode="area")[0].numpy()
    return functional.interpolate(tensor, size=(height, width), mode="bilinear")[0].numpy()
