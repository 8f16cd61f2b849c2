"""Summary of the answers of many people by method: mean, spread, intervals, agreement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.agreement import krippendorff_alpha
from cartoonize.metrics.ratings import CONTROL, Answer, Ratings

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class MethodSummary:
    """Summary of the answers about one method."""

    method: str
    """Name of the method, or `CONTROL`."""
    n_answers: int
    """Number of answers."""
    n_people: int
    """Number of people who gave them."""
    mean: float
    """Mean of the scores, 0 to 10; in mode real-or-fake the share of answers that took the fake picture for
    the real one."""
    deviation: float | None
    """Sample standard deviation over answers; None for a single answer."""
    low: float | None
    """Lower end of the 95 % interval of the mean: Student's t for scores, Wilson's for shares."""
    high: float | None
    """Upper end of the interval."""
    counts: tuple[int, ...]
    """Number of answers with each score from 0 to 10; in mode real-or-fake the number of people by their own
    share in tenths."""


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha; None where it is undefined, as for one person."""

    all: float | None
    """Alpha over all pairs."""
    colored: float | None
    """Alpha without the controls, on which nearly everybody agrees."""


def summarize_methods(ratings: Sequence[Ratings]) -> list[MethodSummary]:
    """Return a summary for each method, in descending order of the mean; controls come last."""
    answered: dict[str, list[tuple[str, Answer]]] = {}
    for one in ratings:
        for answer in one.answers:
            answered.setdefault(answer.method, []).append((one.person, answer))
    shares = ratings[0].mode == "real-or-fake" if ratings else False
    summaries = [_summary(method, answers, shares) for method, answers in answered.items()]
    return sorted(summaries, key=lambda m: (m.method == CONTROL, -m.mean, m.method))


def agreement(ratings: Sequence[Ratings]) -> Agreement:
    """Return the agreement of people about the pairs that more than one of them judged."""
    nominal = any(one.mode == "real-or-fake" for one in ratings)
    colored = [[a for a in one.answers if a.method != CONTROL] for one in ratings]
    return Agreement(
        krippendorff_alpha(_table(ratings, [one.answers for one in ratings]), nominal=nominal),
        krippendorff_alpha(_table(ratings, colored), nominal=nominal),
    )


def t_interval(values: NDArray[Any]) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of a mean by Student's t; None for fewer than two values."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return None
    reach = float(t.ppf((1 + _CONFIDENCE) / 2, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return float(values.mean()) - reach, float(values.mean()) + reach


def wilson_interval(n_yes: int, n: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share (Wilson 1927), which is valid near 0 and 1 too; None if n is 0."""
    from scipy.stats import norm

    if n == 0:
        return None
    z, share = float(norm.ppf((1 + _CONFIDENCE) / 2)), n_yes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _summary(method: str, answers: Sequence[tuple[str, Answer]], shares: bool) -> MethodSummary:
    by_person: dict[str, list[float]] = {}
    for person, answer in answers:
        by_person.setdefault(person, []).append(answer.value)
    values = np.array([answer.value for _, answer in answers])
    if shares:
        interval = wilson_interval(int(values.sum()), len(values))
        places = [10 * float(np.mean(own)) for own in by_person.values()]
    else:
        interval = t_interval(values)
        if interval:
            interval = max(0.0, interval[0]), min(10.0, interval[1])
        places = values.tolist()
    counts = np.bincount(np.rint(places).astype(int), minlength=11)
    return MethodSummary(
        method,
        len(values),
        len(by_person),
        float(values.mean()),
        float(values.std(ddof=1)) if len(values) > 1 else None,
        interval[0] if interval else None,
        interval[1] if interval else None,
        tuple(counts.tolist()),
    )


def _table(ratings: Sequence[Ratings], answers: Sequence[Sequence[Answer]]) -> NDArray[np.float64]:
    """Return answers by people and pairs, NaN where there is none. Pairs of different pages differ."""
    people = {person: row for row, person in enumerate(dict.fromkeys(one.person for one in ratings))}
    pairs: dict[tuple[str, str], int] = {}
    for one, own in zip(ratings, answers, strict=True):
        for answer in own:
            pairs.setdefault((one.page, answer.item), len(pairs))
    table = np.full((len(people), len(pairs)), np.nan)
    for one, own in zip(ratings, answers, strict=True):
        for answer in own:
            table[people[one.person], pairs[one.page, answer.item]] = answer.value
    return table
