"""Sparse linear systems of pixels and their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csc_array


def solve(matrix: csc_array, wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve ``matrix @ x = wanted`` by a sparse LU decomposition.

    Parameters
    ----------
    matrix : csc_array, shape (n, n)
        Positive definite or diagonally dominant by rows, so that no pivoting is needed. Its pattern should be
        nearly symmetric: the ordering, minimum degree on A^T + A, keeps fill-in low for such patterns.
    wanted : ndarray, shape (n, k)
        Right-hand sides.

    Returns
    -------
    ndarray, shape (n, k)
        The solutions x.
    """
    from scipy.sparse.linalg import splu

    factors = splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.solve(wanted)
