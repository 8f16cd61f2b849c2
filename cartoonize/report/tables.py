"""The page's tables: scores, failures, times, prints, trials, shots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cartoonize.report.html import Content, Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import FAILURES, Measure, is_number, measure_of, measures_in
from cartoonize.report.page import Section
from cartoonize.report.results import GROUPS, Result

_ARROWS = {"less": "↓", "more": "↑", "one": "→1", "unknown": ""}
_WAYS = {
    "less": "less is better",
    "more": "more is better",
    "one": "the nearer to 1 the better",
    "unknown": "",
}
_BADGES = {"network": "network", "ensemble": "ensemble", "rival": "rival", "floor": "floor", "other": ""}


def score_section(results: Sequence[Result], legend: Legend) -> Section | None:
    """Table 8.1: every result with all its scores, sorted by mean error, sortable by any."""
    measures = measures_in(r.scores for r in results)
    if not results or not measures:
        return None
    marked = {m.key: _best(results, m) for m in measures}
    kinds = any(r.group != "other" for r in results)
    heads = [_head("result")]
    heads += [_head("kind", left=True), _head("fill", left=True)] if kinds else []
    heads += [_head(m.title, f"{m.meaning} ({_WAYS[m.better]})", _ARROWS[m.better], m.unit) for m in measures]
    rows = []
    for result in sorted(results, key=lambda r: (r.score("ciede2000"), r.name)):
        cells: list[Html] = []
        if kinds:
            fill = "–" if result.refinement == "none" else result.refinement
            cells = [tag("td", tag("span", _BADGES[result.group], class_="badge"), class_="left"),
                     tag("td", fill, class_="left quiet")]  # fmt: skip
        for m in measures:
            value = result.scores.get(m.key)
            floor = result.group == "floor"
            best = value is not None and value == marked[m.key]
            beaten = floor and is_number(value) and _beats(m, value, marked[m.key])
            look = "best" if best and not floor else "beaten" if beaten else None
            cells.append(_number(m, value, look))
        name = tag("th", legend.swatch(result), " ", result.name, scope="row")
        rows.append(tag("tr", name, cells, class_=f"is-{result.group}"))
    table = _table([tag("tr", heads)], rows, "Scores of all results", sortable=True)
    n_frames = {r.scores.get("n_frames") for r in results}
    counted = f"all {n_frames.pop()} frames" if len(n_frames) == 1 and n_frames != {None} else "all frames"
    intro: list[Content] = [f"Means over {counted}, result and original both at 256×256. "]
    if any(r.group == "floor" for r in results):
        intro += [tag("b", "Bold on green"), " is the best of a column, floors left out; "]
        intro += [tag("span", "underlined in red", class_="beaten"), " is a floor that beats all methods."]
    elif len(results) > 1:
        intro += [tag("b", "Bold on green"), " is the best of a column."]
    intro.append(" ↓ less is better, ↑ more is better, →1 as near to 1 as can be. A click on a column sorts.")
    return Section("scores", "Scores", [table, _definitions(measures)], intro, "table 8.1" if kinds else "")


def _best(results: Sequence[Result], measure: Measure) -> float | None:
    values = [
        r.scores[measure.key] for r in results if r.group != "floor" and is_number(r.scores.get(measure.key))
    ]
    if measure.better == "unknown" or len(values) < 2:
        return None
    return min(values, key=measure.badness)


def _beats(measure: Measure, value: float, best: float | None) -> bool:
    return best is not None and measure.badness(value) < measure.badness(best)


def _head(
    title: str, meaning: str | None = None, arrow: str = "", unit: str = "", *, left: bool = False
) -> Html:
    way = tag("span", arrow, class_="way") if arrow else None
    name = f"{title}, {unit}" if unit else title
    button = tag("button", name, way, type="button", title=meaning)
    return tag("th", button, scope="col", class_="left" if left else None)


def _number(measure: Measure, value: Any, look: str | None = None) -> Html:
    return tag("td", measure.written(value), class_=look, data_v=value if is_number(value) else "")


def _definitions(measures: Sequence[Measure]) -> Html:
    pairs = [
        tag(
            "div", tag("dt", m.title, " ", tag("span", _ARROWS[m.better], class_="way")), tag("dd", m.meaning)
        )
        for m in measures
        if m.meaning
    ]
    return tag("details", tag("summary", "What the scores mean"), tag("dl", pairs, class_="meanings"))


def _table(head: Sequence[Html], rows: Sequence[Html], label: str, *, sortable: bool = False) -> Html:
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="sortable" if sortable else None)
    return tag("div", table, class_="scroll", role="region", aria_label=label, tabindex="0")


def failure_table(results: Sequence[Result], legend: Legend) -> Html | None:
    """Return one number for each failure form and each method, the worse the redder."""
    measures = [measure_of(key) for key, _ in FAILURES if any(is_number(r.scores.get(key)) for r in results)]
    if not measures:
        return None
    heads = [_head("method")]
    heads += [_head(m.title, f"{m.meaning} ({_WAYS[m.better]})", _ARROWS[m.better]) for m in measures]
    ranges = {}
    for m in measures:
        bad = [
            m.badness(r.scores[m.key])
            for r in results
            if is_number(r.scores.get(m.key)) and r.group != "floor"
        ]
        ranges[m.key] = (min(bad, default=0.0), max(bad, default=1.0))
    rows = []
    for r in sorted(results, key=lambda r: (list(GROUPS).index(r.group), r.score("ciede2000"))):
        cells = []
        for m in measures:
            value, (low, high) = r.scores.get(m.key), ranges[m.key]
            place = (m.badness(value) - low) / ((high - low) or 1) if is_number(value) else 0.0
            cells.append(_number(m, value, heat(place) if is_number(value) else None))
        rows.append(
            tag("tr", tag("th", legend.swatch(r), " ", r.name, scope="row"), cells, class_=f"is-{r.group}")
        )
    return _table([tag("tr", heads)], rows, "Failure forms by method", sortable=True)


def heat(place: float) -> str:
    """Return the class of a cell's tint: 0 (none) to 1 (strong red); below 0 green."""
    if place < 0:
        return f"good{min(5, round(-place * 5))}"
    return f"heat{min(5, round(place * 5))}"


