"""Soft borders: where two tracks meet without an outline and are nearly equally light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: A border is as soft as exp(-(d / this)^2), d being the difference of the regions in CIE L.
_SOFT = 4.0
#: Pixels in a drawing that a region needs to be as sure of itself as of what it softly touches all around.
_SURE = 1000.0
_N_ROUNDS = 5


class Borders:
    """How much of their borders tracks of one shot share, added up drawing by drawing."""

    def __init__(self) -> None:
        self._pairs: list[NDArray[np.int64]] = []
        self._softness: list[NDArray[np.float32]] = []
        self._lengths: list[NDArray[np.int64]] = []
        """Tracks on both sides of every pair of pixels, outlines included."""

    def add(self, tracks: NDArray[np.int64], parts: Parts) -> None:
        """Add a drawing, in which regions have these tracks."""
        free = ~parts.lines
        for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
            a, b = parts.regions[one], parts.regions[other]
            meet = tracks[a] != tracks[b]
            self._lengths.append(np.concatenate([tracks[a[meet]], tracks[b[meet]]]))
            meet &= free[one] & free[other]
            a, b = a[meet], b[meet]
            apart = (parts.means[a] - parts.means[b]) / _SOFT
            self._pairs.append(np.stack([tracks[a], tracks[b]]))
            self._softness.append(np.exp(-apart * apart))

    def soften(self, values: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.float32]:
        """Draw values (tracks, n) of small tracks towards those that they softly touch.

        Parameters
        ----------
        values : float32 array, shape (tracks, n)
        areas : float32 array, shape (tracks,)
            Pixels of a track in a drawing, on the mean.
        """
        n = len(values)
        lengths = np.bincount(np.concatenate(self._lengths), minlength=n)
        one, other = np.concatenate(self._pairs, 1)
        softness = np.concatenate(self._softness)
        touching = coo_array((softness, (one, other)), shape=(n, n)).tocsr()
        touching = touching + touching.T
        soft = np.asarray(touching.sum(1), np.float32)
        sure = areas / (areas + _SURE * soft / np.maximum(lengths, 1) + 1e-6)
        alone = soft < 1e-6
        sure[alone] = 1
        soft[alone] = 1
        out = values
        for _ in range(_N_ROUNDS):
            around = (touching @ out) / soft[:, None]
            out = sure[:, None] * values + (1 - sure[:, None]) * around
        return np.asarray(out, np.float32)
