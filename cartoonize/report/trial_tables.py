"""Tables of measurements on single pictures: time per image, other prints, drawn trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cartoonize.report.html import Html, tag
from cartoonize.report.measures import Measure, is_number, measure_of
from cartoonize.report.page import Section
from cartoonize.report.tables import DIRECTIONS, change_cell, head_cell, heat_cell, number_cell, table


def times_section(times: Any) -> Section | None:
    """Return the section with the seconds for one picture, by method and refinement."""
    rows = times.get("rows", []) if isinstance(times, dict) else times
    if not rows:
        return None
    refinements = list(dict.fromkeys(name for row in rows for name in row.get("refinements") or {}))
    top = max((float(row["seconds_per_image"]) for row in rows), default=1.0) or 1.0
    heads = [head_cell("method"), head_cell("seconds per image"), tag("th", "", scope="col", class_="bars")]
    heads += [head_cell(f"{name} alone, s") for name in refinements]
    ordered = sorted(rows, key=lambda row: row["seconds_per_image"])
    body = [_time_row(row, refinements, top) for row in ordered]
    content = table([tag("tr", heads)], body, "Times", sortable=True)
    return Section("times", "Time per image", content, _times_intro(times))


def _time_row(row: Mapping[str, Any], refinements: Sequence[str], top: float) -> Html:
    seconds = float(row["seconds_per_image"])
    bar = tag("svg", tag("rect", x=0, y=2, width=round(160 * seconds / top, 1), height=10, class_="bar"),
              width=160, height=14, viewBox="0 0 160 14", aria_hidden="true")  # fmt: skip
    cells = [tag("td", _seconds(seconds), data_v=seconds), tag("td", bar, class_="bars")]
    for name in refinements:
        value = (row.get("refinements") or {}).get(name)
        cells.append(tag("td", _seconds(value), data_v=value if is_number(value) else ""))
    return tag("tr", tag("th", str(row["variant"]), scope="row"), cells)


def _times_intro(times: Any) -> str:
    hardware = times.get("hardware") if isinstance(times, dict) else None
    n_images = times.get("n_images") if isinstance(times, dict) else None
    median = f" (median of {n_images} frames)" if n_images else ""
    intro = f"One 256×256 frame at a time{median}, without reading and writing the film."
    if hardware:
        intro += f" Measured on {hardware}."
    return f"{intro} The thesis reports 0.074 s on a GPU for its networks, and 35 s for Welsh."


def _seconds(value: Any) -> str:
    return f"{value:.3f}" if is_number(value) else "–"


def prints_tables(prints: Mapping[str, Any]) -> list[Html]:
    """Return one table per score of what each method loses on each print."""
    names = [str(p["name"]) for p in prints["prints"]]
    described = {str(p["name"]): str(p.get("described", "")) for p in prints["prints"]}
    tables = []
    for key in dict.fromkeys(k for row in prints["rows"] for k in row["own"]):
        measure = measure_of(key)
        sign = -1 if measure.better == "higher" else 1
        heads = [head_cell("method")]
        heads.append(head_cell("own grey", f"{measure.title} on the grey for which the method was trained"))
        heads += [head_cell(name, described[name]) for name in names]
        changes = [_change(row, name, key) for row in prints["rows"] for name in names]
        top = max((abs(c) for c in changes if c is not None), default=1.0) or 1.0
        rows = []
        for row in prints["rows"]:
            cells = [number_cell(measure, row["own"].get(key))]
            cells += [change_cell(measure, _change(row, name, key), top, sign) for name in names]
            rows.append(tag("tr", tag("th", str(row["method"]), scope="row"), cells))
        title = tag(
            "h3",
            f"{measure.title}{', %' if measure.percent else ''}: change from the own grey to each print ",
            tag("small", DIRECTIONS[measure.better]),
        )
        tables += [title, table([tag("tr", heads)], rows, f"Prints, {measure.title}", sortable=True)]
    return tables


def _change(row: Mapping[str, Any], name: str, key: str) -> float | None:
    value = (row["loss"].get(name) or {}).get(key)
    return float(value) if is_number(value) else None


def trials_tables(trials: Mapping[str, Any]) -> list[Html]:
    """Return two tables of drawn trials: the change of the object's colour, and its error at first."""
    known = (("change", "Change of the object's colour"), ("error", "Error of its first colour"))
    tables = []
    for key, title in known:
        if any(row.get(key) for row in trials["rows"]):
            heading = tag("h3", title, " ", tag("small", "lower is better"))
            tables += [heading, _trials_table(trials, key, title)]
    return tables


def _trials_table(trials: Mapping[str, Any], key: str, title: str) -> Html:
    names = [str(name) for name in trials["trials"]]
    found = {
        (i, name): (row.get(key) or {}).get(name) for i, row in enumerate(trials["rows"]) for name in names
    }
    top = max((v for v in found.values() if is_number(v)), default=1.0) or 1.0
    measure = Measure(key, title, "lower", "")
    rows = []
    for i, row in enumerate(trials["rows"]):
        cells = [heat_cell(measure, found[i, name], top) for name in names]
        rows.append(tag("tr", tag("th", str(row["method"]), scope="row"), cells))
    heads = [head_cell("method"), *(head_cell(name) for name in names)]
    return table([tag("tr", heads)], rows, title, sortable=True)
