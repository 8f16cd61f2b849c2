"""Recognition: mix the known colours of similar regions into predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 3

#: By descriptors, the similarity of two regions is the cosine of their descriptors minus their difference in
#: CIE L, 0..100, times this number.
_OF_LIGHTNESS = 0.05
#: The share of known colours in a mixture is a logistic function of the greatest similarity. Numbers: its
#: middle, its width, and its largest value. Shares below the last number count as 0.
_MIDDLE, _WIDTH, _MAX_SHARE, _MIN_SHARE = 0.55, 0.03, 0.97, 0.02
#: Known regions of other films count as less similar by this number. Equally light areas of any two films
#: look a little alike.
_ELSEWHERE = 0.2
#: A known region counts as less similar by this number times 1 - BC. BC is the Bhattacharyya coefficient of
#: the predictions. If a method predicts other colours for two things, they are probably not the same thing.
#: Chosen on two validation episodes.
_OF_PREDICTION = 0.07
#: Difference in similarity at which a known region counts less by a factor of e.
_SOFTNESS = 0.033
#: Rows that are compared at once.
_N_ROWS = 1024

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Regions as they are compared. Each row is one region."""

    descriptors: Floats
    """(n, k) descriptors, from `unit_rows`."""
    lightness: Floats
    """(n,) mean CIE L, 0..100."""
    roots: Floats
    """(n, 313) square roots of the predicted histograms, of length 1."""

    def part(self, rows: slice) -> Described:
        """Return some of the regions."""
        return Described(self.descriptors[rows], self.lightness[rows], self.roots[rows])


def unit_rows(descriptors: NDArray[Any]) -> Floats:
    """Return descriptors (n, k) of length 1. Rows of zeros stay zero."""
    rows = descriptors.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def similarities(descriptors: Floats, lightness: Floats, others: Floats, their_lightness: Floats) -> Floats:
    """Return the similarity of regions (n,) and others (m,), at most 1, (n, m).

    Parameters
    ----------
    descriptors, others : float32 array, shapes (n, k) and (m, k)
        From `unit_rows`.
    lightness, their_lightness : float32 array, shapes (n,) and (m,)
        Mean CIE L, 0..100.
    """
    difference = np.abs(lightness[:, None] - their_lightness)
    return np.asarray(descriptors @ others.T - np.float32(_OF_LIGHTNESS) * difference, np.float32)


def recognised_share(similarity: Floats) -> Floats:
    """Return the share of known colours in a mixture with predictions, 0 for what is not recognised."""
    share = _MAX_SHARE / (1 + np.exp(np.minimum((_MIDDLE - similarity) / _WIDTH, 50)))
    return np.where(share > _MIN_SHARE, share, 0).astype(np.float32)


def mix_by_descriptors(
    out: Floats, asked: Described, remembered: Described, known0: Floats, is_elsewhere0: NDArray[np.bool_]
) -> None:
    """Mix the colours of remembered regions into histograms, in place, where regions are similar.

    Parameters
    ----------
    out : float32 array, shape (rows, 313)
        Predicted histograms.
    asked : Described
        Their regions.
    remembered : Described
        n regions with known colours.
    known0 : float32 array, shape (n, 313)
        Histograms of the known colours.
    is_elsewhere0 : bool array, shape (n,)
        True for regions of other films.
    """
    penalty0 = np.float32(_ELSEWHERE) * is_elsewhere0 + np.float32(_OF_PREDICTION)
    for start in range(0, len(out), _N_ROWS):
        some = asked.part(slice(start, start + _N_ROWS))
        similarity = similarities(
            some.descriptors, some.lightness, remembered.descriptors, remembered.lightness
        )
        similarity += np.float32(_OF_PREDICTION) * (some.roots @ remembered.roots.T) - penalty0
        best = similarity.max(1)
        share = recognised_share(best)
        rows = np.flatnonzero(share)
        weights = np.exp((similarity[rows] - best[rows, None]) / np.float32(_SOFTNESS))
        mean = (weights / weights.sum(1, keepdims=True)) @ known0
        shares = share[rows, None]
        out[start + rows] = (1 - shares) * out[start + rows] + shares * mean


@njit(cache=True, nogil=True)
def mix_by_predictions(  # type: ignore[no-untyped-def]  # noqa: PLR0913, PLR0917, numba compiles one flat function
    out, roots, lightness, lightness0, roots0, known0, sizes0, minimum0, scales
):
    """Mix the colours of known regions (0) into histograms, in place, where predictions are similar.

    The similarity of two regions is ``exp(-(dL s0)^2 / 2) exp(-(1 - BC) s1)``: dL is the difference in CIE L,
    BC the product of ``roots`` and ``roots0``, the Bhattacharyya coefficient of their predictions.
    """
    per_lightness, per_prediction, max_weight = scales
    # At a larger difference in lightness, the similarity is below the minimum for any prediction.
    max_difference = np.sqrt(np.float32(-2) * np.log(minimum0))
    mean = np.empty(out.shape[1], np.float32)
    for row in range(len(out)):
        greatest = total = np.float32(0)
        for k in range(len(roots0)):
            difference = abs(lightness[row] - lightness0[k]) * per_lightness
            if difference > max_difference[k]:
                continue
            coefficient = np.float32(0)
            for b in range(out.shape[1]):
                coefficient += roots[row, b] * roots0[k, b]
            distance = max(np.float32(1) - coefficient, np.float32(0))
            similarity = np.exp(np.float32(-0.5) * difference * difference - distance * per_prediction)
            if similarity < minimum0[k]:
                continue
            if total == 0:
                mean[:] = 0
            weight = similarity * sizes0[k]
            greatest, total = max(greatest, similarity), total + weight
            for b in range(out.shape[1]):
                mean[b] += weight * known0[k, b]
        if total > 0:
            share = max_weight * greatest
            for b in range(out.shape[1]):
                out[row, b] = (1 - share) * out[row, b] + share * mean[b] / total
