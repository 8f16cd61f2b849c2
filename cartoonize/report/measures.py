"""Names and meanings of the scores, and which direction is better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard


@dataclass(frozen=True)
class Measure:
    """One score as a page shows it."""

    key: str
    title: str
    better: Literal["lower", "higher", "one", "unknown"]
    """Direction of improvement. ``one``: the closer to 1, the better."""
    meaning: str
    digits: int = 2
    percent: bool = False

    @property
    def unit(self) -> str:
        """Unit to show after the title, or an empty string."""
        return "%" if self.percent else ""

    def format(self, value: Any, *, signed: bool = False) -> str:
        """Return a value as text, or a dash if it is not a number."""
        if not is_number(value):
            return "–"
        shown = value * 100 if self.percent else value
        number = f"{shown:{'+' if signed else ''}.{1 if self.percent else self.digits}f}"
        return number.replace("-", "−")

    def badness(self, value: float) -> float:
        """Return a number that is lower for better values."""
        return {"lower": value, "higher": -value, "one": abs(value - 1), "unknown": 0.0}[self.better]


def is_number(value: Any) -> TypeGuard[float]:
    """Return whether a score has a finite value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure(
            "ciede2000",
            "CIEDE2000",
            "lower",
            "mean perceived colour difference over all pixels; a difference of 1 is just visible, at 10 the "
            "colour is clearly another one",
        ),
        Measure(
            "share_within_5",
            "within 5",
            "higher",
            "share of pixels within CIEDE2000 5 of the original",
            percent=True,
        ),
        Measure(
            "share_within_10",
            "within 10",
            "higher",
            "share of pixels within CIEDE2000 10 of the original",
            percent=True,
        ),
        Measure(
            "vivid_within_10",
            "vivid within 10",
            "higher",
            "share of the original's vivid pixels within CIEDE2000 10: their chroma is at least 15, and "
            "their a and b are at least 15 from the picture's median; a cautious brown has few of them right",
            percent=True,
        ),
        Measure(
            "vivid_share",
            "vivid pixels",
            "unknown",
            "share of the original's pixels that are vivid; the same for all results",
            percent=True,
        ),
        Measure(
            "rmse",
            "RMSE",
            "lower",
            "the thesis's error on its pair of opponent colours (formula 8.1)",
            digits=3,
        ),
        Measure(
            "psnr",
            "PSNR, dB",
            "higher",
            "peak signal-to-noise ratio on RGB, computed per frame and averaged",
        ),
        Measure(
            "ssim",
            "SSIM",
            "higher",
            "structural similarity on RGB; high for every result, since all keep the original's grey",
            digits=3,
        ),
        Measure(
            "pa",
            "PA",
            "lower",
            "perceivable artifacts: share of the evenly coloured pixels that are uneven in the result "
            "(formula 8.4)",
            percent=True,
        ),
        Measure(
            "region_accuracy",
            "regions right",
            "higher",
            "share of the original's coloured regions whose median colour is within CIEDE2000 10",
            percent=True,
        ),
        Measure(
            "static_flicker",
            "static flicker",
            "lower",
            "mean change of ab between frames where the picture stands still, minus that of the original",
            digits=3,
        ),
        Measure(
            "static_flicker_own",
            "own flicker",
            "lower",
            "mean change of ab between frames where the picture stands still, without a reference",
            digits=3,
        ),
        Measure(
            "warp_error",
            "warp error",
            "lower",
            "mean change of ab along the motion of the picture (optical flow of luma)",
            digits=3,
        ),
        Measure(
            "inconsistency",
            "inconsistency",
            "lower",
            "spread of ab inside the original's regions, minus that of the original: inconsistent colouring",
        ),
        Measure(
            "border_error",
            "border error",
            "lower",
            "ab error within 8 px of the picture's border, divided by the error elsewhere: edge pollution",
        ),
        Measure(
            "edge_bleed",
            "edge bleed",
            "lower",
            "ab error within 3 px of outlines, divided by the error elsewhere: colour that crosses outlines",
        ),
        Measure(
            "colorfulness_ratio",
            "colourfulness",
            "one",
            "colourfulness (Hasler and Süsstrunk), divided by the original's; 1 means equally colourful",
        ),
        Measure(
            "chroma_ratio",
            "chroma",
            "one",
            "mean chroma, divided by the original's; below 1 means greyish",
        ),
    )
}

#: The failure forms of the thesis (8.2.1): the score that shows each one, and its title.
FAILURES: tuple[tuple[str, str], ...] = (
    ("inconsistency", "Inconsistent colouring: one surface in several colours"),
    ("border_error", "Edge pollution: wrong colour along the border of the picture"),
    ("edge_bleed", "Bleeding: colour crosses outlines"),
    ("chroma_ratio", "Greyish colours: too little chroma"),
)


def measure_of(key: str) -> Measure:
    """Return the measure of a score. An unknown score is shown under its own name."""
    if key in MEASURES:
        return MEASURES[key]
    if key.startswith("pa_"):
        threshold = key.removeprefix("pa_").replace("_", ".")
        meaning = f"PA with a threshold of {threshold} in a and b"
        return Measure(key, f"PA at {threshold}", "lower", meaning, percent=True)
    return Measure(key, key.replace("_", " "), "unknown", "", 3)


def measures_in(scores: Iterable[Mapping[str, Any]]) -> list[Measure]:
    """Return the measures for which at least one set of scores has a number, known ones first."""
    found = {key for one in scores for key, value in one.items() if is_number(value)}
    found -= {"n_frames", "frame", "shot", "start", "stop"}
    order = list(MEASURES)
    place = {key: index for index, key in enumerate(order)}
    near = {key: place.get(key, place["pa"] + 0.5 if key.startswith("pa_") else len(order)) for key in found}
    return [measure_of(key) for key in sorted(found, key=lambda key: (near[key], key))]
