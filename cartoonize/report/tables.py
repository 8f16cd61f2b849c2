"""Building blocks of tables: heads, cells, tints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cartoonize.report.html import Html, tag
from cartoonize.report.measures import Measure, is_number

ARROWS = {"lower": "↓", "higher": "↑", "one": "→1", "unknown": ""}
DIRECTIONS = {
    "lower": "lower is better",
    "higher": "higher is better",
    "one": "closer to 1 is better",
    "unknown": "",
}


def table(head: Sequence[Html], rows: Sequence[Html], label: str, *, sortable: bool = False) -> Html:
    """Return a table in a container that scrolls sideways.

    Parameters
    ----------
    head, rows : sequence of Html
        Rows (``tr``) of the head and of the body.
    label : str
        Accessible name.
    sortable : bool
        Sort by a column when its head is clicked. Heads come from `head_cell`.
    """
    content = tag("table", tag("thead", head), tag("tbody", rows), class_="sortable" if sortable else None)
    return tag("div", content, class_="scroll", role="region", aria_label=label, tabindex="0")


def head_cell(
    title: str, meaning: str | None = None, arrow: str = "", unit: str = "", *, left: bool = False
) -> Html:
    """Return the head of a sortable column. ``meaning`` is its tooltip."""
    direction = tag("span", arrow, class_="way") if arrow else None
    name = f"{title}, {unit}" if unit else title
    button = tag("button", name, direction, type="button", title=meaning)
    return tag("th", button, scope="col", class_="left" if left else None)


def measure_cell(measure: Measure) -> Html:
    """Return the head of a column with a score."""
    meaning = f"{measure.meaning} ({DIRECTIONS[measure.better]})"
    return head_cell(measure.title, meaning, ARROWS[measure.better], measure.unit)


def number_cell(measure: Measure, value: Any, look: str | None = None) -> Html:
    """Return a cell with a score. ``look`` is its CSS class."""
    return tag("td", measure.format(value), class_=look, data_v=value if is_number(value) else "")


def heat_cell(measure: Measure, value: Any, top: float) -> Html:
    """Return a cell that is the redder, the closer its value is to ``top``."""
    return number_cell(measure, value, heat(value / top) if is_number(value) else None)


def change_cell(measure: Measure, value: float | None, top: float, sign: int = 1) -> Html:
    """Return a cell with a signed change: red if ``sign * value`` is positive, green if negative."""
    look = heat(sign * value / top) if value is not None else None
    shown = measure.format(value, signed=True)
    return tag("td", shown, class_=look, data_v=value if value is not None else "")


def heat(place: float) -> str:
    """Return the CSS class of a tint: from 0 (none) to 1 (strong red); negative values are green."""
    if place < 0:
        return f"good{min(5, round(-place * 5))}"
    return f"heat{min(5, round(place * 5))}"


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
