"""All metrics together, for each frame, each shot and the episode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.bleed import BorderError, EdgeBleed
from cartoonize.metrics.ciede2000 import Ciede2000
from cartoonize.metrics.colorfulness import Colorfulness
from cartoonize.metrics.flicker import OwnFlicker, StaticFlicker
from cartoonize.metrics.histogram import CIEDE2000, OPPONENT
from cartoonize.metrics.metric import Metric
from cartoonize.metrics.pa import THRESHOLD, Pa
from cartoonize.metrics.pair import FrameColors, Pair, Reference
from cartoonize.metrics.psnr import Psnr
from cartoonize.metrics.region_accuracy import Inconsistency, RegionAccuracy
from cartoonize.metrics.rmse import Rmse
from cartoonize.metrics.ssim import Ssim
from cartoonize.metrics.vivid import VividAccuracy
from cartoonize.metrics.warp import WarpError


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums of all metrics for one pair of frames, or totals for several."""

    values: NDArray[np.float64]
    """Sums of all metrics, one metric after the other."""
    pixels: dict[str, NDArray[np.int64]]
    """Counts of pixels by error, for each histogram by name."""


@dataclass(frozen=True, slots=True)
class ShotScores:
    """Scores of one shot."""

    shot: int
    """Number of the shot."""
    start: int
    """Index of the first frame."""
    stop: int
    """Index after the last frame."""
    scores: dict[str, float]
    """Scores by name."""


@dataclass(frozen=True, slots=True)
class PixelErrors:
    """Histogram of pixel errors."""

    of: str
    """Name of the score that the errors belong to."""
    edges: list[float]
    """Edges of the bins."""
    pixels: list[int]
    """Number of pixels with an error from ``edges[i]`` to ``edges[i + 1]``."""


class Measures:
    """Set of metrics, with a function from pairs of frames to sums and one from sums to scores.

    Parameters
    ----------
    pa_thresholds : sequence of float
        Further thresholds of `Pa` in CIELAB units, in addition to the thesis's 2.
    slow : bool
        If True, include SSIM, CIEDE2000 and shares of pixels by it, which take as long as all other metrics.
    """

    def __init__(self, *, pa_thresholds: Sequence[float] = (), slow: bool = True) -> None:
        thresholds = sorted({THRESHOLD, *pa_thresholds}, key=lambda t: (t != THRESHOLD, t))
        self.metrics: tuple[Metric, ...] = (
            Psnr(),
            Rmse(),
            *(Pa(threshold) for threshold in thresholds),
            *((Ciede2000(), VividAccuracy(), Ssim()) if slow else ()),
            StaticFlicker(),
            OwnFlicker(),
            WarpError(),
            EdgeBleed(),
            BorderError(),
            Colorfulness(),
            RegionAccuracy(),
            Inconsistency(),
        )
        self.histograms = (OPPONENT, CIEDE2000) if slow else (OPPONENT,)
        self._ends = np.cumsum([metric.n_sums for metric in self.metrics])

    def none(self) -> Sums:
        """Return sums of zero frames."""
        pixels = {h.of: np.zeros(h.n_bins, np.int64) for h in self.histograms}
        return Sums(np.zeros(self._ends[-1]), pixels)

    def sums(self, pair: Pair) -> Sums:
        """Return the sums of one pair of frames. This method may run in any thread."""
        values = [value for metric in self.metrics for value in metric.sums(pair)]
        return Sums(np.array(values, np.float64), {h.of: h.counts(pair) for h in self.histograms})

    def scores(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Return all scores by name."""
        scores: dict[str, float] = {}
        for metric, sums in zip(self.metrics, np.split(values, self._ends[:-1]), strict=True):
            scores |= metric.scores(sums)
        return scores


class Scores:
    """Scores of one result, accumulated frame by frame.

    Parameters
    ----------
    pa_thresholds : sequence of float
        Further thresholds of `Pa` in CIELAB units, in addition to the thesis's 2.
    slow : bool
        If True, include SSIM, CIEDE2000 and shares of pixels by it.
    """

    def __init__(self, *, pa_thresholds: Sequence[float] = (), slow: bool = True) -> None:
        self.measures = Measures(pa_thresholds=pa_thresholds, slow=slow)
        self.n_frames = 0
        self._all = self.measures.none()
        self._shots: list[tuple[int, int, NDArray[np.float64]]] = []  # number, start, sums
        self._last: tuple[FrameColors, FrameColors] | None = None

    def update(self, reference: FrameColors, colorized: FrameColors, *, shot: int = 0) -> dict[str, float]:
        """Add the next pair of frames and return its scores.

        Parameters
        ----------
        reference, colorized : FrameColors
            Frames of the original and of the result, of the same size. Add frames in order.
        shot : int
            Number of the shot of the frame. Frames of different shots are not compared with each other.
        """
        same_shot = self._last is not None and self._shots[-1][0] == shot
        before, colorized_before = self._last if same_shot and self._last else (None, None)
        self._last = reference, colorized
        pair = Pair(Reference(reference, before), colorized, colorized_before)
        return self.add(self.measures.sums(pair), shot=shot)

    def add(self, sums: Sums, *, shot: int = 0) -> dict[str, float]:
        """Add the sums of the next frame and return its scores."""
        if not self._shots or self._shots[-1][0] != shot:
            self._shots.append((shot, self.n_frames, np.zeros_like(sums.values)))
        for total in (self._all.values, self._shots[-1][2]):
            total += sums.values
        for of, pixels in sums.pixels.items():
            self._all.pixels[of] += pixels
        self.n_frames += 1
        return self.measures.scores(sums.values)

    def result(self) -> dict[str, float]:
        """Return scores by name, and ``n_frames``. Undefined scores, such as those of no frames, are NaN."""
        return self.measures.scores(self._all.values) | {"n_frames": self.n_frames}

    def shots(self) -> list[ShotScores]:
        """Return the scores of all shots so far."""
        stops = [start for _, start, _ in self._shots[1:]] + [self.n_frames]
        return [
            ShotScores(shot, start, stop, self.measures.scores(values))
            for (shot, start, values), stop in zip(self._shots, stops, strict=True)
        ]

    def pixel_errors(self) -> list[PixelErrors]:
        """Return the histograms of pixel errors, for cumulative plots (thesis, figure 8.1)."""
        return [PixelErrors(h.of, h.edges, self._all.pixels[h.of].tolist()) for h in self.measures.histograms]
