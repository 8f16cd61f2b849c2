"""Scores, one small file each, as streaming accumulators."""

from __future__ import annotations

from typing import Protocol

from cartoonize.metrics.bleed import EdgeBleed
from cartoonize.metrics.ciede2000 import Ciede2000
from cartoonize.metrics.colorfulness import Colorfulness
from cartoonize.metrics.flicker import StaticFlicker
from cartoonize.metrics.pa import Pa
from cartoonize.metrics.pair import FrameColors
from cartoonize.metrics.psnr import Psnr
from cartoonize.metrics.rmse import Rmse

__all__ = ["FrameColors", "Metric", "Scores"]


class Metric(Protocol):
    """What all metrics are: they take in pairs of frames, in order, and give named numbers at any time."""

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in the next pair of frames of one size."""

    def result(self) -> dict[str, float]:
        """Return the scores so far."""


class Scores:
    """All metrics at once.

    Parameters
    ----------
    pa_threshold : float
        Of the metric `Pa`, in CIELAB units.
    """

    def __init__(self, *, pa_threshold: float = 2.0) -> None:
        self.n_frames = 0
        self._metrics: list[Metric] = [
            Psnr(),
            Rmse(),
            Pa(pa_threshold),
            Ciede2000(),
            StaticFlicker(),
            EdgeBleed(),
            Colorfulness(),
        ]

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in the next pair of frames: the original and its coloured copy, of one size, in order."""
        for metric in self._metrics:
            metric.update(reference, colorized)
        self.n_frames += 1

    def result(self) -> dict[str, float]:
        """Return every score by name, and ``n_frames``; means over no frame are NaN."""
        scores: dict[str, float] = {}
        for metric in self._metrics:
            scores |= metric.result()
        return scores | {"n_frames": self.n_frames}
