"""Memory: what networks made of things whose colours are known, so that these are known elsewhere, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import N_BINS
from cartoonize.refine.known import Known
from cartoonize.refine.parts import N_KNOTS, Parts
from cartoonize.refine.votes import pool, pool_known

#: How near in CIE L what is remembered has to be, ...
_NEAR = 1.0
#: ... and how alike what was predicted for it: by exp(-(1 - Bhattacharyya coefficient) / this).
_ALIKE = 0.05
#: How much what is remembered counts beside what is predicted, where it is just the same.
_COUNT = 0.9
#: Least pixels of what is worth remembering.
_LEAST_PIXELS = 20


class Memory:
    """Regions whose colours were given, by how light they are and by what was predicted for them.

    A network errs in the same way wherever it sees the same thing. So where it says the same of something
    equally light, in another shot or episode, that is likely the same thing, and has the colour that was
    given.
    """

    def __init__(self) -> None:
        self._lightness = np.empty(0, np.float32)
        self._predicted = np.empty((0, N_BINS), np.float32)
        """Square roots of histograms, of length 1."""
        self._given = np.empty((0, N_BINS), np.float32)
        """Histograms of the colours that were given."""
        self._areas = np.empty(0, np.float32)

    def __len__(self) -> int:
        return len(self._areas)

    def add(self, histograms: NDArray[np.float32], parts: Parts, known: Known) -> None:
        """Remember a drawing of which colours are given.

        Parameters
        ----------
        histograms : float32 array, shape (313, h, w)
            What is predicted for it.
        parts : Parts
        known : Known
        """
        said = pool(histograms, parts)
        true, _ = pool_known(known, parts)
        codes, true_codes = (s.regions * N_KNOTS + s.knots for s in (said, true))
        _, one, other = np.intersect1d(codes, true_codes, assume_unique=True, return_indices=True)
        large = true.areas[other] > _LEAST_PIXELS
        one, other = one[large], other[large]
        self._lightness = np.append(self._lightness, said.means[one])
        self._predicted = np.concatenate([self._predicted, _roots(said.histograms[one])])
        self._given = np.concatenate([self._given, true.histograms[other].astype(np.float32)])
        self._areas = np.append(self._areas, true.areas[other])

    def recall(self, histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put what is remembered of the like into histograms (n, 313) of things of CIE L (n,)."""
        if not len(self):
            return histograms
        apart = (lightness[:, None] - self._lightness) / np.float32(_NEAR)
        unlike = 1 - np.minimum(_roots(histograms) @ self._predicted.T, 1)
        alike = np.exp(-0.5 * apart * apart - unlike / np.float32(_ALIKE))
        count = np.float32(_COUNT) * alike.max(1, keepdims=True)
        weights = alike * np.sqrt(self._areas)
        remembered = weights @ self._given / np.maximum(weights.sum(1, keepdims=True), 1e-9)
        return np.asarray((1 - count) * histograms + count * remembered, np.float32)


def _roots(histograms: NDArray[np.float16] | NDArray[np.float32]) -> NDArray[np.float32]:
    roots = np.sqrt(np.maximum(histograms.astype(np.float32), 0))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9), np.float32)
