"""Knots: a paint has a colour at each of 11 values of CIE L. Between these knots, colours are interpolated.

So a shaded region, or one from sky to sea, has several colours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Number of knots, and their distance in CIE L.
N_KNOTS, KNOT_STEP = 11, 10.0


def between_knots(lightness: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the number of the knot below each CIE L, and the weight 0..1 of the knot above it."""
    position = np.clip(lightness / np.float32(KNOT_STEP), 0, N_KNOTS - 1)
    lower = np.minimum(position.astype(np.int64), N_KNOTS - 2)
    return lower, position - lower.astype(np.float32)


def filled_from_neighbours(values: NDArray[Any]) -> NDArray[Any]:
    """Fill knots without a value (NaN) from the next darker knot, or else from the next lighter one.

    Parameters
    ----------
    values : float array, shape (n, knots, k)
        A knot has a value if its first number is not NaN. Rows without any value stay NaN.
    """
    values = values.copy()
    for ks in (range(1, N_KNOTS), range(N_KNOTS - 2, -1, -1)):
        for k in ks:
            empty = np.isnan(values[:, k, 0])
            values[empty, k] = values[empty, k - 1 if ks.step > 0 else k + 1]
    return values
