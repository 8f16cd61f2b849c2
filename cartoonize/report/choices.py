"""Which frames the page shows: chosen by saved scores, never by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from cartoonize.report.measures import measure_of
from cartoonize.report.results import Result

#: A frame on which the grey floor errs by less has next to no colour that could be missed.
LEAST_COLOR = 5.0
BY_SCORE = "Frames are chosen by score, not by hand, and from different shots."


def shots_of(results: Iterable[Result]) -> dict[int, int]:
    """Return the shot of every frame."""
    for result in results:
        if result.frames:
            return {int(f["frame"]): int(f["shot"]) for f in result.frames}
    return {}


def cuts_of(results: Iterable[Result]) -> list[int]:
    """Return the first frame of every shot but the first."""
    shots = shots_of(results)
    return [i for i in sorted(shots) if i - 1 in shots and shots[i] != shots[i - 1]]


def colored_frames(results: Sequence[Result]) -> set[int]:
    """Return the frames that have colour in the original, as far as the grey floor's scores tell."""
    grey = next((r for r in results if r.group == "floor" and r.base == "grey"), None)
    errors = grey.by_frame("ciede2000") if grey else {}
    colored = {i for i, error in errors.items() if error >= LEAST_COLOR}
    return colored or set(shots_of(results))


def mean_over(results: Sequence[Result], key: str, among: Collection[int]) -> dict[int, float]:
    """Return the mean of a score over results, for the frames that have it in all of them."""
    columns = [result.by_frame(key) for result in results]
    if not columns:
        return {}
    common = set(among).intersection(*columns)
    return {i: sum(column[i] for column in columns) / len(columns) for i in sorted(common)}


def minus(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    """Return the difference of two scores for the frames that have both."""
    return {i: first[i] - second[i] for i in sorted(set(first) & set(second))}


def apart(ranked: Iterable[int], shots: Mapping[int, int], n: int, taken: Collection[int] = ()) -> list[int]:
    """Return the first ``n`` frames of a ranking that lie in shots of their own.

    Parameters
    ----------
    ranked : iterable of int
        Frame indices, the most wanted first.
    shots : mapping
        The shot of every frame.
    n : int
        How many; fewer come back from a film of fewer shots.
    taken : collection of int
        Frames whose shots are not to be used.
    """
    used = {shots[i] for i in taken if i in shots}
    chosen: list[int] = []
    for index in ranked:
        if len(chosen) < n and shots.get(index, -1) not in used:
            used.add(shots.get(index, -1))
            chosen.append(index)
    return chosen


def highest(values: Mapping[int, float]) -> list[int]:
    """Return frame indices, those with the highest values first."""
    return sorted(values, key=lambda i: (-values[i], i))


def best_median_worst(errors: Mapping[int, float], shots: Mapping[int, int]) -> list[tuple[str, int]]:
    """Return the worst frame, the best and the one nearest to the median, as far as there are shots."""
    if not errors:
        return []
    middle = float(np.median(list(errors.values())))
    rankings = {
        "worst": highest(errors),
        "best": highest(errors)[::-1],
        "median": sorted(errors, key=lambda i: (abs(errors[i] - middle), i)),
    }
    chosen: dict[str, int] = {}
    for what, ranking in rankings.items():
        for index in apart(ranking, shots, 1, list(chosen.values())):
            chosen[what] = index
    return [(what, chosen[what]) for what in ("best", "median", "worst") if what in chosen]


def worst_failure(results: Sequence[Result], key: str, among: Collection[int]) -> tuple[Result, int] | None:
    """Return the result and the frame that fail most by one score.

    A ratio says little where there is hardly an error, so only frames count whose CIEDE2000 is above the
    result's median. Chroma fails downwards: the greyest frame is the worst.
    """
    measure = measure_of(key)
    candidates = []
    for result in results:
        errors = result.by_frame("ciede2000")
        values = {i: v for i, v in result.by_frame(key).items() if i in among}
        if errors:
            middle = float(np.median(list(errors.values())))
            values = {i: v for i, v in values.items() if errors.get(i, middle) >= middle}
        bad = {i: (-v if measure.better == "one" else v) for i, v in values.items()}
        candidates += [(bad[i], -i, result) for i in highest(bad)[:1]]
    if not candidates:
        return None
    _, index, result = max(candidates, key=lambda c: c[:2])
    return result, -index
