"""Tables of scores: of whole films, by form of failure, and by shot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cartoonize.report.html import Content, Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import FAILURES, Measure, is_number, measure_of, measures_in
from cartoonize.report.page import Section
from cartoonize.report.results import GROUPS, Result
from cartoonize.report.tables import (
    ARROWS,
    change_cell,
    clock,
    head_cell,
    heat,
    heat_cell,
    measure_cell,
    number_cell,
    table,
)

_BADGES = {"network": "network", "ensemble": "ensemble", "rival": "rival", "floor": "floor", "other": ""}


def score_section(results: Sequence[Result], legend: Legend) -> Section | None:
    """Return the section with all scores of all results (table 8.1).

    Rows are sorted by mean error. The page can sort them by any column.
    """
    measures = measures_in(r.scores for r in results)
    if not results or not measures:
        return None
    kinds = any(r.group != "other" for r in results)
    heads = [head_cell("result")]
    heads += [head_cell("kind", left=True), head_cell("refinement", left=True)] if kinds else []
    heads += [measure_cell(m) for m in measures]
    best = {m.key: _best(results, m) for m in measures}
    rows = []
    for result in sorted(results, key=lambda r: (r.score("ciede2000"), r.name)):
        cells = _kind_cells(result) if kinds else []
        cells += [_score_cell(result, m, best[m.key]) for m in measures]
        name = tag("th", legend.swatch(result), " ", result.name, scope="row")
        rows.append(tag("tr", name, cells, class_=f"is-{result.group}"))
    content = table([tag("tr", heads)], rows, "Scores of all results", sortable=True)
    body = [content, _definitions(measures)]
    return Section("scores", "Scores", body, _score_intro(results), "table 8.1" if kinds else "")


def _kind_cells(result: Result) -> list[Html]:
    refinement = "–" if result.refinement == "none" else result.refinement
    return [
        tag("td", tag("span", _BADGES[result.group], class_="badge"), class_="left"),
        tag("td", refinement, class_="left quiet"),
    ]


def _score_cell(result: Result, measure: Measure, best: float | None) -> Html:
    value = result.scores.get(measure.key)
    look = None
    if result.group == "floor":
        look = "beaten" if is_number(value) and _beats(measure, value, best) else None
    elif value is not None and value == best:
        look = "best"
    return number_cell(measure, value, look)


def _score_intro(results: Sequence[Result]) -> list[Content]:
    n_frames = {r.scores.get("n_frames") for r in results}
    counted = f"all {n_frames.pop()} frames" if len(n_frames) == 1 and n_frames != {None} else "all frames"
    intro: list[Content] = [f"Means over {counted}; result and original are both at 256×256. "]
    if any(r.group == "floor" for r in results):
        intro += [tag("b", "Bold on green"), " marks the best value of a column, without the floors; "]
        intro += [tag("span", "a red underline", class_="beaten"), " marks a floor that beats all methods."]
    elif len(results) > 1:
        intro += [tag("b", "Bold on green"), " marks the best value of a column."]
    intro.append(" ↓ lower is better, ↑ higher is better, →1 closer to 1 is better. Click a column to sort.")
    return intro


def _best(results: Sequence[Result], measure: Measure) -> float | None:
    """Return the best value of all results but the floors; None if fewer than two have one."""
    values = [
        r.scores[measure.key] for r in results if r.group != "floor" and is_number(r.scores.get(measure.key))
    ]
    if measure.better == "unknown" or len(values) < 2:
        return None
    return min(values, key=measure.badness)


def _beats(measure: Measure, value: float, best: float | None) -> bool:
    return best is not None and measure.badness(value) < measure.badness(best)


def _definitions(measures: Sequence[Measure]) -> Html:
    pairs = [
        tag("div", tag("dt", m.title, " ", tag("span", ARROWS[m.better], class_="way")), tag("dd", m.meaning))
        for m in measures
        if m.meaning
    ]
    return tag("details", tag("summary", "What the scores mean"), tag("dl", pairs, class_="meanings"))


def failure_table(results: Sequence[Result], legend: Legend) -> Html | None:
    """Return the table with one score for each form of failure and each method; red is worse."""
    measures = [measure_of(key) for key, _ in FAILURES if any(is_number(r.scores.get(key)) for r in results)]
    if not measures:
        return None
    ranges = {m.key: _badness_range(results, m) for m in measures}
    rows = []
    for r in sorted(results, key=lambda r: (list(GROUPS).index(r.group), r.score("ciede2000"))):
        cells = [_failure_cell(m, r.scores.get(m.key), *ranges[m.key]) for m in measures]
        name = tag("th", legend.swatch(r), " ", r.name, scope="row")
        rows.append(tag("tr", name, cells, class_=f"is-{r.group}"))
    heads = [head_cell("method"), *(measure_cell(m) for m in measures)]
    return table([tag("tr", heads)], rows, "Failure forms by method", sortable=True)


def _badness_range(results: Sequence[Result], measure: Measure) -> tuple[float, float]:
    """Return the lowest and the highest badness of all results but the floors."""
    bad = [
        measure.badness(r.scores[measure.key])
        for r in results
        if is_number(r.scores.get(measure.key)) and r.group != "floor"
    ]
    return min(bad, default=0.0), max(bad, default=1.0)


def _failure_cell(measure: Measure, value: Any, low: float, high: float) -> Html:
    if not is_number(value):
        return number_cell(measure, value)
    place = (measure.badness(value) - low) / ((high - low) or 1)
    return number_cell(measure, value, heat(place))


def shot_section(results: Sequence[Result], frame_rate: float) -> Section | None:
    """Return the section with the error of every shot, one column for each result."""
    shots = {s["shot"]: s for r in results for s in r.shots}
    measured = [r for r in results if r.shots]
    if not shots or not measured:
        return None
    measure = measure_of("ciede2000")
    values = {(r.name, s["shot"]): s.get(measure.key) for r in measured for s in r.shots}
    top = max((v for v in values.values() if is_number(v)), default=1.0) or 1.0
    pair = len(measured) == 2
    heads = [head_cell("shot"), head_cell("begins"), head_cell("frames")]
    heads += [head_cell(r.name) for r in measured]
    heads += [head_cell("difference", "first minus second; above 0 the second is better")] if pair else []
    rows = []
    for number, shot in sorted(shots.items()):
        start, stop = int(shot["start"]), int(shot["stop"])
        cells = [
            tag("td", clock(start / frame_rate), data_v=start),
            tag("td", str(stop - start), data_v=stop - start),
        ]
        own = [values.get((r.name, number)) for r in measured]
        cells += [heat_cell(measure, v, top) for v in own]
        if pair:
            cells.append(change_cell(measure, _difference(*own), top / 3, -1))
        rows.append(tag("tr", tag("th", str(number), scope="row", data_v=number), cells))
    content = table([tag("tr", heads)], rows, "Shots", sortable=True)
    return Section("shots", "Shot by shot", content, f"{measure.title} of every shot. Red is worse.")


def _difference(first: Any, second: Any) -> float | None:
    return first - second if is_number(first) and is_number(second) else None
