"""All metrics at once, added up by frame, by shot and over an episode."""

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
from cartoonize.metrics.warp import WarpError


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What the metrics see in one pair of frames, or in several, added up."""

    values: NDArray[np.float64]
    """The sums of all metrics, one after the other."""
    pixels: dict[str, NDArray[np.int64]]
    """Counts of pixels by error, by histogram."""


@dataclass(frozen=True, slots=True)
class ShotScores:
    """The scores of one shot, ``[start, stop)`` in frames."""

    shot: int
    start: int
    stop: int
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class PixelErrors:
    """How many pixels have which error; ``pixels[i]`` between ``edges[i]`` and ``edges[i + 1]``."""

    of: str
    edges: list[float]
    pixels: list[int]


class Measures:
    """The metrics in use: a function from pairs of frames to sums, and one from sums to scores.

    Parameters
    ----------
    pa_thresholds : sequence of float
        Further thresholds of `Pa`, in CIELAB units, beside the thesis's 2.
    slow : bool
        Also SSIM, CIEDE2000 and its shares: they take as long as all the others.
    """

    def __init__(self, *, pa_thresholds: Sequence[float] = (), slow: bool = True) -> None:
        thresholds = sorted({THRESHOLD, *pa_thresholds}, key=lambda t: (t != THRESHOLD, t))
        self.metrics: tuple[Metric, ...] = (
            Psnr(),
            Rmse(),
            *(Pa(threshold) for threshold in thresholds),
            *((Ciede2000(), Ssim()) if slow else ()),
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
        """Return the sums of no frame."""
        pixels = {h.of: np.zeros(h.n_bins, np.int64) for h in self.histograms}
        return Sums(np.zeros(self._ends[-1]), pixels)

    def sums(self, pair: Pair) -> Sums:
        """Return the sums of one pair of frames; may run in any thread."""
        values = [value for metric in self.metrics for value in metric.sums(pair)]
        return Sums(np.array(values, np.float64), {h.of: h.counts(pair) for h in self.histograms})

    def scores(self, values: NDArray[np.float64]) -> dict[str, float]:
        """Return all scores by name."""
        scores: dict[str, float] = {}
        for metric, sums in zip(self.metrics, np.split(values, self._ends[:-1]), strict=True):
            scores |= metric.scores(sums)
        return scores


class Scores:
    """All scores of one result: of each frame, of each shot, and so far.

    Parameters
    ----------
    pa_thresholds : sequence of float
        Further thresholds of `Pa`, in CIELAB units, beside the thesis's 2.
    slow : bool
        Also SSIM, CIEDE2000 and its shares.
    """

    def __init__(self, *, pa_thresholds: Sequence[float] = (), slow: bool = True) -> None:
        self.measures = Measures(pa_thresholds=pa_thresholds, slow=slow)
        self.n_frames = 0
        self._all = self.measures.none()
        self._shots: list[tuple[int, int, NDArray[np.float64]]] = []  # number, start, sums
        self._last: tuple[FrameColors, FrameColors] | None = None

    def update(self, reference: FrameColors, colorized: FrameColors, *, shot: int = 0) -> dict[str, float]:
        """Take in the next pair of frames, of one size and in order, and return this frame's scores.

        ``shot`` is the number of the shot it is in: from one to the next, nothing is compared.
        """
        same_shot = self._last is not None and self._shots[-1][0] == shot
        before, colorized_before = self._last if same_shot and self._last else (None, None)
        self._last = reference, colorized
        pair = Pair(Reference(reference, before), colorized, colorized_before)
        return self.add(self.measures.sums(pair), shot=shot)

    def add(self, sums: Sums, *, shot: int = 0) -> dict[str, float]:
        """Take in the next frame by its sums, and return its scores."""
        if not self._shots or self._shots[-1][0] != shot:
            self._shots.append((shot, self.n_frames, np.zeros_like(sums.values)))
        for total in (self._all.values, self._shots[-1][2]):
            total += sums.values
        for of, pixels in sums.pixels.items():
            self._all.pixels[of] += pixels
        self.n_frames += 1
        return self.measures.scores(sums.values)

    def result(self) -> dict[str, float]:
        """Return every score by name, and ``n_frames``; what has no meaning, as of no frame, is NaN."""
        return self.measures.scores(self._all.values) | {"n_frames": self.n_frames}

    def shots(self) -> list[ShotScores]:
        """Return the scores of each shot so far."""
        stops = [start for _, start, _ in self._shots[1:]] + [self.n_frames]
        return [
            ShotScores(shot, start, stop, self.measures.scores(values))
            for (shot, start, values), stop in zip(self._shots, stops, strict=True)
        ]

    def pixel_errors(self) -> list[PixelErrors]:
        """Return how many pixels have which error, for cumulative plots (thesis, figure 8.1)."""
        return [PixelErrors(h.of, h.edges, self._all.pixels[h.of].tolist()) for h in self.measures.histograms]
