"""Sections made of line charts: cumulative histograms, flicker, differences, training."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cartoonize.report.charts import Axis, Line, Point, line_chart, swatch
from cartoonize.report.choices import cuts_of, minus
from cartoonize.report.html import Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import measure_of
from cartoonize.report.page import Section
from cartoonize.report.results import Result, networks

_ERRORS = ("rmse", "ciede2000")
#: Lines over time have at most so many points; more frames are averaged in runs.
_N_POINTS = 600


@dataclass(frozen=True)
class Curve:
    """One variant's training."""

    name: str
    losses: Sequence[float]
    """One per update."""
    validations: Sequence[tuple[float, float, float]]
    """(update, minutes, ab error)."""
    opponent: Sequence[float] = ()
    """The discriminator's losses, one per update, where there is one."""
    held_out: Sequence[tuple[float, float]] = ()
    """(update, loss on the validation episodes), where it is the loss that is trained."""


def histogram_section(results: Sequence[Result], legend: Legend) -> Section | None:
    """Figure 8.1: what share of pixels, and of frames, errs by no more than so much."""
    charts = []
    used: list[Result] = []
    for key in _ERRORS:
        pixels = {r.name: _per_pixel(r, key) for r in results if key in r.histograms}
        images = {r.name: _per_image(r, key) for r in results if r.by_frame(key)}
        for lines, what in ((pixels, "pixels"), (images, "frames")):
            if lines:
                charts.append(_cumulative(results, legend, lines, key, what))
                used += [r for r in results if r.name in lines and r not in used]
    if not charts:
        return None
    intro = (
        "How many of all pixels, and of all frames (by their mean), err by no more than the value below."
        " A line that rises earlier and higher is better."
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
    results: Sequence[Result], legend: Legend, lines: Mapping[str, list[Point]], key: str, what: str
) -> Html:
    reach = max(next(x for x, y in points if y >= min(0.97, points[-1][1])) for points in lines.values())
    lines = {name: _up_to(points, reach) for name, points in lines.items()}
    measure = measure_of(key)
    drawn = [legend.line(r, lines[r.name]) for r in results if r.name in lines]
    each = "per pixel" if what == "pixels" else "per image"
    x = Axis(f"{measure.title.removesuffix(', dB')} {each}", 0, reach or 1)
    return line_chart(f"{measure.title} {each}", drawn, x, Axis(f"share of {what}", 0, 1, percent=True))


def _up_to(points: list[Point], reach: float) -> list[Point]:
    """Cut a line where the chart ends, or draw it on to there."""
    inside = [p for p in points if p[0] <= reach]
    after = next((p for p in points if p[0] > reach), None)
    return [*inside, after if after else (reach, points[-1][1])]


def flicker_section(
    results: Sequence[Result], legend: Legend, frame_rate: float, key: str = "static_flicker"
) -> Section | None:
    """Flicker over time: of every refinement, and of every ensemble."""
    moving = [r for r in results if r.by_frame(key)]
    if not moving:
        return None
    cuts = [cut / frame_rate for cut in cuts_of(moving)]
    charts = []
    for title, some in _kinds(moving):
        lines = [legend.line(r, _over_time(r.by_frame(key), frame_rate)) for r in some]
        lines = [replace(line, shown=r.base != "grey") for line, r in zip(lines, some, strict=True)]
        if len({r.refinement for r in some}) == 1:  # dashes say nothing here, and hide what they draw
            lines = [replace(line, style=line.style.split()[0]) for line in lines]
        charts.append(_time_chart(title, lines, measure_of(key).title, cuts))
    intro = (
        "Mean change of ab from one frame to the next where the picture stands still, above the original's"
        " own. Upright lines are cuts. Flat and low is steady; every chart has its own scale."
    )
    shown = {r.name for r in moving if r.base != "grey"}
    return Section("flicker", "Flicker over time", [legend.switches(moving, shown), *charts], intro)


def _kinds(results: Sequence[Result]) -> list[tuple[str, list[Result]]]:
    """Return what belongs in one chart, under its title."""
    if all(r.group == "other" for r in results):
        return [("", list(results))]
    single = [r for r in results if r.group in ("network", "other")]
    kinds = {"Networks as they are": [r for r in single if r.refinement == "none"]}
    for refinement in dict.fromkeys(r.refinement for r in single if r.refinement != "none"):
        kinds[f"Networks, filled by {refinement}"] = [r for r in single if r.refinement == refinement]
    kinds["Ensembles"] = [r for r in results if r.group == "ensemble"]
    kinds["Floors and rivals"] = [r for r in results if r.group in ("floor", "rival")]
    return [(title, some) for title, some in kinds.items() if some]


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
    ys = [y for line in lines if line.shown for _, y in line.points if y == y] or [0.0]
    low, high = min(0.0, *ys), max(0.0, *ys)
    if len(ys) > 100:  # one wild frame is not to flatten all others
        low = max(low, min(0.0, 1.5 * float(np.percentile(ys, 0.4))))
        high = min(high, max(0.0, 1.5 * float(np.percentile(ys, 99.6))))
    x, y = Axis("time, s", 0, max(xs) or 1), Axis(y_title, low, high if high > low else low + 1)
    return line_chart(title, lines, x, y, width=1120, height=260, cuts=cuts, zero=zero)


