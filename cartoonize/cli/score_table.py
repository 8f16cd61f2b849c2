"""Scores as a plain text table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

#: Scores of the table and the titles of their columns. Eight characters per column keep it within 80.
COLUMNS = {
    "ciede2000": "CIEDE",
    "share_within_10": "<= 10",
    "vivid_within_10": "vivid",
    "rmse": "RMSE",
    "pa": "PA",
    "static_flicker": "flicker",
    "region_accuracy": "regions",
    "chroma_ratio": "chroma",
}
LEGEND = (
    "Lower is better: CIEDE (mean CIEDE2000), RMSE, PA, flicker (of still pixels).",
    "Higher is better: <= 10 (share of pixels within CIEDE2000 10), vivid (the same of",
    "vivid pixels), regions (share with the right colour).",
    "chroma: 1 is as colourful as the original.",
)


def score_table(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    rows : sequence of (str, mapping)
        Name and scores of each result. A score that is None or NaN becomes a dash.
    """
    columns = {score: title for score, title in COLUMNS.items() if any(score in scores for _, scores in rows)}
    width = max(len(name) for name, _ in rows)
    lines = [" " * width + "".join(f"{title:>8}" for title in columns.values())]
    for name, scores in rows:
        lines.append(name.ljust(width) + "".join(_cell(scores.get(column)) for column in columns))
    return lines


def _cell(value: float | None) -> str:
    """Return a number in eight characters, with fewer decimals the larger it is."""
    if value is None or math.isnan(value):
        return f"{'-':>8}"
    if abs(value) >= 99.995:
        return f"{value:8.1f}"
    return f"{value:8.2f}" if abs(value) >= 10 else f"{value:8.3f}"
