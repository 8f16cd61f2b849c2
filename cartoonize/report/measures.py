"""What the scores are called, what they mean, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard


@dataclass(frozen=True)
class Measure:
    """One score as the page shows it."""

    key: str
    title: str
    better: Literal["less", "more", "one", "unknown"]
    """``one``: the nearer to 1 the better."""
    meaning: str
    digits: int = 2
    percent: bool = False

    @property
    def unit(self) -> str:
        """What stands behind the title."""
        return "%" if self.percent else ""

    def written(self, value: Any, *, signed: bool = False) -> str:
        """Return a value as text; a dash for what is no number."""
        if not is_number(value):
            return "–"
        shown = value * 100 if self.percent else value
        number = f"{shown:{'+' if signed else ''}.{1 if self.percent else self.digits}f}"
        return number.replace("-", "−")

    def badness(self, value: float) -> float:
        """Return a number that is the smaller the better the score."""
        return {"less": value, "more": -value, "one": abs(value - 1), "unknown": 0.0}[self.better]


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a score has a value for this film."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure(
            "ciede2000",
            "CIEDE2000",
            "less",
            "mean colour difference as the eye sees it, over all pixels; 1 is just visible, 10 "
            "another colour at a glance",
        ),
        Measure(
            "share_within_5",
            "within 5",
            "more",
            "share of pixels within CIEDE2000 5 of the original",
            percent=True,
        ),
        Measure(
            "share_within_10",
            "within 10",
            "more",
            "share of pixels within CIEDE2000 10 of the original",
            percent=True,
        ),
        Measure(
            "rmse",
            "RMSE",
            "less",
            "the thesis's error on its pair of opponent colours (formula 8.1)",
            digits=3,
        ),
        Measure(
            "psnr",
            "PSNR, dB",
            "more",
            "peak signal to noise ratio on RGB, per frame, then averaged",
        ),
        Measure(
            "ssim",
            "SSIM",
            "more",
            "structural similarity on RGB; the grey of all results is the original's, so all are high",
            digits=3,
        ),
        Measure(
            "pa",
            "PA",
            "less",
            "perceptual artefacts: share of the pixels in smooth colour that the result makes "
            "uneven (formula 8.4)",
            percent=True,
        ),
        Measure(
            "region_accuracy",
            "regions right",
            "more",
            "share of the original's coloured regions whose median colour is within CIEDE2000 10",
            percent=True,
        ),
        Measure(
            "static_flicker",
            "static flicker",
            "less",
            "mean change of ab from frame to frame where the picture stands still, above the original's own",
            digits=3,
        ),
        Measure(
            "static_flicker_own",
            "own flicker",
            "less",
            "the same without a reference: mean change of ab where the picture stands still",
            digits=3,
        ),
        Measure(
            "warp_error",
            "warp error",
            "less",
            "mean change of ab along the motion of the picture (optical flow of luma)",
            digits=3,
        ),
        Measure(
            "inconsistency",
            "inconsistency",
            "less",
            "spread of ab inside the original's regions, above the original's own: inconsistent colouring",
        ),
        Measure(
            "border_error",
            "border error",
            "less",
            "ab error within 8 px of the picture's border over the error elsewhere: edge pollution",
        ),
        Measure(
            "edge_bleed",
            "edge bleed",
            "less",
            "ab error within 3 px of outlines over the error elsewhere: colour that runs over",
        ),
        Measure(
            "colorfulness_ratio",
            "colourfulness",
            "one",
            "colourfulness (Hasler and Süsstrunk) over the original's; 1 is as colourful",
        ),
        Measure(
            "chroma_ratio",
            "chroma",
            "one",
            "mean chroma over the original's; below 1 is greyish",
        ),
    )
}

#: The failure forms of the thesis, 8.2.1, and what the worst frame has most (or least) of.
FAILURES: tuple[tuple[str, str], ...] = (
    ("inconsistency", "Inconsistent colouring: one surface, several colours"),
    ("border_error", "Edge pollution: wrong colour along the picture's border"),
    ("edge_bleed", "Bleeding: colour runs over the outlines"),
    ("chroma_ratio", "Greyish colours: too little chroma"),
)


def measure_of(key: str) -> Measure:
    """Return the measure of a score; an unknown one is shown under its own name."""
    if key in MEASURES:
        return MEASURES[key]
    if key.startswith("pa_"):
        threshold = key.removeprefix("pa_").replace("_", ".")
        meaning = f"as PA, with a threshold of {threshold} in a and b"
        return Measure(key, f"PA at {threshold}", "less", meaning, percent=True)
    return Measure(key, key.replace("_", " "), "unknown", "", 3)


def measures_in(scores: Iterable[Mapping[str, Any]]) -> list[Measure]:
    """Return the measures that at least one set of scores has a number for, known ones first."""
    found = {key for one in scores for key, value in one.items() if is_number(value)}
    found -= {"n_frames", "frame", "shot", "start", "stop"}
    order = list(MEASURES)
    place = {key: index for index, key in enumerate(order)}
    near = {key: place.get(key, place["pa"] + 0.5 if key.startswith("pa_") else len(order)) for key in found}
    return [measure_of(key) for key in sorted(found, key=lambda key: (near[key], key))]
