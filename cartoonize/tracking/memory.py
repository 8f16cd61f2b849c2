"""Memory: what networks made of things whose colours are known, so that these are known elsewhere, too."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_arrays
from cartoonize.color.bins import N_BINS
from cartoonize.tracking.parts import N_KNOTS, Parts
from cartoonize.tracking.pooling import pool, pool_hints

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: How near in CIE L what is remembered has to be, ...
_NEAR = 1.0
#: ... and how alike what was predicted for it: by exp(-(1 - Bhattacharyya coefficient) / this).
_ALIKE = 0.05
#: What is less alike than this is not alike at all.
_LEAST_ALIKE = 0.02
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

    @property
    def fingerprint(self) -> str:
        """Return a fingerprint of everything remembered; "" if the memory is empty."""
        if not len(self):
            return ""
        return fingerprint_of_arrays(self._lightness, self._predicted, self._given, self._areas)

    def add(self, histograms: NDArray[np.float32], parts: Parts, known: ColorHints) -> None:
        """Remember a drawing of which colours are given.

        Parameters
        ----------
        histograms : float32 array, shape (313, h, w)
            What is predicted for it.
        parts : Parts
        known : ColorHints
        """
        said = pool(histograms, parts)
        true = pool_hints(known, parts)
        codes, true_codes = (s.regions * N_KNOTS + s.knots for s in (said, true))
        _, one, other = np.intersect1d(codes, true_codes, assume_unique=True, return_indices=True)
        large = true.areas[other] > _LEAST_PIXELS
        one, other = one[large], other[large]
        self._lightness = np.append(self._lightness, said.means[one])
        self._predicted = np.concatenate([self._predicted, _roots(said.histograms[one])])
        self._given = np.concatenate([self._given, true.histograms[other].astype(np.float32)])
        self._areas = np.append(self._areas, true.areas[other])

    def recall(self, histograms: NDArray[np.float32], lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put what is remembered of the like into histograms (n, 313) of things of CIE L (n,).

        What is not alike changes nothing, not even the last bit.
        """
        if not len(self):
            return histograms
        out = histograms.astype(np.float32)
        scales = np.array([1 / _NEAR, 1 / _ALIKE, _LEAST_ALIKE, _COUNT], np.float32)
        remembered = (self._lightness, self._predicted, self._given, np.sqrt(self._areas))
        _recalled(out, _roots(histograms), lightness.astype(np.float32), *remembered, scales)
        return out


def _roots(histograms: NDArray[np.float16] | NDArray[np.float32]) -> NDArray[np.float32]:
    roots = np.sqrt(np.maximum(histograms.astype(np.float32), 0))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9), np.float32)


@njit(cache=True, nogil=True)
def _recalled(out, said, lightness, lightness0, said0, given, sizes, scales):  # type: ignore[no-untyped-def]
    """Mix what was given of the like into histograms, in the order in which it was remembered."""
    nearness, steepness, least, most = scales
    # Beyond this difference of lightness nothing is alike, whatever is predicted.
    farthest = np.sqrt(np.float32(-2) * np.log(least))
    mean = np.empty(out.shape[1], np.float32)
    for row in range(len(out)):
        greatest = total = np.float32(0)
        for k in range(len(said0)):
            apart = abs(lightness[row] - lightness0[k]) * nearness
            if apart > farthest:
                continue
            same = np.float32(0)
            for b in range(out.shape[1]):
                same += said[row, b] * said0[k, b]
            unlike = max(np.float32(1) - same, np.float32(0))
            alike = np.exp(np.float32(-0.5) * apart * apart - unlike * steepness)
            if alike < least:
                continue
            if total == 0:
                mean[:] = 0
            weight = alike * sizes[k]
            greatest, total = max(greatest, alike), total + weight
            for b in range(out.shape[1]):
                mean[b] += weight * given[k, b]
        if total > 0:
            count = most * greatest
            for b in range(out.shape[1]):
                out[row, b] = (1 - count) * out[row, b] + count * mean[b] / total
