"""Line charts as SVG, drawn by hand: axes with numbers, lines that a script can switch on and off."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cartoonize.report.html import Html, tag

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    key: str
    """What the switches of the chart know it by; safe in HTML."""
    label: str
    points: Sequence[Point]
    """From left to right; the line is broken where y is NaN."""
    style: str = "c0"
    """Classes of the stylesheet: ``c0``.. a colour, ``d1``.. dashes."""
    shown: bool = True


@dataclass(frozen=True)
class Axis:
    """What runs along one side."""

    title: str
    low: float
    high: float
    percent: bool = False

    def ticks(self, n: int) -> list[float]:
        """Return about ``n`` round numbers within the axis."""
        scale = 100 if self.percent else 1
        return [t / scale for t in round_numbers(self.low * scale, self.high * scale, n)]

    def written(self, value: float, step: float) -> str:
        """Return a tick's number as text, with as many digits as steps of this size need."""
        scale = 100 if self.percent else 1
        digits = max(0, -math.floor(math.log10(step * scale) + 1e-9)) if step > 0 else 0
        return f"{value * scale:.{digits}f}".replace("-", "−") + ("%" if self.percent else "")


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
    width: int = 460,
    height: int = 300,
    cuts: Sequence[float] = (),
    zero: bool = False,
    note: str = "",
) -> Html:
    """Return a figure with lines over two axes.

    Parameters
    ----------
    title : str
        Above the chart; also what is read out.
    lines : sequence of Line
        Points outside the axes are cut off.
    x, y : Axis
    width, height : int
        Of the drawing in its own units, pixels when it is not scaled.
    cuts : sequence of float
        Where to draw upright lines: shot boundaries.
    zero : bool
        Draw y = 0 strongly.
    note : str
        Below the chart.
    """
    svg = drawing(title, lines, x, y, width=width, height=height, cuts=cuts, zero=zero)
    wide = " wide" if width > 700 else ""
    return tag(
        "figure",
        tag("figcaption", tag("b", title)) if title else None,
        tag("div", svg, class_="canvas"),
        tag("p", note, class_="note") if note else None,
        class_=f"plot{wide}",
    )


def drawing(
    title: str,
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    width: int,
    height: int,
    cuts: Sequence[float] = (),
    zero: bool = False,
) -> Html:
    """Return the SVG of `line_chart`, to whose stylesheet its classes belong."""
    left, top, right, bottom = 58, 10, 14, 42
    across, down = width - left - right, height - top - bottom
    x_span, y_span = (x.high - x.low) or 1.0, (y.high - y.low) or 1.0

    def at(point: Point) -> tuple[float, float]:
        return left + (point[0] - x.low) / x_span * across, top + (y.high - point[1]) / y_span * down

    x_ticks, y_ticks = x.ticks(across // 64), y.ticks(max(3, down // 40))
    x_step = x_ticks[1] - x_ticks[0] if len(x_ticks) > 1 else 1.0
    y_step = y_ticks[1] - y_ticks[0] if len(y_ticks) > 1 else 1.0
    parts: list[Html] = []
    for tick in y_ticks:
        _, v = at((x.low, tick))
        strong = " zero" if zero and tick == 0 else ""
        parts.append(tag("line", class_=f"grid{strong}", x1=left, x2=left + across, y1=_n(v), y2=_n(v)))
        parts.append(tag("text", y.written(tick, y_step), class_="tick end", x=left - 7, y=_n(v + 4)))
    for tick in x_ticks:
        u, _ = at((tick, y.low))
        parts.append(tag("line", class_="grid", x1=_n(u), x2=_n(u), y1=top, y2=top + down))
        parts.append(tag("text", x.written(tick, x_step), class_="tick middle", x=_n(u), y=top + down + 16))
    for cut in cuts:
        u, _ = at((cut, y.low))
        parts.append(tag("line", class_="cut", x1=_n(u), x2=_n(u), y1=top, y2=top + down))
    parts.append(tag("text", x.title, class_="axis middle", x=left + across / 2, y=height - 6))
    turned = f"translate(13 {top + down / 2:.0f}) rotate(-90)"
    parts.append(tag("text", y.title, class_="axis middle", transform=turned))
    clip = tag("svg", _drawn(lines, at, left, top), x=left, y=top, width=across, height=down)
    return tag(
        "svg",
        parts,
        clip,
        class_="chart",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=f"{title}: {y.title} over {x.title}",
        data_plot=f"{left} {top} {across} {down}",
        data_x=f"{x.low} {x.high}{' %' if x.percent else ''}",
        data_y=f"{y.low} {y.high}{' %' if y.percent else ''}",
    )


def _drawn(lines: Sequence[Line], at: Callable[[Point], Point], left: float, top: float) -> list[Html]:
    drawn = []
    for line in lines:
        pieces = []
        for piece in _unbroken(line.points):
            spots = [at(point) for point in piece]
            pieces.append("M" + " ".join(f"{_n(u - left)} {_n(v - top)}" for u, v in spots))
        if pieces:
            named = tag("title", line.label)
            path = " ".join(pieces)
            look = f"line {line.style}"
            drawn.append(tag("path", named, class_=look, d=path, data_series=line.key, hidden=not line.shown))
    return drawn


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    """Cut a line where it has no value: at points whose y is NaN."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if math.isnan(point[1]):
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]


def swatch(style: str) -> Html:
    """Return the short piece of a line that stands beside its name."""
    line = tag("line", class_=f"line {style}", x1=1, x2=25, y1=6, y2=6)
    return tag("svg", line, class_="swatch", width=26, height=12, viewBox="0 0 26 12", aria_hidden="true")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
