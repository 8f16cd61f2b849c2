"""Paints: a shot has few paints, and tracks of equal lightness probably have the same one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Standard deviation, in CIE L, of the Gaussian by which tracks count as equally light.
_LIGHTNESS_DEVIATION = 1.0
#: Smallest distance in ab between two paints.
_MIN_DISTANCE = 4.0
#: Number of k-means iterations.
_N_ITERATIONS = 3


def of_equal_lightness(
    histograms: NDArray[np.float32], lightness: NDArray[np.float32], areas: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Average the histograms of equally light tracks.

    The mean for a track is over all tracks, weighted by their areas and by a Gaussian of the difference in
    lightness.

    Parameters
    ----------
    histograms : float32 array, shape (tracks, 313)
        Probabilities of the ab bins.
    lightness : float32 array, shape (tracks,)
        CIE L, 0..100.
    areas : float32 array, shape (tracks,)
        Pixels.

    Returns
    -------
    float32 array, shape (tracks, 313)
    """
    difference = (lightness[:, None] - lightness) / np.float32(_LIGHTNESS_DEVIATION)
    weights = np.exp(-0.5 * difference * difference) * areas
    return np.asarray(weights @ histograms / np.maximum(weights.sum(1, keepdims=True), 1e-6), np.float32)


def few_paints(ab: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make nearly equal colours of tracks equal.

    From the largest track to the smallest, a colour that is more than 4 units of ab away from all paints so
    far becomes a new paint. Three iterations of k-means, weighted by area, follow.

    Parameters
    ----------
    ab : float32 array, shape (tracks, 2)
        CIELAB a and b.
    areas : float32 array, shape (tracks,)
        Pixels.

    Returns
    -------
    float32 array, shape (tracks, 2)
    """
    paints = np.empty((0, 2), np.float32)
    for color in ab[np.argsort(-areas, kind="stable")]:
        if not len(paints) or ((paints - color) ** 2).sum(1).min() > _MIN_DISTANCE**2:
            paints = np.concatenate([paints, color[None]])
    for _ in range(_N_ITERATIONS):
        nearest = ((ab[:, None] - paints) ** 2).sum(-1).argmin(1)
        painted = np.bincount(nearest, areas, len(paints))
        sums = np.stack([np.bincount(nearest, areas * ab[:, k], len(paints)) for k in (0, 1)], -1)
        paints = np.where(painted[:, None] > 0, sums / np.maximum(painted, 1e-6)[:, None], paints)
    return np.asarray(paints[nearest], np.float32)
