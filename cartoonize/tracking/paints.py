"""The paints of a shot: few, and what is equally light is likely of one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: How near in CIE L tracks of one paint are.
_EQUALLY_LIGHT = 1.0
#: Colours that are less apart in ab are one paint.
_APART = 4.0
_N_ROUNDS = 3


def of_equal_lightness(
    histograms: NDArray[np.float32], lightness: NDArray[np.float32], areas: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Average histograms (tracks, 313) over all tracks, by their areas and by how equally light they are.

    Parameters
    ----------
    histograms : float32 array, shape (tracks, 313)
    lightness : float32 array, shape (tracks,)
        CIE L, 0..100.
    areas : float32 array, shape (tracks,)
    """
    apart = (lightness[:, None] - lightness) / np.float32(_EQUALLY_LIGHT)
    near = np.exp(-0.5 * apart * apart) * areas
    return np.asarray(near @ histograms / np.maximum(near.sum(1, keepdims=True), 1e-6), np.float32)


def few_paints(ab: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give tracks whose colours are nearly the same exactly the same.

    From the largest track to the smallest, one that is farther than 4 units from all paints so far is a new
    one; then some rounds of k-means, weighted by the areas.

    Parameters
    ----------
    ab : float32 array, shape (tracks, 2)
        CIELAB a and b.
    areas : float32 array, shape (tracks,)

    Returns
    -------
    float32 array, shape (tracks, 2)
    """
    paints = np.empty((0, 2), np.float32)
    for color in ab[np.argsort(-areas, kind="stable")]:
        if not len(paints) or ((paints - color) ** 2).sum(1).min() > _APART**2:
            paints = np.concatenate([paints, color[None]])
    for _ in range(_N_ROUNDS):
        nearest = ((ab[:, None] - paints) ** 2).sum(-1).argmin(1)
        held = np.bincount(nearest, areas, len(paints))
        sums = np.stack([np.bincount(nearest, areas * ab[:, k], len(paints)) for k in (0, 1)], -1)
        paints = np.where(held[:, None] > 0, sums / np.maximum(held, 1e-6)[:, None], paints)
    return np.asarray(paints[nearest], np.float32)
