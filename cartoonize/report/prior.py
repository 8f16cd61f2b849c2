"""The colours of the training frames, as a heat map over the 313 ab bins.

Figure 5.2 of the thesis shows the same distribution in another form: as columns, for the 49 most common
colours, with one more column for all others together. This heat map shows all bins on a logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cartoonize.color.lab import lab_to_rgb
from cartoonize.report.html import Html, tag
from cartoonize.report.page import Section

_LIGHTNESS = 68.0  # CIE L in which the bins' own colours are drawn
_REACH, _CELL = 115.0, 1.5  # largest |a| and |b| of the plane; pixels per unit of a and b
#: Colours of the heat map from rare to common: dark blue, magenta, orange, yellow. Perceptually even.
_HEAT = ((13, 8, 90), (110, 20, 150), (190, 50, 120), (238, 110, 80), (252, 180, 60), (245, 240, 130))


@dataclass(frozen=True)
class Prior:
    """Distribution of the colours of a series over the ab bins."""

    bins: Sequence[tuple[float, float]]
    """(a, b) of the centre of each bin."""
    share: Sequence[float]
    """Share of all pixels in each bin. The shares sum to 1."""
    n_frames: int = 0
    episodes: Sequence[str] = ()


def prior_section(prior: Prior) -> Section:
    """Return the section with a heat map of the bins' log-probabilities, and the bins' own colours."""
    logs = [math.log10(share) if share > 0 else None for share in prior.share]
    known = [value for value in logs if value is not None]
    low, high = max(-8.0, min(known, default=-8.0)), max(known, default=0.0)
    span = (high - low) or 1.0
    heat = [None if v is None else _heat((max(v, low) - low) / span) for v in logs]
    lab = np.array([(_LIGHTNESS, a, b) for a, b in prior.bins])
    own = [_rgb(color * 255) for color in lab_to_rgb(lab)]
    n_empty = sum(value is None for value in logs)
    titles = [
        f"a {a:.0f}, b {b:.0f}: " + (f"{share:.3%} of the pixels" if share > 0 else "no pixels")
        for (a, b), share in zip(prior.bins, prior.share, strict=True)
    ]
    left = _plane("Log-probability of the 313 bins (heat map)", prior.bins, heat, titles)
    right = _plane(f"The bins' own colours at L = {_LIGHTNESS:.0f}", prior.bins, own, titles)
    counted = (
        f"Counted over {prior.n_frames:,} training frames"
        if prior.n_frames
        else "Counted over the training frames"
    )
    listed = f" ({', '.join(prior.episodes)})" if prior.episodes else ""
    intro = (
        f"{counted}{listed}. {n_empty} of the {len(logs)} bins never occur and are drawn hollow."
        " Rebalancing gives rare colours more weight in training. Figure 5.2 of the thesis shows this"
        " distribution as columns for the 49 most common colours; here it is a heat map of all bins."
    )
    body = tag("div", left, right, _scale(low, high), class_="planes")
    return Section("prior", "The colours of the series", body, intro, "compare figure 5.2")


def _plane(
    title: str, bins: Sequence[tuple[float, float]], fills: Sequence[str | None], titles: Sequence[str]
) -> Html:
    side, margin = 2 * _REACH * _CELL, 42
    parts = []
    for tick in (-100, -50, 0, 50, 100):
        at = (tick + _REACH) * _CELL
        parts.append(tag("line", class_="grid", x1=margin + at, x2=margin + at, y1=0, y2=side))
        parts.append(tag("line", class_="grid", x1=margin, x2=margin + side, y1=side - at, y2=side - at))
        parts.append(tag("text", _minus(tick), class_="tick middle", x=margin + at, y=side + 16))
        parts.append(tag("text", _minus(tick), class_="tick end", x=margin - 5, y=side - at + 4))
    for (a, b), fill, said in zip(bins, fills, titles, strict=True):
        x, y = margin + (a - 5 + _REACH) * _CELL, side - (b + 5 + _REACH) * _CELL
        cell = 10 * _CELL - 0.5
        look = {"class_": "hollow"} if fill is None else {"fill": fill}
        parts.append(tag("rect", tag("title", said), x=x, y=y, width=cell, height=cell, **look))
    parts.append(tag("text", "a", class_="axis middle", x=margin + side / 2, y=side + 32))
    parts.append(tag("text", "b", class_="axis middle", x=8, y=side / 2))
    width, height = side + margin + 6, side + 38
    svg = tag("svg", parts, viewBox=f"0 0 {width} {height}", role="img", aria_label=title)
    return tag("figure", tag("figcaption", tag("b", title)), svg, class_="plane")


def _scale(low: float, high: float) -> Html:
    n, width = 60, 6
    cells = [
        tag("rect", x=30 + i * width, y=0, width=width + 0.4, height=14, fill=_heat(i / (n - 1)))
        for i in range(n)
    ]
    whole = range(math.ceil(low), math.floor(high) + 1)
    places = [(power, 30 + (power - low) / ((high - low) or 1) * n * width) for power in whole]
    ticks = [tag("text", _share(power), class_="tick middle", x=round(x, 1), y=30) for power, x in places]
    svg = tag(
        "svg",
        cells,
        ticks,
        viewBox=f"0 0 {n * width + 60} 36",
        role="img",
        aria_label="Scale: share of all pixels",
    )
    return tag(
        "figure", svg, tag("figcaption", "share of all pixels, logarithmic", class_="note"), class_="scale"
    )


def _share(power: int) -> str:
    return f"{10.0**power * 100:.{max(0, -power - 2)}f}%" if power > -6 else f"1e{power}".replace("-", "−")


def _heat(value: float) -> str:
    place = min(max(value, 0.0), 1.0) * (len(_HEAT) - 1)
    k = min(int(place), len(_HEAT) - 2)
    mixed = [p + (q - p) * (place - k) for p, q in zip(_HEAT[k], _HEAT[k + 1], strict=True)]
    return _rgb(mixed)


def _rgb(color: Sequence[float]) -> str:
    return "#" + "".join(f"{min(255, max(0, round(float(c)))):02x}" for c in color)


def _minus(value: int) -> str:
    return str(value).replace("-", "−")
