"""Agreement between people who judged the same units, corrected for chance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def krippendorff_alpha(values: NDArray[Any], *, nominal: bool = False) -> float | None:
    """Return Krippendorff's alpha: 1 for full agreement, 0 for chance, below 0 for less than chance.

    Alpha is one minus the ratio of the disagreement within units to the disagreement between any two values
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"). Units that fewer than two people judged
    are left out.

    Parameters
    ----------
    values : ndarray, shape (people, units)
        Judgements; NaN where a person did not judge a unit.
    nominal : bool
        If True, values are categories, which are equal or different. Otherwise they lie on an interval scale,
        and the disagreement of two values is the square of their difference.

    Returns
    -------
    float or None
        None if alpha is undefined: no unit was judged twice, or all values are equal.
    """
    judged = ~np.isnan(values)
    units = [values[judged[:, u], u] for u in np.flatnonzero(judged.sum(0) >= 2)]
    if not units:
        return None
    disagreement = _categorical if nominal else _interval
    paired = np.concatenate(units)
    n = len(paired)
    observed = sum(disagreement(unit) / (len(unit) - 1) for unit in units) / n
    expected = disagreement(paired) / (n * (n - 1))
    return None if expected == 0 else 1 - observed / expected


def _interval(values: NDArray[Any]) -> float:
    """Return the sum of squared differences over all ordered pairs."""
    return float(2 * len(values) * ((values - values.mean()) ** 2).sum())


def _categorical(values: NDArray[Any]) -> float:
    """Return the number of ordered pairs that differ."""
    _, counts = np.unique(values, return_counts=True)
    return float(len(values) ** 2 - (counts**2).sum())
