"""Curves of a benchmark as one self-contained SVG file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cartoonize.report.charts import Axis, ChartOptions, Line, Point, draw_chart
from cartoonize.report.html import tag

_WIDTH, _HEIGHT, _TITLE, _COLUMNS = 380, 250, 34, 2
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #23252b; } .title { font-weight: 600; font-size: 14px; }
  .end { text-anchor: end; } .middle { text-anchor: middle; }
  .grid { stroke: #e3dfd5; } .line { fill: none; stroke: #2467c5; stroke-width: 2; }
"""


@dataclass(frozen=True)
class Curve:
    """One measurement plotted against one size."""

    title: str
    x: str
    y: str
    points: Sequence[Point]


def write_plot(path: Path, curves: Sequence[Curve]) -> None:
    """Write curves side by side. Both axes start at zero."""
    n_rows = -(-len(curves) // _COLUMNS)
    parts = [tag("style", _STYLE), tag("rect", width="100%", height="100%", fill="#fff")]
    for number, curve in enumerate(curves):
        row, column = divmod(number, _COLUMNS)
        left, top = column * _WIDTH, row * (_HEIGHT + _TITLE)
        x, y = (Axis(name, 0, 1.05 * max(values)) for name, values in _sides(curve))
        line = Line("curve", curve.title, curve.points)
        drawn = draw_chart(curve.title, [line], x, y, ChartOptions(_WIDTH, _HEIGHT))
        parts.append(tag("text", curve.title, class_="title", x=left + 58, y=top + 24))
        parts.append(tag("svg", drawn, x=left, y=top + _TITLE, width=_WIDTH, height=_HEIGHT))
    width, height = _WIDTH * _COLUMNS, n_rows * (_HEIGHT + _TITLE)
    namespace = "http://www.w3.org/2000/svg"
    box = f"0 0 {width} {height}"
    svg = tag("svg", parts, xmlns=namespace, width=width, height=height, viewBox=box)
    path.write_text(svg, encoding="utf-8")


def _sides(curve: Curve) -> tuple[tuple[str, list[float]], tuple[str, list[float]]]:
    return (curve.x, [x for x, _ in curve.points]), (curve.y, [y for _, y in curve.points])
