"""What all metrics are: sums of a pair of frames, which add up, and the scores that follow from sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cartoonize.metrics.pair import Pair


class Metric(Protocol):
    """Turns a pair of frames into a few sums, and sums into named scores.

    Sums are additive: those of a shot or an episode are the sums of its frames' sums. So one formula gives
    the scores of a frame, of a shot and of an episode, in any order and from any number of threads.
    """

    @property
    def n_sums(self) -> int:
        """How many."""

    def sums(self, pair: Pair) -> Sequence[float]:
        """Return the sums of one pair of frames, of any length: they are `n_sums` numbers."""

    def scores(self, sums: Any) -> dict[str, float]:
        """Return the named scores of added sums; NaN where they have no meaning."""


def mean(total: float, count: float) -> float:
    """Return ``total / count``; the mean of nothing is NaN."""
    return float(total / count) if count else float("nan")


def excess(inside: float, n_inside: float, outside: float, n_outside: float, *, least: float) -> float:
    """Return the mean inside over that outside, which counts as ``least`` or more; NaN if one is empty."""
    if not (n_inside and n_outside):
        return float("nan")
    return float(inside / n_inside / max(outside / n_outside, least))
