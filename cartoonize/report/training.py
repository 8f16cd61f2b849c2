"""Training curves, and the table of how each variant was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cartoonize.report.charts import Axis, ChartOptions, Line, line_chart, swatch
from cartoonize.report.html import Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import measure_of
from cartoonize.report.page import Section
from cartoonize.report.results import Result, networks
from cartoonize.report.tables import table

_SMALL = ChartOptions(width=380, height=240)
_N_POINTS = 150


@dataclass(frozen=True)
class TrainingCurve:
    """Losses and validation errors of one training."""

    name: str
    losses: Sequence[float]
    """One loss per update."""
    validations: Sequence[tuple[float, float, float]]
    """(update, minutes, ab error)."""
    discriminator: Sequence[float] = ()
    """The discriminator's losses, one per update; empty without a discriminator."""
    held_out: Sequence[tuple[float, float]] = ()
    """(update, loss on the validation episodes), if that is the loss which is trained."""


def training_section(
    curves: Sequence[TrainingCurve], results: Sequence[Result], legend: Legend
) -> Section | None:
    """Return the section with training losses and with the error on the validation episodes."""
    curves = [c for c in curves if c.losses]
    if not curves:
        return None
    styles = {r.base: legend.style(r) for r in networks(results)}
    styles = {c.name: styles.get(c.name, f"c{i % 12}") for i, c in enumerate(curves)}
    validated = [c for c in curves if len(c.validations) > 1]
    charts = [_validation_chart(validated, styles)] if validated else []
    for curve in curves:
        charts.append(_loss_chart(curve, styles[curve.name]))
        charts += [_discriminator_chart(curve, styles[curve.name])] if curve.discriminator else []
    intro = (
        "Each loss is a mean over neighbouring updates, and each variant's loss has its own scale. The dashed"
        " line is the same loss on the validation episodes (for networks that also classify, without the loss"
        " of the classes). In adversarial training, the discriminator has a chart of its own."
    )
    switches = _switches(validated, styles) if validated else None
    return Section("training", "Training", [switches, tag("div", charts, class_="plots small")], intro)


def _validation_chart(curves: Sequence[TrainingCurve], styles: Mapping[str, str]) -> Html:
    lines = [
        Line(f"t{i}", c.name, [(minutes, error) for _, minutes, error in c.validations], styles[c.name])
        for i, c in enumerate(curves)
    ]
    last = max(x for line in lines for x, _ in line.points)
    top = max(y for line in lines for _, y in line.points)
    low = min(y for line in lines for _, y in line.points)
    x = Axis("minutes", 0, last or 1)
    y = Axis("mean distance in ab", max(0.0, low - 0.1 * (top - low)), top)
    return line_chart("Error on the validation episodes", lines, x, y, options=_SMALL)


def _switches(curves: Sequence[TrainingCurve], styles: Mapping[str, str]) -> Html:
    labels = [
        tag("label", tag("input", type="checkbox", checked=True, data_series=f"t{i}", autocomplete="off"),
            swatch(styles[c.name]), tag("span", c.name))
        for i, c in enumerate(curves)
    ]  # fmt: skip
    return tag(
        "fieldset", tag("legend", "Validation"), tag("div", labels, class_="switches"), class_="legend"
    )


def _loss_chart(curve: TrainingCurve, style: str) -> Html:
    means = _means(curve.losses)
    note = f"{len(curve.losses)} updates; last loss {means[-1][1]:.3g}"
    if curve.validations:
        note += f", last validation error {curve.validations[-1][2]:.2f}"
    lines = [Line("loss", f"{curve.name}, loss", means, style)]
    if len(curve.held_out) > 1:
        lines.append(Line("held-out", f"{curve.name}, validation loss", curve.held_out, f"{style} d1"))
    return _by_update(f"{curve.name}: training loss", lines, len(curve.losses), note)


def _discriminator_chart(curve: TrainingCurve, style: str) -> Html:
    means = _means(curve.discriminator)
    note = f"last loss {means[-1][1]:.3g}"
    line = Line("discriminator", f"{curve.name}, discriminator's loss", means, style)
    return _by_update(f"{curve.name}: the discriminator's loss", [line], len(curve.discriminator), note)


def _means(losses: Sequence[float]) -> list[tuple[float, float]]:
    """Return (update, mean loss) for runs of neighbouring updates."""
    run = max(1, len(losses) // _N_POINTS)
    runs = [losses[k : k + run] for k in range(0, len(losses), run)]
    return [(k * run + run / 2, sum(part) / len(part)) for k, part in enumerate(runs)]


def _by_update(title: str, lines: Sequence[Line], n_updates: int, note: str) -> Html:
    values = [y for line in lines for _, y in line.points]
    low, high = min(0.0, *values), max(0.0, *values)
    x, y = Axis("update", 0, n_updates), Axis("loss", low, high if high > low else low + 1)
    return line_chart(title, lines, x, y, options=_SMALL, note=note)


def training_table(headers: Sequence[Mapping[str, Any]]) -> Html | None:
    """Return the table of how each variant was trained, from the headers of checkpoints."""
    if not headers:
        return None
    titles = ("variant", "parameters", "width", "minutes", "updates", "batch", "seed", "input", "options")
    heads = [tag("th", title, scope="col") for title in (*titles, "validation error, ab")]
    rows = []
    for header in headers:
        name = str(header.get("name", header.get("variant", "")))
        cells = [tag("td", cell) for cell in _settings(header)]
        rows.append(tag("tr", tag("th", name, scope="row"), cells))
    return table([tag("tr", heads)], rows, "Trainings")


def _settings(header: Mapping[str, Any]) -> list[str]:
    settings, validation = header.get("settings") or {}, header.get("validation") or {}
    learned = bool(header.get("updates"))
    accumulated = settings.get("accumulate")
    batch = str(settings.get("batch_size", "–"))
    batch += f" × {accumulated}" if accumulated not in (None, 1) else ""
    luminance = str(header.get("luminance", "–"))
    inputs = {"grey": "L of the black-and-white picture", "cielab": "L of the coloured picture"}
    return [
        f"{header.get('parameters', 0):,}",
        f"{header.get('width', 1):g}" if learned else "–",
        f"{header.get('seconds', 0) / 60:.1f}",
        f"{header.get('updates', 0):,}" if learned else "–",
        batch if learned else "–",
        str(settings.get("seed", "–")) if learned else "–",
        inputs.get(luminance, luminance),
        _options(header),
        measure_of("ciede2000").format(validation.get("ab_error")),
    ]


def _options(header: Mapping[str, Any]) -> str:
    """Return the options of a variant that differ from their defaults, and the source of its encoder."""
    parts = [f"{name} = {value}" for name, value in (header.get("changes") or {}).items()]
    encoder = header.get("encoder")
    if encoder:
        parts.append("RANDOM ENCODER" if encoder == "random" else f"encoder: {encoder.get('file')}")
    return ", ".join(parts) or "–"
