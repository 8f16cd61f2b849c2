"""Line charts as SVG: numbered axes, and lines that a script can show and hide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.html import Html, tag

Point = tuple[float, float]
#: Charts that are wider than this, in pixels, take the whole width of the page.
_WIDE = 700


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    key: str
    """Identifier that the chart's switches use; safe in HTML."""
    label: str
    points: Sequence[Point]
    """(x, y) from left to right. The line breaks where y is NaN."""
    style: str = "c0"
    """Classes of the stylesheet: ``c0`` to ``c11`` are colours, ``d1`` to ``d3`` are dashes."""
    shown: bool = True


@dataclass(frozen=True)
class Axis:
    """One axis of a chart."""

    title: str
    low: float
    high: float
    percent: bool = False

    def ticks(self, n: int) -> list[float]:
        """Return about ``n`` round numbers within the axis."""
        scale = 100 if self.percent else 1
        return [t / scale for t in round_numbers(self.low * scale, self.high * scale, n)]

    def format(self, value: float, step: float) -> str:
        """Return a tick's value as text, with as many digits as the step between ticks needs."""
        scale = 100 if self.percent else 1
        digits = max(0, -math.floor(math.log10(step * scale) + 1e-9)) if step > 0 else 0
        return f"{value * scale:.{digits}f}".replace("-", "−") + ("%" if self.percent else "")


@dataclass(frozen=True)
class ChartOptions:
    """Size and extra lines of a chart."""

    width: int = 460
    height: int = 300
    """In units of the drawing, which are pixels at scale 1."""
    cuts: Sequence[float] = ()
    """x values at which to draw vertical lines, such as shot boundaries."""
    zero: bool = False
    """Emphasise the line y = 0."""


def round_numbers(low: float, high: float, n: int) -> list[float]:
    """Return about ``n`` multiples of 1, 2 or 5 times a power of ten within a range."""
    if not high > low:
        return [low]
    raw = (high - low) / max(1, n)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def line_chart(
    title: str,
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    options: ChartOptions = ChartOptions(),
    note: str = "",
) -> Html:
    """Return a figure with a line chart.

    Parameters
    ----------
    title : str
        Caption above the chart; also its accessible name.
    lines : sequence of Line
        Lines to draw. Points outside the axes are clipped.
    x, y : Axis
    options : ChartOptions
    note : str
        Text below the chart.
    """
    svg = draw_chart(title, lines, x, y, options)
    wide = " wide" if options.width > _WIDE else ""
    return tag(
        "figure",
        tag("figcaption", tag("b", title)) if title else None,
        tag("div", svg, class_="canvas"),
        tag("p", note, class_="note") if note else None,
        class_=f"plot{wide}",
    )


def draw_chart(title: str, lines: Sequence[Line], x: Axis, y: Axis, options: ChartOptions) -> Html:
    """Return a line chart as SVG. Its classes are styled by ``style.css``; see `line_chart`."""
    left, top, right, bottom = 58, 10, 14, 42
    across, down = options.width - left - right, options.height - top - bottom
    area = _PlotArea(x, y, left, top, across, down)
    parts = [*_horizontal_grid(area, options.zero), *_vertical_grid(area), *_cuts(area, options.cuts)]
    parts.append(tag("text", x.title, class_="axis middle", x=left + across / 2, y=options.height - 6))
    turned = f"translate(13 {top + down / 2:.0f}) rotate(-90)"
    parts.append(tag("text", y.title, class_="axis middle", transform=turned))
    clip = tag("svg", _paths(lines, area), x=left, y=top, width=across, height=down)
    return tag(
        "svg",
        parts,
        clip,
        class_="chart",
        viewBox=f"0 0 {options.width} {options.height}",
        role="img",
        aria_label=f"{title}: {y.title} over {x.title}",
        data_plot=f"{left} {top} {across} {down}",
        data_x=f"{x.low} {x.high}{' %' if x.percent else ''}",
        data_y=f"{y.low} {y.high}{' %' if y.percent else ''}",
    )


@dataclass(frozen=True)
class _PlotArea:
    """The rectangle between the axes, in units of the drawing."""

    x: Axis
    y: Axis
    left: int
    top: int
    across: int
    down: int

    def at(self, point: Point) -> Point:
        """Return where a point lies in the drawing."""
        x_span, y_span = (self.x.high - self.x.low) or 1.0, (self.y.high - self.y.low) or 1.0
        u = self.left + (point[0] - self.x.low) / x_span * self.across
        return u, self.top + (self.y.high - point[1]) / y_span * self.down


def _horizontal_grid(area: _PlotArea, zero: bool) -> list[Html]:
    ticks = area.y.ticks(max(3, area.down // 40))
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    parts = []
    for tick in ticks:
        _, v = area.at((area.x.low, tick))
        strong = " zero" if zero and tick == 0 else ""
        right = area.left + area.across
        parts.append(tag("line", class_=f"grid{strong}", x1=area.left, x2=right, y1=_n(v), y2=_n(v)))
        label = area.y.format(tick, step)
        parts.append(tag("text", label, class_="tick end", x=area.left - 7, y=_n(v + 4)))
    return parts


def _vertical_grid(area: _PlotArea) -> list[Html]:
    ticks = area.x.ticks(area.across // 64)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    parts = []
    for tick in ticks:
        parts.append(_vertical_line(area, tick, "grid"))
        u, _ = area.at((tick, area.y.low))
        below = area.top + area.down + 16
        parts.append(tag("text", area.x.format(tick, step), class_="tick middle", x=_n(u), y=below))
    return parts


def _cuts(area: _PlotArea, cuts: Sequence[float]) -> list[Html]:
    return [_vertical_line(area, cut, "cut") for cut in cuts]


def _vertical_line(area: _PlotArea, x: float, class_: str) -> Html:
    u, _ = area.at((x, area.y.low))
    return tag("line", class_=class_, x1=_n(u), x2=_n(u), y1=area.top, y2=area.top + area.down)


def _paths(lines: Sequence[Line], area: _PlotArea) -> list[Html]:
    drawn = []
    for line in lines:
        pieces = []
        for piece in _unbroken(line.points):
            spots = [area.at(point) for point in piece]
            pieces.append("M" + " ".join(f"{_n(u - area.left)} {_n(v - area.top)}" for u, v in spots))
        if pieces:
            name = tag("title", line.label)
            path = " ".join(pieces)
            look = f"line {line.style}"
            drawn.append(tag("path", name, class_=look, d=path, data_series=line.key, hidden=not line.shown))
    return drawn


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    """Split a line at points whose y is NaN."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if math.isnan(point[1]):
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def swatch(style: str) -> Html:
    """Return a short sample of a line, to stand beside its name."""
    line = tag("line", class_=f"line {style}", x1=1, x2=25, y1=6, y2=6)
    return tag("svg", line, class_="swatch", width=26, height=12, viewBox="0 0 26 12", aria_hidden="true")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
