"""Colours of regions from those of coloured ones: votes, and probabilistic relaxation.

Of Sykora, Burianek, Zara 2005, with the relaxation of Rosenfeld, Hummel, Zucker 1976.
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

#: Coloured regions whose patches are compared with a region's: those with the most similar features.
N_NEAR = 64
#: Unlikeness at which a vote falls to 1/e.
TEMPERATURE = 1.0
#: Colours nearer than this in ab are one; at most so many are told apart.
MERGE, N_COLORS = 12.0, 48
#: Rounds of relaxation.
N_ROUNDS = 6
#: So many times as often (or rarely) as by chance are neighbours fully compatible (or incompatible).
TIMES = 8.0
#: What is added to both counts, so that a few pairs prove little.
RARE = 0.3


class Examples(NamedTuple):
    """Regions of coloured frames."""

    features: NDArray[np.float32]
    """(m, 8)."""
    patches: NDArray[np.int8]
    """(m, 5, 128)."""
    ab: NDArray[np.float32]
    """(m, 2)."""
    apart: NDArray[np.float32]
    """(m,): unlikeness of the whole frame."""
    touching: NDArray[np.intp]
    """(pairs, 2): numbers of regions that are neighbours in their frame, each pair both ways."""


def color_regions(regions: Regions, examples: Examples) -> NDArray[np.float32]:
    """Return the most probable colour of each region, ab (n, 2)."""
    near, unlike = most_like(regions, examples)
    votes = np.exp((unlike.min(1, keepdims=True) - unlike) / TEMPERATURE).astype(np.float64)
    which = merge_colors(examples.ab, np.exp2(examples.features[:, AREA]))
    colors = which[near]
    sums = np.stack([(votes * (colors == color)).sum(1) for color in range(which.max() + 1)], 1)
    probabilities = relax(
        sums / sums.sum(1, keepdims=True), regions.contacts, compatibilities(which, examples.touching)
    )
    # Of examples that have the region's colour, those that are like it decide on the shade.
    best = probabilities.argmax(1)
    votes = np.where(colors == best[:, None], votes, 0)
    sums = votes.sum(1, keepdims=True)
    mixed = (votes[..., None] * examples.ab[near]).sum(1) / np.maximum(sums, 1e-30)
    centers = np.stack([examples.ab[which == color].mean(0) for color in range(which.max() + 1)])
    # A colour that only the neighbours asked for has no votes here.
    return np.where(sums > 1e-12, mixed, centers[best]).astype(np.float32)


def merge_colors(ab: NDArray[np.float32], areas: NDArray[np.float32]) -> NDArray[np.intp]:
    """Give colours, (m, 2), numbers, near ones the same; those of large areas come first."""
    centers: list[NDArray[np.float32]] = []
    which = np.zeros(len(ab), np.intp)
    left = np.ones(len(ab), bool)
    while left.any() and len(centers) < N_COLORS:
        center = ab[np.where(left, areas, -1).argmax()]
        near = left & (np.hypot(*(ab - center).T) < MERGE)
        which[near] = len(centers)
        left &= ~near
        centers.append(center)
    if left.any():
        far = np.square(ab[left, None] - np.stack(centers)).sum(-1)
        which[left] = far.argmin(1)
    return which


def compatibilities(which: NDArray[np.intp], touching: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how well colours go together, (c, c) in -1..1, from pairs of neighbours of known colours.

    It is the logarithm of how many times as often they are neighbours as by chance.
    """
    n = int(which.max()) + 1
    ones, others = which[touching].T
    counts = np.bincount(ones * n + others, minlength=n * n).reshape(n, n).astype(np.float64)
    chance = counts.sum(1)[:, None] * counts.sum(0) / max(counts.sum(), 1)
    return np.clip(np.log((counts + RARE) / (chance + RARE)) / np.log(TIMES), -1, 1)


def relax(
    probabilities: NDArray[np.float64], touching: NDArray[np.integer], compatible: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Let neighbours support each other's colours.

    p_i(c) <- p_i(c) (1 + q_i(c)), normalised, with q_i(c) = sum_j d_ij sum_k r(c, k) p_j(k).

    Parameters
    ----------
    probabilities : ndarray, shape (n, c)
    touching : ndarray, shape (n, n)
        How much regions touch; d_ij is the share of j in what touches i.
    compatible : ndarray, shape (c, c)
        r, -1..1.
    """
    shares = touching / np.maximum(touching.sum(1, keepdims=True), 1)
    for _ in range(N_ROUNDS):
        # Not by matrix products, whose rounding depends on the number of threads.
        wanted = np.einsum("jk,ck->jc", probabilities, compatible)
        support = np.einsum("ij,jc->ic", shares, wanted)
        probabilities = probabilities * (1 + support) + 1e-12
        probabilities = probabilities / probabilities.sum(1, keepdims=True)
    return probabilities


def most_like(regions: Regions, examples: Examples) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return each region's most similar examples, (n, k), and how unlike they are.

    Unlikeness is a sum of squares of counts of units. The nearest by features are compared by patches: each
    point of a region with the point of the other that has the most similar ones.
    """
    n, k = len(regions.features), min(N_NEAR, len(examples.features))
    unlike = np.broadcast_to(examples.apart, (n, len(examples.features))).copy()
    for feature, unit in enumerate(UNITS):
        here, there = regions.features[:, feature], examples.features[:, feature]
        unlike += np.square((here[:, None] - there) / unit)
    near = np.argpartition(unlike, k - 1, axis=1)[:, :k]
    # Products of whole numbers are exact in float32, in whatever order they are summed.
    ones = regions.patches.astype(np.float32)
    others = examples.patches[near].reshape(n, k * N_POINTS, N_VALUES).astype(np.float32)
    squares = np.square(ones).sum(-1)[:, :, None] + np.square(others).sum(-1)[:, None]
    squares -= 2 * (ones @ others.transpose(0, 2, 1))
    best = squares.reshape(n, N_POINTS, k, N_POINTS).min(3).mean(1)
    return near, np.take_along_axis(unlike, near, 1) + best / (N_VALUES * PATCH_UNIT**2)
