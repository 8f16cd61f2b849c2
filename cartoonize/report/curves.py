"""Sections made of line charts: cumulative histograms, flicker over time, differences between results."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cartoonize.report.charts import Axis, ChartOptions, Line, Point, line_chart
from cartoonize.report.frame_selection import cuts_of, difference
from cartoonize.report.html import Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import measure_of
from cartoonize.report.page import Section
from cartoonize.report.results import Result

_ERRORS = ("rmse", "ciede2000")
#: Maximal number of points of a line over time. Longer films are averaged over runs of frames.
_N_POINTS = 600


def histogram_section(results: Sequence[Result], legend: Legend) -> Section | None:
    """Return the section with cumulative histograms of errors by pixel and by frame (figure 8.1)."""
    charts = []
    used: list[Result] = []
    for key in _ERRORS:
        pixels = {r.name: _per_pixel(r, key) for r in results if key in r.histograms}
        images = {r.name: _per_image(r, key) for r in results if r.by_frame(key)}
        for lines, counted in ((pixels, "pixels"), (images, "frames")):
            if lines:
                charts.append(_cumulative(results, legend, lines, key, counted))
                used += [r for r in results if r.name in lines and r not in used]
    if not charts:
        return None
    intro = (
        "Share of all pixels, and of all frames by their mean, whose error is at most the value on the"
        " horizontal axis. A line that rises earlier and higher is better."
    )
    body = [legend.switches(used), tag("div", charts, class_="plots")]
    return Section("histograms", "Cumulative histograms", body, intro, "figure 8.1")


def _per_pixel(result: Result, key: str) -> list[Point]:
    histogram = result.histograms[key]
    total = sum(histogram.pixels)
    shares = itertools.accumulate((n / total for n in histogram.pixels), initial=0.0)
    return list(zip(histogram.edges, shares, strict=True))


def _per_image(result: Result, key: str) -> list[Point]:
    values = sorted(result.by_frame(key).values())
    points = [(values[0], 0.0)]
    for rank, value in enumerate(values, 1):
        if rank == len(values) or rank % max(1, len(values) // 400) == 0:
            points.append((value, rank / len(values)))
    return [(min(0.0, values[0]), 0.0), *points]


def _cumulative(
    results: Sequence[Result], legend: Legend, lines: Mapping[str, list[Point]], key: str, counted: str
) -> Html:
    end = max(next(x for x, y in points if y >= min(0.97, points[-1][1])) for points in lines.values())
    lines = {name: _up_to(points, end) for name, points in lines.items()}
    measure = measure_of(key)
    drawn = [legend.line(r, lines[r.name]) for r in results if r.name in lines]
    each = "per pixel" if counted == "pixels" else "per image"
    x = Axis(f"{measure.title.removesuffix(', dB')} {each}", 0, end or 1)
    return line_chart(f"{measure.title} {each}", drawn, x, Axis(f"share of {counted}", 0, 1, percent=True))


def _up_to(points: list[Point], end: float) -> list[Point]:
    """Cut a line at the end of the chart, or extend it to there."""
    inside = [p for p in points if p[0] <= end]
    after = next((p for p in points if p[0] > end), None)
    return [*inside, after if after else (end, points[-1][1])]


def flicker_section(
    results: Sequence[Result], legend: Legend, frame_rate: float, key: str = "static_flicker"
) -> Section | None:
    """Return the section with flicker over time: one chart per kind of result."""
    measured = [r for r in results if r.by_frame(key)]
    if not measured:
        return None
    cuts = [cut / frame_rate for cut in cuts_of(measured)]
    charts = []
    for title, members in _by_kind(measured):
        lines = [legend.line(r, _over_time(r.by_frame(key), frame_rate)) for r in members]
        lines = [replace(line, shown=r.base != "grey") for line, r in zip(lines, members, strict=True)]
        if len({r.refinement for r in members}) == 1:  # dashes would tell nothing apart here
            lines = [replace(line, style=line.style.split()[0]) for line in lines]
        charts.append(_time_chart(title, lines, measure_of(key).title, cuts))
    intro = (
        "Mean change of ab from one frame to the next where the picture stands still, minus that of the"
        " original. Vertical lines are cuts. A flat, low line means steady colours. Each chart has its own"
        " scale."
    )
    shown = {r.name for r in measured if r.base != "grey"}
    return Section("flicker", "Flicker over time", [legend.switches(measured, shown), *charts], intro)


def _by_kind(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return the results of each chart, with the title of the chart."""
    if all(r.group == "other" for r in results):
        return [("", list(results))]
    single = [r for r in results if r.group in ("network", "other")]
    kinds = {"Networks, not refined": [r for r in single if r.refinement == "none"]}
    for refinement in dict.fromkeys(r.refinement for r in single if r.refinement != "none"):
        kinds[f"Networks, refined by {refinement}"] = [r for r in single if r.refinement == refinement]
    kinds["Ensembles"] = [r for r in results if r.group == "ensemble"]
    kinds["Floors and rivals"] = [r for r in results if r.group in ("floor", "rival")]
    return [(title, members) for title, members in kinds.items() if members]


def _over_time(values: Mapping[int, float], frame_rate: float) -> list[Point]:
    """Return (seconds, mean over a run of frames); NaN where no frame of the run has a value."""
    first, last = min(values), max(values)
    run = max(1, -(-(last - first + 1) // _N_POINTS))
    points = []
    for start in range(first, last + 1, run):
        known = [values[i] for i in range(start, start + run) if i in values]
        points.append((start / frame_rate, sum(known) / len(known) if known else float("nan")))
    return points


def _time_chart(
    title: str, lines: Sequence[Line], y_title: str, cuts: Sequence[float], zero: bool = False
) -> Html:
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines if line.shown for _, y in line.points if not math.isnan(y)] or [0.0]
    low, high = min(0.0, *ys), max(0.0, *ys)
    if len(ys) > 100:  # keep a few outliers from flattening all other values
        low = max(low, min(0.0, 1.5 * float(np.percentile(ys, 0.4))))
        high = min(high, max(0.0, 1.5 * float(np.percentile(ys, 99.6))))
    x, y = Axis("time, s", 0, max(xs) or 1), Axis(y_title, low, high if high > low else low + 1)
    return line_chart(title, lines, x, y, options=ChartOptions(1120, 260, cuts, zero))


def difference_section(
    first: Result, others: Sequence[Result], legend: Legend, frame_rate: float
) -> Section | None:
    """Return the section with the difference between the first result and each other one, by frame."""
    charts = []
    for key in ("ciede2000", "static_flicker"):
        lines = []
        for other in others:
            change = difference(first.by_frame(key), other.by_frame(key))
            if change:
                name = f"{first.name} minus {other.name}"
                points = _over_time(change, frame_rate)
                lines.append(Line(legend.key(other), name, points, legend.style(other)))
        if lines:
            cuts = [cut / frame_rate for cut in cuts_of([first])]
            title = measure_of(key).title
            charts.append(_time_chart(title, lines, f"difference of {title}", cuts, zero=True))
    if not charts:
        return None
    intro = [
        "The error of ", tag("b", first.name), " minus that of ",
        " and ".join(o.name for o in others),
        ". Above 0 the later result is better. Vertical lines are cuts.",
    ]  # fmt: skip
    shown = legend.switches(others) if len(others) > 1 else None
    return Section("differences", "Frame by frame", [shown, *charts], intro)
