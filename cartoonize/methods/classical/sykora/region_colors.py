"""Colours of regions from the votes of coloured regions and probabilistic relaxation.

The method follows Sykora, Burianek and Zara (2005), with the relaxation of Rosenfeld, Hummel and Zucker
(1976).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.sykora.region_features import (
    AREA,
    N_POINTS,
    N_VALUES,
    PATCH_UNIT,
    UNITS,
    Regions,
)

#: Number of coloured regions, those with the most similar features, whose patches are compared.
N_NEAR = 64
#: Increase in dissimilarity that lowers a vote to 1/e.
TEMPERATURE = 1.0
#: Colours nearer than this in ab are merged, and at most this number of colours is distinguished.
MERGE_DISTANCE, N_COLORS = 12.0, 48
#: Number of rounds of relaxation.
N_ROUNDS = 6
#: Colours that are neighbours this many times as often (or rarely) as by chance have compatibility 1 (or -1).
FULL_RATIO = 8.0
#: Added to both counts, so that a few pairs have little influence.
PRIOR_COUNT = 0.3


class Examples(NamedTuple):
    """Regions of coloured frames, m in all."""

    features: NDArray[np.float32]
    """(m, 8) features, as in `Regions`."""
    patches: NDArray[np.int8]
    """(m, 5, 128) patches, as in `Regions`."""
    ab: NDArray[np.float32]
    """(m, 2) CIELAB a and b."""
    frame_distance: NDArray[np.float32]
    """(m,) dissimilarity of the whole frame that the region belongs to."""
    touching: NDArray[np.intp]
    """(pairs, 2) indices of regions that are neighbours in their frame, each pair in both orders."""


def color_regions(regions: Regions, examples: Examples) -> NDArray[np.float32]:
    """Return the most probable colour of each region, ab (n, 2)."""
    near, distances = nearest_examples(regions, examples)
    votes = np.exp((distances.min(1, keepdims=True) - distances) / TEMPERATURE).astype(np.float64)
    which = merge_colors(examples.ab, np.exp2(examples.features[:, AREA]))
    colors = which[near]
    sums = np.stack([(votes * (colors == color)).sum(1) for color in range(which.max() + 1)], 1)
    probabilities = relax(
        sums / sums.sum(1, keepdims=True), regions.contacts, compatibilities(which, examples.touching)
    )
    # The shade is the mean of the examples of the most probable colour, weighted by their votes.
    best = probabilities.argmax(1)
    votes = np.where(colors == best[:, None], votes, 0)
    sums = votes.sum(1, keepdims=True)
    mixed = (votes[..., None] * examples.ab[near]).sum(1) / np.maximum(sums, 1e-30)
    centers = np.stack([examples.ab[which == color].mean(0) for color in range(which.max() + 1)])
    # A colour that is supported by the neighbours alone has no votes here.
    return np.where(sums > 1e-12, mixed, centers[best]).astype(np.float32)


def merge_colors(ab: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.intp]:
    """Assign an index to each colour, (m, 2), the same to near ones; colours of large areas come first."""
    centers: list[NDArray[np.float32]] = []
    which = np.zeros(len(ab), np.intp)
    left = np.ones(len(ab), bool)
    while left.any() and len(centers) < N_COLORS:
        center = ab[np.where(left, areas, -1).argmax()]
        near = left & (np.hypot(*(ab - center).T) < MERGE_DISTANCE)
        which[near] = len(centers)
        left &= ~near
        centers.append(center)
    if left.any():
        far = np.square(ab[left, None] - np.stack(centers)).sum(-1)
        which[left] = far.argmin(1)
    return which


def compatibilities(which: NDArray[np.intp], touching: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the compatibility of colours as neighbours, (c, c) in -1..1.

    It is the logarithm of the ratio of how often two colours are neighbours to how often they would be by
    chance.

    Parameters
    ----------
    which : ndarray of int, shape (m,)
        Colour of each region.
    touching : ndarray of int, shape (pairs, 2)
        Neighbouring regions.
    """
    n = int(which.max()) + 1
    ones, others = which[touching].T
    counts = np.bincount(ones * n + others, minlength=n * n).reshape(n, n).astype(np.float64)
    chance = counts.sum(1)[:, None] * counts.sum(0) / max(counts.sum(), 1)
    return np.clip(np.log((counts + PRIOR_COUNT) / (chance + PRIOR_COUNT)) / np.log(FULL_RATIO), -1, 1)


def relax(
    probabilities: NDArray[np.float64], touching: NDArray[np.integer], compatible: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Update the probabilities of colours by the support of neighbouring regions.

    Each round sets p_i(c) <- p_i(c) (1 + q_i(c)), normalised, with q_i(c) = sum_j d_ij sum_k r(c, k) p_j(k).

    Parameters
    ----------
    probabilities : ndarray, shape (n, c)
        Probabilities of the colours of each region.
    touching : ndarray, shape (n, n)
        Lengths of contact between regions. d_ij is the share of region j in all contacts of region i.
    compatible : ndarray, shape (c, c)
        Compatibilities r, -1..1.

    Returns
    -------
    ndarray, shape (n, c)
        Probabilities after all rounds.
    """
    shares = touching / np.maximum(touching.sum(1, keepdims=True), 1)
    for _ in range(N_ROUNDS):
        # The rounding of matrix products depends on the number of threads, that of einsum does not.
        wanted = np.einsum("jk,ck->jc", probabilities, compatible)
        support = np.einsum("ij,jc->ic", shares, wanted)
        probabilities = probabilities * (1 + support) + 1e-12
        probabilities = probabilities / probabilities.sum(1, keepdims=True)
    return probabilities


def nearest_examples(regions: Regions, examples: Examples) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the indices of the examples most similar to each region, (n, k), and their dissimilarities.

    Dissimilarity is a sum of squared differences, each divided by its unit. The examples with the most
    similar features are also compared by patches: each point of a region is compared with the point of the
    example whose patches are most similar.
    """
    n, k = len(regions.features), min(N_NEAR, len(examples.features))
    distances = np.broadcast_to(examples.frame_distance, (n, len(examples.features))).copy()
    for feature, unit in enumerate(UNITS):
        here, there = regions.features[:, feature], examples.features[:, feature]
        distances += np.square((here[:, None] - there) / unit)
    near = np.argpartition(distances, k - 1, axis=1)[:, :k]
    # Sums of products of these integers are exact in float32, in any order.
    ones = regions.patches.astype(np.float32)
    others = examples.patches[near].reshape(n, k * N_POINTS, N_VALUES).astype(np.float32)
    squares = np.square(ones).sum(-1)[:, :, None] + np.square(others).sum(-1)[:, None]
    squares -= 2 * (ones @ others.transpose(0, 2, 1))
    best = squares.reshape(n, N_POINTS, k, N_POINTS).min(3).mean(1)
    return near, np.take_along_axis(distances, near, 1) + best / (N_VALUES * PATCH_UNIT**2)
