"""Agreement between people who judged the same things, beyond what chance would give."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def krippendorff_alpha(values: NDArray[Any], *, nominal: bool = False) -> float | None:
    """Return Krippendorff's alpha: 1 is full agreement, 0 what chance gives, below 0 worse than that.

    One minus the disagreement within units over that between any two values (Krippendorff 2011, "Computing
    Krippendorff's Alpha-Reliability"). Units that fewer than two people judged say nothing and are left out.

    Parameters
    ----------
    values : ndarray, shape (people, units)
        NaN where somebody did not judge a unit.
    nominal : bool
        Values are names: two differ or they do not. Otherwise they are an interval scale, and two disagree by
        the square of their difference.

    Returns
    -------
    float or None
        None where it has no meaning: no unit was judged twice, or all values are the same.
    """
    judged = ~np.isnan(values)
    units = [values[judged[:, u], u] for u in np.flatnonzero(judged.sum(0) >= 2)]
    if not units:
        return None
    disagreement = _of_names if nominal else _of_numbers
    paired = np.concatenate(units)
    n = len(paired)
    observed = sum(disagreement(unit) / (len(unit) - 1) for unit in units) / n
    expected = disagreement(paired) / (n * (n - 1))
    return None if expected == 0 else 1 - observed / expected


def _of_numbers(values: NDArray[Any]) -> float:
    """Return the sum of squared differences over all ordered pairs."""
    return float(2 * len(values) * ((values - values.mean()) ** 2).sum())


def _of_names(values: NDArray[Any]) -> float:
    """Return how many of all ordered pairs differ."""
    _, counts = np.unique(values, return_counts=True)
    return float(len(values) ** 2 - (counts**2).sum())
