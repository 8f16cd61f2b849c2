"""Soft borders: places where two tracks of nearly equal lightness meet without an outline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Softness of a border: exp(-(d / this)^2), where d is the difference in CIE L of the regions.
_SOFT = 4.0
#: Mean pixels in a drawing at which a track with soft borders all around counts as much as its neighbours.
_EQUAL_AREA = 1000.0
_N_ROUNDS = 5


class Borders:
    """Soft borders between the tracks of one shot, added up drawing by drawing."""

    def __init__(self) -> None:
        self._pairs: list[NDArray[np.int64]] = []
        """Both tracks (2, n) of each pair of neighbouring pixels that an outline does not separate."""
        self._softness: list[NDArray[np.float32]] = []
        """(n,) softness of each of these pairs."""
        self._sides: list[NDArray[np.int64]] = []
        """Both tracks of each pair of neighbouring pixels, outlines included: the lengths of all borders."""

    def add(self, tracks: NDArray[np.int64], parts: Parts) -> None:
        """Add a drawing whose regions belong to these tracks (regions,)."""
        free = ~parts.lines
        for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
            a, b = parts.regions[one], parts.regions[other]
            meet = tracks[a] != tracks[b]
            self._sides.append(np.concatenate([tracks[a[meet]], tracks[b[meet]]]))
            meet &= free[one] & free[other]
            a, b = a[meet], b[meet]
            difference = (parts.means[a] - parts.means[b]) / _SOFT
            self._pairs.append(np.stack([tracks[a], tracks[b]]))
            self._softness.append(np.exp(-difference * difference))

    def soften(self, values: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.float32]:
        """Move the values of small tracks towards those of the tracks at their soft borders.

        Parameters
        ----------
        values : float32 array, shape (tracks, n)
            Values of the tracks.
        areas : float32 array, shape (tracks,)
            Mean pixels of the tracks in a drawing.

        Returns
        -------
        float32 array, shape (tracks, n)
        """
        n = len(values)
        lengths = np.bincount(np.concatenate(self._sides), minlength=n)
        one, other = np.concatenate(self._pairs, 1)
        softness = np.concatenate(self._softness)
        touching = coo_array((softness, (one, other)), shape=(n, n)).tocsr()
        touching = touching + touching.T
        soft_lengths = np.asarray(touching.sum(1), np.float32)
        own_share = areas / (areas + _EQUAL_AREA * soft_lengths / np.maximum(lengths, 1) + 1e-6)
        is_alone = soft_lengths < 1e-6
        own_share[is_alone] = 1
        soft_lengths[is_alone] = 1
        out = values
        for _ in range(_N_ROUNDS):
            around = (touching @ out) / soft_lengths[:, None]
            out = own_share[:, None] * values + (1 - own_share[:, None]) * around
        return np.asarray(out, np.float32)
