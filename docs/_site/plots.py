"""Plots of the committed scores, as SVG."""

from __future__ import annotations

from html import escape
from pathlib import PurePath
from typing import Any

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #23252b } .title { font-weight: 600 }
.small { fill: #666b76; font-size: 12px } .bar { fill: #2467c5 } .floor { fill: #b9b3a6 }
.grid { stroke: #e3dfd5 }
"""
_FLOORS = ("grey", "lookup", "nearest")
_ROW, _LEFT, _WIDTH, _TOP = 21, 218, 600, 54


def score_plot(name: str, rows: list[dict[str, Any]]) -> str:
    """Return a bar chart of results as SVG, the best one first.

    Parameters
    ----------
    name : str
        Name of the measurement.
    rows : list of dict
        Scores of results: ``colorized``, ``share_within_10`` and ``ciede2000`` of each.

    Returns
    -------
    str
        One bar per result: the share of the pixels whose colour difference is at most 10. The mean difference
        is written beside it. Floors are grey.
    """
    ordered = sorted(rows, key=lambda row: -row["share_within_10"])
    height, span = _TOP + _ROW * len(ordered) + 12, _WIDTH - _LEFT - 130
    parts = [
        f'<text class="title" x="12" y="22">{escape(name)}: share of the picture within CIEDE2000 10</text>'
    ]
    for tick in range(0, 101, 25):
        x = _LEFT + span * tick / 100
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{height - 10}"/>')
        parts.append(f'<text class="small" text-anchor="middle" x="{x}" y="{_TOP - 11}">{tick}%</text>')
    parts.append(f'<text class="small" text-anchor="end" x="{_WIDTH - 12}" y="{_TOP - 11}">CIEDE2000</text>')
    for number, row in enumerate(ordered):
        parts.append(_bar(row, _TOP + _ROW * number, span))
    space = 'xmlns="http://www.w3.org/2000/svg"'
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    ground = '<rect width="100%" height="100%" fill="#fff" rx="6"/>'
    body = "\n".join(parts)
    return f"<svg {space} {size}>\n<style>{_STYLE}</style>{ground}\n{body}\n</svg>\n"


def _bar(row: dict[str, Any], top: float, span: float) -> str:
    label = PurePath(row["colorized"]).name.rsplit(".", 1)[0]
    share, kind = row["share_within_10"], "floor" if label.split("-")[0] in _FLOORS else "bar"
    text, length = top + 15, max(1.0, span * share)
    return (
        f'<text text-anchor="end" x="{_LEFT - 8}" y="{text}">{escape(label)}</text>'
        f'<rect class="{kind}" x="{_LEFT}" y="{top + 3}" width="{length:.1f}" height="{_ROW - 6}"/>'
        f'<text class="small" x="{_LEFT + length + 6:.1f}" y="{text}">{share:.1%}</text>'
        f'<text text-anchor="end" x="{_WIDTH - 12}" y="{text}">{row["ciede2000"]:.1f}</text>'
    )
