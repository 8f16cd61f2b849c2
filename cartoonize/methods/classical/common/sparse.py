"""Sparse linear systems of pixels and their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array


def solve(matrix: csc_array, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, (n, k), with matrix x = wanted.

    The matrix (n, n) is positive definite, or its rows are dominated by their diagonal, so that no pivot is
    needed; its pattern is nearly symmetric, and an ordering for such patterns leaves the least fill.
    """
    from scipy.sparse.linalg import splu

    factors = splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.solve(wanted)
