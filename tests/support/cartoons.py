"""Small cartoons and their damaged copies, for the tests of metrics."""

import cv2
import numpy as np

from cartoonize.color.lab import lab_to_rgb, quantize, rgb_to_lab
from cartoonize.metrics import FrameColors, Pair, Reference, Scores


def cartoon(seed=0, size=(48, 64), n_shapes=6):
    """Flat, coloured, outlined shapes."""
    rng = np.random.default_rng(seed)
    height, width = size
    rgb = np.full((height, width, 3), rng.integers(60, 220, 3), np.uint8)
    for _ in range(n_shapes):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(5, max(height // 2, 6))), int(rng.integers(5, max(height // 2, 6))))
        cv2.ellipse(rgb, center, axes, 0, 0, 360, rng.integers(40, 230, 3).tolist(), -1)
        cv2.ellipse(rgb, center, axes, 0, 0, 360, (15, 15, 15), 1)
    return rgb


def recolored(rgb, change):
    """Change ab and keep L: what a colorizer gets wrong."""
    lab = rgb_to_lab(rgb)
    lab[..., 1:] = change(lab[..., 1:].copy())
    return quantize(lab_to_rgb(lab))


def noisy(seed, sigma):
    """Return a change of ab: noise, the same pattern for every sigma."""
    return lambda ab: ab + sigma * np.random.default_rng(seed).normal(0, 1, ab.shape)


PAIRS = [(cartoon(i), recolored(cartoon(i), noisy(i, 4 + 3 * i))) for i in range(3)]


def score(*pairs, shots=None, **options):
    """Return all scores of pairs of RGB frames."""
    scores = Scores(**options)
    for (reference, colorized), shot in zip(pairs, shots or [0] * len(pairs), strict=True):
        scores.update(FrameColors.of(reference), FrameColors.of(colorized), shot=shot)
    return scores.result()


def score_of(metric, *pairs, dtype=np.float64):
    """Return the scores of one metric, in double precision unless told."""
    total, before = np.zeros(metric.n_sums), (None, None)
    for rgb, other in pairs:
        now = FrameColors.of(rgb, dtype), FrameColors.of(other, dtype)
        total += metric.sums(Pair(Reference(now[0], before[0]), now[1], before[1]))
        before = now
    return metric.scores(total)


TOWN = 256


def town(seed):
    """Draw houses with outlines, each of its own grey; return the drawing and the ab of its paints."""
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
