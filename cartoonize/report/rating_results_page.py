"""The page with the results of a rating: a table of the methods, and the distribution of their marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.charts import Axis, ChartOptions, Line, line_chart
from cartoonize.report.html import Content, Html, tag
from cartoonize.report.page import Section, facts, render_page
from cartoonize.report.tables import table


@dataclass(frozen=True)
class MethodRatings:
    """People's answers about one method."""

    method: str
    n_answers: int
    n_people: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    """95% interval of the mean."""
    counts: Sequence[int]
    """Rating: number of answers with each mark from 0 to 10. Real-or-fake: number of people by the share of
    their answers that were wrong, in tenths."""


def rating_results_page(
    methods: Sequence[MethodRatings], *, mode: str, about: Sequence[tuple[str, str]], control: str
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    methods : sequence of MethodRatings
        Methods in the order in which the page shows them.
    mode : {"rating", "real-or-fake"}
    about : sequence of (name, value)
        Facts for the head of the page.
    control : str
        Name of the controls among the methods.
    """
    quiz = mode == "real-or-fake"
    if quiz:
        title = "Taken for the original"
        lead = (
            "How often people took a coloured picture for the original beside it, after a short look. At 50%,"
            " people see no difference."
        )
        scale = Axis("share of a person's answers", -0.1, 1.1, percent=True)
        meaning = "pictures with wrong colours; a person who is fooled by many of them did not look"
        intro = "Number of people by the share of their answers that was wrong, and the share of all answers."
    else:
        title = "Marks"
        lead = "How people judged the colours, from 0 to 10, without knowing which method had made them."
        scale = Axis("mark", -1, 11)
        meaning = "the original's own colours, which no method is likely to beat"
        intro = "Number of answers with each mark, and the mean."
    notes: list[Content] = ["The 95% interval is the interval of the mean. "]
    if any(m.method == control for m in methods):
        notes += [tag("b", control), f": {meaning}."]
    charts = [_chart(m, scale, quiz) for m in methods]
    sections = [
        Section("methods", "Methods", _table(methods, quiz, control), notes),
        Section("spread", "Distribution of answers", tag("div", charts, class_="plots small"), intro),
    ]
    return render_page(title, lead, facts(about), sections)


def formatted(value: float | None, quiz: bool) -> str:
    """Return a mark, or a share in percent, as text; a dash if it is None."""
    return "–" if value is None else f"{value:.1%}" if quiz else f"{value:.2f}"


def _table(methods: Sequence[MethodRatings], quiz: bool, control: str) -> Html:
    names = ("method", "fooled" if quiz else "mean", "deviation", "95% interval", "answers", "people")
    rows = []
    for m in methods:
        interval = "–" if m.low is None else f"{formatted(m.low, quiz)} to {formatted(m.high, quiz)}"
        cells = (
            formatted(m.mean, quiz),
            formatted(m.deviation, quiz),
            interval,
            str(m.n_answers),
            str(m.n_people),
        )
        floor = "is-floor" if m.method == control else None
        rows.append(tag("tr", tag("th", m.method, scope="row"), [tag("td", c) for c in cells], class_=floor))
    heads = tag("tr", [tag("th", name, scope="col") for name in names])
    return table([heads], rows, "Methods")


def _chart(rated: MethodRatings, scale: Axis, quiz: bool) -> Html:
    step = 0.1 if quiz else 1.0
    top = 1.15 * max(2, *rated.counts)
    stairs = [((k + side) * step, float(n)) for k, n in enumerate(rated.counts) for side in (-0.5, 0.5)]
    stairs = [(stairs[0][0], 0.0), *stairs, (stairs[-1][0], 0.0)]
    lines = [
        Line("counts", "people" if quiz else "answers", stairs),
        Line("mean", "mean", [(rated.mean, 0), (rated.mean, top)], "c1 d1"),
    ]
    note = f"{'Share' if quiz else 'Mean'} {formatted(rated.mean, quiz)} (dashes)"
    if rated.low is not None and rated.high is not None:
        lines.append(
            Line("interval", "95% interval", [(rated.low, top * 0.95), (rated.high, top * 0.95)], "c1 strong")
        )
        note += f", 95% interval {formatted(rated.low, quiz)} to {formatted(rated.high, quiz)} (bar)"
    y = Axis("people" if quiz else "answers", 0, top)
    return line_chart(rated.method, lines, scale, y, options=ChartOptions(height=240), note=note)
