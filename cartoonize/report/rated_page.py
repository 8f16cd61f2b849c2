"""The page of what people said: a table of the methods, and how their marks are spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.charts import Axis, Line, line_chart
from cartoonize.report.html import Content, Html, tag
from cartoonize.report.page import Section, facts, render_page


@dataclass(frozen=True)
class Rated:
    """What people said of one method."""

    method: str
    n_answers: int
    n_people: int
    mean: float
    deviation: float | None
    low: float | None
    high: float | None
    """Ends of the 95 % interval of the mean."""
    counts: Sequence[int]
    """Answers with each mark from 0 to 10, or people by their own share, in tenths."""


def rated_page(methods: Sequence[Rated], *, mode: str, about: Sequence[tuple[str, str]], control: str) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    methods : sequence of Rated
        In the order in which they are shown.
    mode : {"rating", "real-or-fake"}
    about : sequence of (name, value)
        Facts for the head.
    control : str
        What the row of the controls is called.
    """
    quiz = mode == "real-or-fake"
    if quiz:
        title = "Taken for the real one"
        lead = (
            "How often people took a coloured picture for the original beside it, after a short look. At 50%"
            " nobody sees a difference."
        )
        scale = Axis("share of a person's answers", -0.1, 1.1, percent=True)
        meant = "pictures with wrong colours: who is fooled by many of them did not look"
        intro = "Of how many people which share of answers was wrong, with the share of all answers."
    else:
        title = "Marks"
        lead = "How good people found the colours, from 0 to 10, without knowing what had made them."
        scale = Axis("mark", -1, 11)
        meant = "the original's own colours, which nobody is likely to beat"
        intro = "How often each mark was given, with the mean."
    known: list[Content] = ["The 95% interval is that of the mean. "]
    if any(m.method == control for m in methods):
        known += [tag("b", control), f": {meant}."]
    charts = [_chart(m, scale, quiz) for m in methods]
    sections = [
        Section("methods", "Methods", _table(methods, quiz, control), known),
        Section("spread", "How they are spread", tag("div", charts, class_="plots small"), intro),
    ]
    return render_page(title, lead, facts(about), sections)


def written(value: float | None, quiz: bool) -> str:
    """Return a mark, or a share in percent, as text; a dash for none."""
    return "–" if value is None else f"{value:.1%}" if quiz else f"{value:.2f}"


def _table(methods: Sequence[Rated], quiz: bool, control: str) -> Html:
    names = ("method", "fooled" if quiz else "mean", "deviation", "95% interval", "answers", "people")
    rows = []
    for m in methods:
        interval = "–" if m.low is None else f"{written(m.low, quiz)} to {written(m.high, quiz)}"
        cells = (
            written(m.mean, quiz),
            written(m.deviation, quiz),
            interval,
            str(m.n_answers),
            str(m.n_people),
        )
        floor = "is-floor" if m.method == control else None
        rows.append(tag("tr", tag("th", m.method, scope="row"), [tag("td", c) for c in cells], class_=floor))
    heads = tag("tr", [tag("th", name, scope="col") for name in names])
    table = tag("table", tag("thead", heads), tag("tbody", rows))
    return tag("div", table, class_="scroll", role="region", aria_label="Methods", tabindex="0")


def _chart(rated: Rated, scale: Axis, quiz: bool) -> Html:
    step = 0.1 if quiz else 1.0
    top = 1.15 * max(2, *rated.counts)
    stairs = [((k + side) * step, float(n)) for k, n in enumerate(rated.counts) for side in (-0.5, 0.5)]
    stairs = [(stairs[0][0], 0.0), *stairs, (stairs[-1][0], 0.0)]
    lines = [
        Line("counts", "people" if quiz else "answers", stairs),
        Line("mean", "mean", [(rated.mean, 0), (rated.mean, top)], "c1 d1"),
    ]
    note = f"{'Share' if quiz else 'Mean'} {written(rated.mean, quiz)} (dashes)"
    if rated.low is not None and rated.high is not None:
        lines.append(
            Line("interval", "95% interval", [(rated.low, top * 0.95), (rated.high, top * 0.95)], "c1 strong")
        )
        note += f", 95% interval {written(rated.low, quiz)} to {written(rated.high, quiz)} (bar)"
    y = Axis("people" if quiz else "answers", 0, top)
    return line_chart(rated.method, lines, scale, y, height=240, note=note)
