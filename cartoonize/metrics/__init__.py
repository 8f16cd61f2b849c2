"""Scores of colourised frames against originals, one file for each metric.

Every metric turns a pair of frames into sums, which add up over shots and episodes.
"""

from __future__ import annotations

from cartoonize.metrics.metric import Metric
from cartoonize.metrics.pair import FrameColors, Pair, Reference
from cartoonize.metrics.scores import Measures, PixelErrors, Scores, ShotScores, Sums

__all__ = [
    "FrameColors",
    "Measures",
    "Metric",
    "Pair",
    "PixelErrors",
    "Reference",
    "Scores",
    "ShotScores",
    "Sums",
]
