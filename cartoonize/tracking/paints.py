"""Paints: a shot has few paints, and tracks of equal lightness probably have the same one."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

#: Standard deviation, in CIE L, of the Gaussian by which tracks count as equally light.
_LIGHTNESS_DEVIATION = 1.0
#: Tracks whose CIE L differs by more have a weight below 1e-7, and are left out. The means are computed for
#: this number of tracks at once.
_REACH, _N_AT_ONCE = 6.0, 512
#: Smallest distance in ab between two paints.
_MIN_DISTANCE = 4.0
#: Number of k-means iterations.
_N_ITERATIONS = 3


def of_equal_lightness(
    histograms: NDArray[np.float32],
    lightness: NDArray[np.float32],
    areas: NDArray[np.float32],
    wanted: NDArray[np.bool_] | None = None,
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
    wanted : bool array, shape (tracks,), optional
        True for the tracks whose means are needed; default: all.

    Returns
    -------
    float32 array, shape (wanted tracks, 313)
    """
    order = np.argsort(lightness, kind="stable")
    light, pixels, sorted_histograms = lightness[order], areas[order], histograms[order]
    means = np.empty((len(order), histograms.shape[1]), np.float32)
    asked = order if wanted is None else order[wanted[order]]
    for start in range(0, len(asked), _N_AT_ONCE):
        rows = asked[start : start + _N_AT_ONCE]
        some = lightness[rows]
        near = slice(*np.searchsorted(light, [some[0] - _REACH, some[-1] + _REACH]).tolist())
        difference = (some[:, None] - light[near]) / np.float32(_LIGHTNESS_DEVIATION)
        weights = np.exp(-0.5 * difference * difference) * pixels[near]
        sums = weights @ sorted_histograms[near]
        means[rows] = sums / np.maximum(weights.sum(1, keepdims=True), 1e-6)
    return means if wanted is None else means[wanted]


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
    paints = _distant(ab[np.argsort(-areas, kind="stable")], np.float32(_MIN_DISTANCE**2))
    for _ in range(_N_ITERATIONS):
        nearest = ((ab[:, None] - paints) ** 2).sum(-1).argmin(1)
        painted = np.bincount(nearest, areas, len(paints))
        sums = np.stack([np.bincount(nearest, areas * ab[:, k], len(paints)) for k in (0, 1)], -1)
        paints = np.where(painted[:, None] > 0, sums / np.maximum(painted, 1e-6)[:, None], paints)
    return np.asarray(paints[nearest], np.float32)


@njit(cache=True, nogil=True)
def _distant(colors, least_squared):  # type: ignore[no-untyped-def]
    """Return those colours (n, 2) that are far from all that were taken before them."""
    taken = np.empty_like(colors)
    n_taken = 0
    for k in range(len(colors)):
        is_far = True
        for j in range(n_taken):
            a, b = taken[j, 0] - colors[k, 0], taken[j, 1] - colors[k, 1]
            if a * a + b * b <= least_squared:
                is_far = False
                break
        if is_far:
            taken[n_taken] = colors[k]
            n_taken += 1
    return taken[:n_taken].copy()