def times_section(times: Any) -> Section | None:
    """Seconds for one picture, by method and refinement."""
    rows = times.get("rows", []) if isinstance(times, dict) else times
    if not rows:
        return None
    refinements = list(dict.fromkeys(name for row in rows for name in row.get("refinements") or {}))
    top = max((float(row["seconds_per_image"]) for row in rows), default=1.0) or 1.0
    heads = [_head("method"), _head("seconds per image"), tag("th", "", scope="col", class_="bars")]
    heads += [_head(f"{name} alone, s") for name in refinements]
    body = []
    for row in sorted(rows, key=lambda row: row["seconds_per_image"]):
        seconds = float(row["seconds_per_image"])
        bar = tag("svg", tag("rect", x=0, y=2, width=round(160 * seconds / top, 1), height=10, class_="bar"),
                  width=160, height=14, viewBox="0 0 160 14", aria_hidden="true")  # fmt: skip
        cells = [tag("td", _seconds(seconds), data_v=seconds), tag("td", bar, class_="bars")]
        for name in refinements:
            value = (row.get("refinements") or {}).get(name)
            cells.append(tag("td", _seconds(value), data_v=value if is_number(value) else ""))
        body.append(tag("tr", tag("th", str(row["variant"]), scope="row"), cells))
    hardware = times.get("hardware") if isinstance(times, dict) else None
    n_images = times.get("n_images") if isinstance(times, dict) else None
    measured = f" (median of {n_images} frames)" if n_images else ""
    intro = f"One 256×256 frame at a time{measured}, reading and writing of the film left out."
    if hardware:
        intro += f" Measured on {hardware}."
    intro += " The thesis had 0.074 s on a GPU for its networks, and 35 s for Welsh."
    return Section("times", "Time per image", _table([tag("tr", heads)], body, "Times", sortable=True), intro)


def _seconds(value: Any) -> str:
    return f"{value:.3f}" if is_number(value) else "–"


def prints_tables(prints: Mapping[str, Any]) -> list[Html]:
    """Return, for each score, what every method loses under every print."""
    names = [str(p["name"]) for p in prints["prints"]]
    described = {str(p["name"]): str(p.get("described", "")) for p in prints["prints"]}
    tables = []
    for key in dict.fromkeys(k for row in prints["rows"] for k in row["own"]):
        m = measure_of(key)
        sign = -1 if m.better == "more" else 1
        heads = [_head("method"), _head("own grey", f"{m.title} on the grey that it was trained for")]
        heads += [_head(name, described[name]) for name in names]
        changes = [_change(row, name, key) for row in prints["rows"] for name in names]
        top = max((abs(c) for c in changes if c is not None), default=1.0) or 1.0
        rows = []
        for row in prints["rows"]:
            cells = [_number(m, row["own"].get(key))]
            for name in names:
                cells.append(_tinted(m, _change(row, name, key), top, sign))
            rows.append(tag("tr", tag("th", str(row["method"]), scope="row"), cells))
        way = _WAYS[m.better]
        title = tag(
            "h3",
            f"{m.title}{', %' if m.percent else ''}: change from the own grey to each print ",
            tag("small", way),
        )
        tables += [title, _table([tag("tr", heads)], rows, f"Prints, {m.title}", sortable=True)]
    return tables


def _change(row: Mapping[str, Any], name: str, key: str) -> float | None:
    value = (row["loss"].get(name) or {}).get(key)
    return float(value) if is_number(value) else None


def _tinted(measure: Measure, value: float | None, top: float, sign: int = 1) -> Html:
    look = heat(sign * value / top) if value is not None else None
    written = measure.written(value, signed=True)
    return tag("td", written, class_=look, data_v=value if value is not None else "")


