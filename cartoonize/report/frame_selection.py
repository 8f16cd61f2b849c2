"""Selection of the frames that a page shows: by saved scores, never by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from cartoonize.report.measures import measure_of
from cartoonize.report.results import Result

#: A frame counts as coloured if the grey floor has at least this CIEDE2000 on it.
MIN_COLOR = 5.0
SELECTION_RULE = "Frames are selected by score, not by hand, and come from different shots."


def shots_of(results: Iterable[Result]) -> dict[int, int]:
    """Return the shot number of every frame."""
    for result in results:
        if result.frames:
            return {int(f["frame"]): int(f["shot"]) for f in result.frames}
    return {}


def cuts_of(results: Iterable[Result]) -> list[int]:
    """Return the first frame of every shot except the first shot."""
    shots = shots_of(results)
    return [i for i in sorted(shots) if i - 1 in shots and shots[i] != shots[i - 1]]


def colored_frames(results: Sequence[Result]) -> set[int]:
    """Return the frames whose original has colour, judged by the grey floor's error.

    Without a grey floor, or if no frame has colour, return all frames.
    """
    grey = next((r for r in results if r.group == "floor" and r.base == "grey"), None)
    errors = grey.by_frame("ciede2000") if grey else {}
    colored = {i for i, error in errors.items() if error >= MIN_COLOR}
    return colored or set(shots_of(results))


def mean_by_frame(results: Sequence[Result], key: str, among: Collection[int]) -> dict[int, float]:
    """Return the mean of a score over results, for the frames for which all results have it."""
    columns = [result.by_frame(key) for result in results]
    if not columns:
        return {}
    common = set(among).intersection(*columns)
    return {i: sum(column[i] for column in columns) / len(columns) for i in sorted(common)}


def difference(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    """Return ``first`` minus ``second`` for the frames that have both scores."""
    return {i: first[i] - second[i] for i in sorted(set(first) & set(second))}


def from_different_shots(
    ranked: Iterable[int], shots: Mapping[int, int], n: int, exclude: Collection[int] = ()
) -> list[int]:
    """Return the first frames of a ranking, at most one from each shot.

    Parameters
    ----------
    ranked : iterable of int
        Frame indices, best first.
    shots : mapping
        Shot number of every frame.
    n : int
        Number of frames. Fewer are returned if there are fewer shots.
    exclude : collection of int
        Frames whose shots are not used.
    """
    used = {shots[i] for i in exclude if i in shots}
    chosen: list[int] = []
    for index in ranked:
        if len(chosen) < n and shots.get(index, -1) not in used:
            used.add(shots.get(index, -1))
            chosen.append(index)
    return chosen


def highest_first(values: Mapping[int, float]) -> list[int]:
    """Return frame indices in descending order of their values."""
    return sorted(values, key=lambda i: (-values[i], i))


def best_median_worst(errors: Mapping[int, float], shots: Mapping[int, int]) -> list[tuple[str, int]]:
    """Return the frames with the lowest, the median and the highest error, from different shots.

    With one shot, return only the worst frame; with two shots, the worst and the best one.
    """
    if not errors:
        return []
    middle = float(np.median(list(errors.values())))
    rankings = {
        "worst": highest_first(errors),
        "best": highest_first(errors)[::-1],
        "median": sorted(errors, key=lambda i: (abs(errors[i] - middle), i)),
    }
    chosen: dict[str, int] = {}
    for name, ranking in rankings.items():
        for index in from_different_shots(ranking, shots, 1, list(chosen.values())):
            chosen[name] = index
    return [(name, chosen[name]) for name in ("best", "median", "worst") if name in chosen]


def worst_failure(results: Sequence[Result], key: str, among: Collection[int]) -> tuple[Result, int] | None:
    """Return the result and the frame that fail most by one score.

    A ratio says little where the error is small. Therefore only frames count whose CIEDE2000 is at least the
    result's median. For chroma, the lowest value is the worst.
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
        candidates += [(bad[i], -i, result) for i in highest_first(bad)[:1]]
    if not candidates:
        return None
    _, index, result = max(candidates, key=lambda c: c[:2])
    return result, -index
