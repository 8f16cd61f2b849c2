"""Cartoons that consist of one picture, and copies of them with damaged colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from cartoonize.color.lab import lab_to_rgb, lightness_on_grid, quantize, rgb_to_lab
from cartoonize.metrics import FrameColors, Pair, Reference, Scores
from cartoonize.metrics.metric import Metric
from cartoonize.video.planes import luma_of_rgb

RgbPair = tuple[np.ndarray, np.ndarray]
"""An original frame and its coloured copy, as RGB."""


def cartoon(seed: int = 0, size: tuple[int, int] = (48, 64), n_shapes: int = 6) -> np.ndarray:
    """Draw ellipses of one colour each, with outlines, at random places."""
    rng = np.random.default_rng(seed)
    height, width = size
    rgb = np.full((height, width, 3), rng.integers(60, 220, 3), np.uint8)
    for _ in range(n_shapes):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(5, max(height // 2, 6))), int(rng.integers(5, max(height // 2, 6))))
        cv2.ellipse(rgb, center, axes, 0, 0, 360, rng.integers(40, 230, 3).tolist(), -1)
        cv2.ellipse(rgb, center, axes, 0, 0, 360, (15, 15, 15), 1)
    return rgb


def recolored(rgb: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Change ab and keep L, as a method does that chooses wrong colours."""
    lab = rgb_to_lab(rgb)
    lab[..., 1:] = change(lab[..., 1:].copy())
    return quantize(lab_to_rgb(lab))


def noisy(seed: int, sigma: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return a change of ab that adds noise. The pattern of the noise depends on the seed alone."""
    return lambda ab: ab + sigma * np.random.default_rng(seed).normal(0, 1, ab.shape)


PAIRS = [(cartoon(i), recolored(cartoon(i), noisy(i, 4 + 3 * i))) for i in range(3)]


def score(*pairs: RgbPair, shots: Sequence[int] | None = None, **options: Any) -> dict[str, float]:
    """Return all scores of pairs of frames."""
    scores = Scores(**options)
    for (reference, colorized), shot in zip(pairs, shots or [0] * len(pairs), strict=True):
        scores.update(FrameColors.of(reference), FrameColors.of(colorized), shot=shot)
    return scores.result()


def score_of(metric: Metric, *pairs: RgbPair, dtype: type[np.floating] = np.float64) -> dict[str, float]:
    """Return the scores of one metric, which are computed in double precision by default."""
    total = np.zeros(metric.n_sums)
    before: tuple[FrameColors | None, FrameColors | None] = (None, None)
    for rgb, other in pairs:
        now = FrameColors.of(rgb, dtype), FrameColors.of(other, dtype)
        total += metric.sums(Pair(Reference(now[0], before[0]), now[1], before[1]))
        before = now
    return metric.scores(total)


#: The height and the width of a `town`.
TOWN = 256


def town(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw houses with outlines, each with a grey of its own; return the drawing and the ab of its paints."""
    rng = np.random.default_rng(seed)
    grey, ab = np.full((TOWN, TOWN), 190, np.uint8), np.full((TOWN, TOWN, 2), (-10, -25), np.float32)
    for _ in range(28):
        x, y = rng.integers(0, 215, 2)
        width, height = rng.integers(15, 40, 2)
        paint = rng.uniform(-45, 45, 2)
        ab[y : y + height, x : x + width] = paint
        cv2.rectangle(grey, (x, y), (x + width, y + height), int(rng.integers(90, 240)), -1)
        cv2.rectangle(grey, (x, y), (x + width, y + height), 15, 2)
    return grey, ab


def pan_over_towns(seeds: Sequence[int], n_frames: int = 8, step: int = 2) -> Iterator[np.ndarray]:
    """Yield shots of ``n_frames`` RGB pictures, each a pan over the coloured town of a seed."""
    for seed in seeds:
        grey, ab = town(seed)
        lab = np.concatenate([lightness_on_grid(grey, TOWN, TOWN)[..., None], ab], -1)
        picture = quantize(lab_to_rgb(lab))
        for t in range(n_frames):
            yield np.roll(picture, step * t, 1)


def in_grey(rgb: np.ndarray) -> np.ndarray:
    """Return the black-and-white copy of a picture, as RGB."""
    return np.repeat(luma_of_rgb(rgb, "bt601")[..., None], 3, -1)