def difference_section(
    first: Result, others: Sequence[Result], legend: Legend, frame_rate: float
) -> Section | None:
    """How much better than the first result the others are, frame by frame."""
    charts = []
    for key in ("ciede2000", "static_flicker"):
        lines = []
        for other in others:
            difference = minus(first.by_frame(key), other.by_frame(key))
            if difference:
                name = f"{first.name} minus {other.name}"
                points = _over_time(difference, frame_rate)
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
        ": above 0 the later one is better. Upright lines are cuts.",
    ]  # fmt: skip
    shown = legend.switches(others) if len(others) > 1 else None
    return Section("differences", "Frame by frame", [shown, *charts], intro)


def training_section(curves: Sequence[Curve], results: Sequence[Result], legend: Legend) -> Section | None:
    """Show how the losses fell, and the error on the validation episodes."""
    curves = [c for c in curves if c.losses]
    if not curves:
        return None
    styles = {r.base: legend.style(r) for r in networks(results)}
    looks = {c.name: styles.get(c.name, f"c{i % 12}") for i, c in enumerate(curves)}
    charts = []
    validated = [c for c in curves if len(c.validations) > 1]
    if validated:
        lines = [
            Line(f"t{i}", c.name, [(minutes, error) for _, minutes, error in c.validations], looks[c.name])
            for i, c in enumerate(validated)
        ]
        last = max(x for line in lines for x, _ in line.points)
        top = max(y for line in lines for _, y in line.points)
        low = min(y for line in lines for _, y in line.points)
        y = Axis("mean distance in ab", max(0.0, low - 0.1 * (top - low)), top)
        charts.append(
            line_chart(
                "Error on the validation episodes",
                lines,
                Axis("minutes", 0, last or 1),
                y,
                width=380,
                height=240,
            )
        )
        names = [
            tag("label", tag("input", type="checkbox", checked=True, data_series=f"t{i}", autocomplete="off"),
                swatch(looks[c.name]), tag("span", c.name))
            for i, c in enumerate(validated)
        ]  # fmt: skip
        switches = tag(
            "fieldset", tag("legend", "Validation"), tag("div", names, class_="switches"), class_="legend"
        )
    for curve in curves:
        charts.append(_loss_chart(curve, looks[curve.name]))
        charts += [_opponent_chart(curve, looks[curve.name])] if curve.opponent else []
    intro = (
        "Losses are means over neighbouring updates; each variant's loss has its own scale. Dashed: the same"
        " loss on the validation episodes, of colours alone where a network classifies, too. Of two players,"
        " the discriminator has a chart of its own."
    )
    body = [switches if validated else None, tag("div", charts, class_="plots small")]
    return Section("training", "Training", body, intro)


def _loss_chart(curve: Curve, style: str) -> Html:
    means = _means(curve.losses)
    note = f"{len(curve.losses)} updates; last loss {means[-1][1]:.3g}"
    if curve.validations:
        note += f", last validation error {curve.validations[-1][2]:.2f}"
    lines = [Line("loss", f"{curve.name}, loss", means, style)]
    if len(curve.held_out) > 1:
        lines.append(Line("held-out", f"{curve.name}, validation loss", curve.held_out, f"{style} d1"))
    return _by_update(f"{curve.name}: training loss", lines, len(curve.losses), note)


def _opponent_chart(curve: Curve, style: str) -> Html:
    means = _means(curve.opponent)
    note = f"last loss {means[-1][1]:.3g}"
    line = Line("opponent", f"{curve.name}, discriminator's loss", means, style)
    return _by_update(f"{curve.name}: the discriminator's loss", [line], len(curve.opponent), note)


def _means(losses: Sequence[float]) -> list[tuple[float, float]]:
    """Average neighbouring updates: at most 150 points (update, loss)."""
    run = max(1, len(losses) // 150)
    runs = [losses[k : k + run] for k in range(0, len(losses), run)]
    return [(k * run + run / 2, sum(part) / len(part)) for k, part in enumerate(runs)]


def _by_update(title: str, lines: Sequence[Line], n_updates: int, note: str) -> Html:
    values = [y for line in lines for _, y in line.points]
    low, high = min(0.0, *values), max(0.0, *values)
    x, y = Axis("update", 0, n_updates), Axis("loss", low, high if high > low else low + 1)
    return line_chart(title, lines, x, y, width=380, height=240, note=note)
