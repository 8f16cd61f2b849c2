"""What answers of many people say of each method: means, spread, intervals, agreement."""

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
class MethodMarks:
    """What was said of one method."""

    method: str
    n_answers: int
    n_people: int
    mean: float
    """Of the marks, 0 to 10; real-or-fake: the share of answers that took its picture for the real one."""
    deviation: float | None
    """Standard deviation over answers, of the sample; None for a single one."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval of the mean: Student's t for marks, Wilson's for shares."""
    counts: tuple[int, ...]
    """Answers with each mark from 0 to 10; real-or-fake: people by their own share, in tenths."""


@dataclass(frozen=True)
class Agreement:
    """Krippendorff's alpha; None where it has no meaning, as with one person."""

    all: float | None
    colored: float | None
    """Without the controls, on which nearly everybody agrees."""


def marks_by_method(ratings: Sequence[Ratings]) -> list[MethodMarks]:
    """Return what was said of each method, the best first; controls last."""
    said: dict[str, list[tuple[str, Answer]]] = {}
    for one in ratings:
        for answer in one.answers:
            said.setdefault(answer.method, []).append((one.person, answer))
    shares = ratings[0].mode == "real-or-fake" if ratings else False
    marks = [_marks_of(method, answers, shares) for method, answers in said.items()]
    return sorted(marks, key=lambda m: (m.method == CONTROL, -m.mean, m.method))


def agreement(ratings: Sequence[Ratings]) -> Agreement:
    """Return how far people agree about the pairs that more than one of them saw."""
    nominal = any(one.mode == "real-or-fake" for one in ratings)
    colored = [[a for a in one.answers if a.method != CONTROL] for one in ratings]
    return Agreement(
        krippendorff_alpha(_table(ratings, [one.answers for one in ratings]), nominal=nominal),
        krippendorff_alpha(_table(ratings, colored), nominal=nominal),
    )


def t_interval(values: NDArray[Any]) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean by Student's t; None for fewer than two values."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return None
    reach = float(t.ppf((1 + _CONFIDENCE) / 2, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return float(values.mean()) - reach, float(values.mean()) + reach


def wilson_interval(n_yes: int, n: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share (Wilson 1927), which also holds near 0 and 1; None for none."""
    from scipy.stats import norm

    if n == 0:
        return None
    z, share = float(norm.ppf((1 + _CONFIDENCE) / 2)), n_yes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _marks_of(method: str, said: Sequence[tuple[str, Answer]], shares: bool) -> MethodMarks:
    by_person: dict[str, list[float]] = {}
    for person, answer in said:
        by_person.setdefault(person, []).append(answer.value)
    values = np.array([answer.value for _, answer in said])
    if shares:
        interval = wilson_interval(int(values.sum()), len(values))
        places = [10 * float(np.mean(own)) for own in by_person.values()]
    else:
        interval = t_interval(values)
        if interval:
            interval = max(0.0, interval[0]), min(10.0, interval[1])
        places = values.tolist()
    counts = np.bincount(np.rint(places).astype(int), minlength=11)
    return MethodMarks(
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
    """Lay answers out by people and pairs, NaN where there is none; a pair is one of its page."""
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
