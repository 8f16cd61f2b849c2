"""Quadratic objective of a colour field, and its minimum (Deshpande, Rock, Forsyth 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.sparse import solve

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The filters: colour, difference to the right neighbour, difference to the neighbour below.
N_FILTERS = 3


class Term(NamedTuple):
    """Term of one filter in the objective of a picture of n pixels."""

    filter: csr_array
    """(m, n) filter as a matrix on the pixels of a colour field."""
    weights: NDArray[np.float64]
    """(m,) weights of the squares."""
    targets: NDArray[np.float64]
    """(m, 2) targets for a and b."""


def minimum(terms: Sequence[Term]) -> NDArray[np.float64]:
    """Return the field, (n, 2), that minimises an objective."""
    from scipy.sparse import diags_array

    matrix = sum(term.filter.T @ diags_array(term.weights) @ term.filter for term in terms)
    wanted = sum(term.filter.T @ (term.weights[:, None] * term.targets) for term in terms)
    return solve(matrix.tocsc(), wanted)


def filter_matrix(shape: tuple[int, ...], which: int) -> csr_array:
    """Return a filter as a matrix on the pixels in reading order: 0 identity, 1 right, 2 below."""
    from scipy.sparse import csr_array, eye_array

    pixels = np.arange(shape[0] * shape[1]).reshape(shape)
    if which == 0:
        return csr_array(eye_array(pixels.size))
    here, there = (part.ravel() for part in pairs(pixels, which))
    rows = np.arange(len(here))
    places = np.tile(rows, 2), np.concatenate([here, there])
    return csr_array((np.repeat([-1.0, 1.0], len(here)), places), shape=(len(here), pixels.size))


def pairs(values: NDArray[Any], which: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the first and the second pixels of the pairs whose difference filter 1 or 2 takes."""
    return (values[:, :-1], values[:, 1:]) if which == 1 else (values[:-1], values[1:])
