"""Interface of all metrics: additive sums of a pair of frames, and scores computed from sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cartoonize.metrics.pair import Pair


class Metric(Protocol):
    """A metric, which turns a pair of frames into a few sums and sums into named scores.

    Sums are additive: the sums of a shot or an episode are the totals over its frames. Therefore one formula
    computes the scores of a frame, a shot and an episode, in any order and from any number of threads.
    """

    @property
    def n_sums(self) -> int:
        """Number of sums."""

    def sums(self, pair: Pair) -> Sequence[float]:
        """Return the `n_sums` sums of one pair of frames."""

    def scores(self, sums: Any) -> dict[str, float]:
        """Return named scores from added sums; NaN where a score is undefined."""


def mean(total: float, count: float) -> float:
    """Return ``total / count``; NaN if the count is 0."""
    return float(total / count) if count else float("nan")


def ratio_of_means(
    inside: float, n_inside: float, outside: float, n_outside: float, *, least: float
) -> float:
    """Return the mean inside an area over the mean outside, at least ``least``; NaN if either is empty."""
    if not (n_inside and n_outside):
        return float("nan")
    return float(inside / n_inside / max(outside / n_outside, least))