def trials_tables(trials: Mapping[str, Any]) -> list[Html]:
    """Return how much the colour of a drawn object changes in every trial, and how wrong it is at first."""
    known = (("change", "Change of the object's colour"), ("error", "Error of its first colour"))
    tables = []
    for key, title in known:
        if any(row.get(key) for row in trials["rows"]):
            tables += [
                tag("h3", title, " ", tag("small", "less is better")),
                _trials_table(trials, key, title),
            ]
    return tables


def _trials_table(trials: Mapping[str, Any], key: str, title: str) -> Html:
    names = [str(name) for name in trials["trials"]]
    found = {
        (i, name): (row.get(key) or {}).get(name) for i, row in enumerate(trials["rows"]) for name in names
    }
    top = max((v for v in found.values() if is_number(v)), default=1.0) or 1.0
    m = Measure(key, title, "less", "")
    rows = []
    for i, row in enumerate(trials["rows"]):
        values = [found[i, name] for name in names]
        cells = [_number(m, v, heat(v / top) if is_number(v) else None) for v in values]
        rows.append(tag("tr", tag("th", str(row["method"]), scope="row"), cells))
    heads = [_head("method"), *(_head(name) for name in names)]
    return _table([tag("tr", heads)], rows, title, sortable=True)


def shot_section(results: Sequence[Result], frame_rate: float) -> Section | None:
    """Every shot's error, one column a result."""
    shots = {s["shot"]: s for r in results for s in r.shots}
    measured = [r for r in results if r.shots]
    if not shots or not measured:
        return None
    m = measure_of("ciede2000")
    values = {(r.name, s["shot"]): s.get(m.key) for r in measured for s in r.shots}
    top = max((v for v in values.values() if is_number(v)), default=1.0) or 1.0
    pair = len(measured) == 2
    heads = [_head("shot"), _head("begins"), _head("frames"), *(_head(r.name) for r in measured)]
    heads += [_head("difference", "first minus second: above 0 the second is better")] if pair else []
    rows = []
    for number, shot in sorted(shots.items()):
        start, stop = int(shot["start"]), int(shot["stop"])
        cells = [
            tag("td", clock(start / frame_rate), data_v=start),
            tag("td", str(stop - start), data_v=stop - start),
        ]
        own = [values.get((r.name, number)) for r in measured]
        cells += [_number(m, v, heat(v / top) if is_number(v) else None) for v in own]
        if pair:
            both = is_number(own[0]) and is_number(own[1])
            difference = own[0] - own[1] if both else None  # type: ignore[operator]
            cells.append(_tinted(m, difference, top / 3, -1))
        rows.append(tag("tr", tag("th", str(number), scope="row", data_v=number), cells))
    intro = f"{m.title} of every shot; the redder the worse."
    return Section("shots", "Shot by shot", _table([tag("tr", heads)], rows, "Shots", sortable=True), intro)


def holes_list(holes: Sequence[tuple[str, str]]) -> Html | None:
    """Return what of damaged films is missing."""
    if not holes:
        return None
    items = [tag("li", tag("b", film), f" {what}") for film, what in holes]
    return tag("details", tag("summary", f"Holes: what of damaged films is missing ({len(holes)})"),
        tag("ul", items), open=True)  # fmt: skip


def training_table(headers: Sequence[Mapping[str, Any]]) -> Html | None:
    """Return how every variant was trained, from its checkpoint's own words."""
    if not headers:
        return None
    titles = ("variant", "parameters", "width", "minutes", "updates", "batch", "seed", "looks at", "options")
    heads = [tag("th", title, scope="col") for title in (*titles, "validation error, ab")]
    rows = []
    for header in headers:
        name = str(header.get("name", header.get("variant", "")))
        cells = [tag("td", cell) for cell in _training(header)]
        rows.append(tag("tr", tag("th", name, scope="row"), cells))
    return _table([tag("tr", heads)], rows, "Trainings")


def _training(header: Mapping[str, Any]) -> list[str]:
    settings, validation = header.get("settings") or {}, header.get("validation") or {}
    learned = bool(header.get("updates"))
    gathered = settings.get("accumulate")
    batch = str(settings.get("batch_size", "–")) + (f" × {gathered}" if gathered not in (None, 1) else "")
    seen = {"grey": "the grey picture", "cielab": "L of the coloured one"}
    looks_at = str(header.get("luminance", "–"))
    return [
        f"{header.get('parameters', 0):,}",
        f"{header.get('width', 1):g}" if learned else "–",
        f"{header.get('seconds', 0) / 60:.1f}",
        f"{header.get('updates', 0):,}" if learned else "–",
        batch if learned else "–",
        str(settings.get("seed", "–")) if learned else "–",
        seen.get(looks_at, looks_at),
        _options(header),
        measure_of("ciede2000").written(validation.get("ab_error")),
    ]


def _options(header: Mapping[str, Any]) -> str:
    """Say what of a variant was changed, and with what its encoder began."""
    said = [f"{name} = {value}" for name, value in (header.get("changes") or {}).items()]
    encoder = header.get("encoder")
    if encoder:
        said.append("RANDOM ENCODER" if encoder == "random" else f"encoder: {encoder.get('file')}")
    return ", ".join(said) or "–"


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
