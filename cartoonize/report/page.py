"""The report page: saved scores, curves and pictures as one HTML file. It computes no score."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

#: Score, column title, whether more is better.
COLUMNS = (
    ("ciede2000", "CIEDE2000", False),
    ("share_within_10", "within 10", True),
    ("psnr", "PSNR, dB", True),
    ("rmse", "RMSE", False),
    ("pa", "PA", False),
    ("static_flicker", "static flicker", False),
    ("edge_bleed", "edge bleed", False),
    ("chroma_ratio", "chroma ratio", None),
)


@dataclass(frozen=True)
class Curve:
    """One variant's training."""

    name: str
    losses: Sequence[float]
    """One per update."""
    validations: Sequence[tuple[float, float]]
    """(update, ab error)."""


@dataclass(frozen=True)
class Strip:
    """One moment of the film: the same frame from several videos."""

    title: str
    pictures: Sequence[tuple[str, NDArray[np.uint8]]]
    """(caption, sRGB picture (h, w, 3))."""


@dataclass(frozen=True)
class Page:
    """All that the page shows."""

    title: str
    facts: Sequence[tuple[str, str]]
    scores: Sequence[dict[str, float]]
    curves: Sequence[Curve]
    strips: Sequence[Strip]


def render_page(page: Page) -> str:
    """Return the page as HTML; names are escaped, nothing is fetched, no script runs."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{escape(page.title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(page.title)}</h1>
{_facts(page.facts)}
{_section("Scores", _scores(page.scores))}
{_section("Pictures", "".join(map(_strip, page.strips)))}
{_section("Training", '<div class="charts">' + "".join(map(_chart, page.curves)) + "</div>")}
</body></html>
"""


def _section(title: str, body: str) -> str:
    return f"<h2>{title}</h2>\n{body}"


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts)
    return f"<dl>{rows}</dl>"


def _scores(scores: Sequence[dict[str, float]]) -> str:
    if not scores:
        return "<p>None yet: score a result with <code>cartoonize evaluate</code> or a recipe.</p>"
    best = {}
    for key, _, more in COLUMNS:
        values = [s[key] for s in scores if isinstance(s.get(key), int | float)]
        if more is not None and values:
            best[key] = max(values) if more else min(values)
    head = "".join(f"<th>{title}</th>" for _, title, _ in COLUMNS)
    rows = []
    for score in scores:
        cells = []
        for key, _, _ in COLUMNS:
            value = score.get(key)
            text = f"{value:.3f}" if isinstance(value, int | float) else "–"
            cells.append(f"<td{' class=best' if value == best.get(key, object()) else ''}>{text}</td>")
        rows.append(f"<tr><th>{escape(str(score.get('colorized', '')))}</th>{''.join(cells)}</tr>")
    note = (
        "<p class=note>All frames at 256x256 against the coloured original. Less is better but for the"
        " share of pixels within CIEDE2000 10 and PSNR; a chroma ratio of 1 is as colourful as the original."
        " <code>grey</code> and <code>lookup</code> (the mean colour of each luminance) are the floors.</p>"
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{note}"


def _strip(strip: Strip) -> str:
    figures = "".join(
        f'<figure><img src="{_data_uri(picture)}" alt=""><figcaption>{escape(caption)}</figcaption></figure>'
        for caption, picture in strip.pictures
    )
    return f"<h3>{escape(strip.title)}</h3><div class=strip>{figures}</div>"


def _data_uri(picture: NDArray[np.uint8]) -> str:
    encoded, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert encoded
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def _chart(curve: Curve) -> str:
    """Draw the training loss (smoothed) and the validation error, each scaled to the height, as SVG."""
    width, height = 360, 140
    n = max(2, len(curve.losses))

    def path(points: Sequence[tuple[float, float]], css: str) -> str:
        if len(points) < 2:
            return ""
        values = [y for _, y in points]
        low, span = min(values), (max(values) - min(values)) or 1.0
        xy = " ".join(
            f"{x / (n - 1) * width:.1f},{height - 8 - (y - low) / span * (height - 16):.1f}"
            for x, y in points
        )
        return f'<polyline class="{css}" points="{xy}"/>'

    window = max(1, n // 40)
    smooth = [float(np.mean(curve.losses[max(0, k - window) : k + 1])) for k in range(len(curve.losses))]
    last = f", ab error {curve.validations[-1][1]:.2f}" if curve.validations else ""
    return (
        f"<figure><svg viewBox='0 0 {width} {height}'>"
        f"{path(list(enumerate(smooth)), 'loss')}{path(curve.validations, 'validation')}</svg>"
        f"<figcaption>{escape(curve.name)}: {len(curve.losses)} updates{last}."
        " Line: training loss; dashes: validation ab error.</figcaption></figure>"
    )


#: Nothing is fetched and nothing runs; pictures and style are in the page itself.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;
padding:0 1rem;color:#222;background:#fbfaf7}
h1{font-weight:650;margin-bottom:.2rem}
h2{margin-top:2.2rem;border-bottom:2px solid #e4dfd2;padding-bottom:.2rem}
h3{margin:1.2rem 0 .4rem;font-size:1rem;color:#665}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;color:#555}
dt{font-weight:600}dd{margin:0}
table{border-collapse:collapse;background:#fff;box-shadow:0 1px 3px #0002}
td,th{padding:.35rem .8rem;text-align:right;border-bottom:1px solid #eee}
tbody th{text-align:left;font-weight:500}
td{font-variant-numeric:tabular-nums}.best{font-weight:700;background:#eaf5e6}
.note{color:#666;font-size:.9rem;max-width:60rem}
.strip{display:flex;gap:.6rem;overflow-x:auto}figure{margin:0;flex:1 1 0;min-width:200px}
.strip img{width:100%;border-radius:6px;display:block;box-shadow:0 1px 4px #0003}
figcaption{font-size:.85rem;color:#666;padding:.2rem 0}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:1rem}
svg{width:100%;background:#fff;border-radius:6px;box-shadow:0 1px 3px #0002}
polyline{fill:none;stroke-width:1.6}.loss{stroke:#c2552d}.validation{stroke:#2d6fc2;stroke-dasharray:5 4}
"""
