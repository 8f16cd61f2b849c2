"""Drawings as an unsteady print shows them: shifted by parts of a pixel, brighter and darker, with grain."""

from __future__ import annotations

import cv2
import numpy as np

from cartoonize.unsteadiness import Unsteadiness

STEADY = Unsteadiness()
SIZE = (240, 320)


def drawing(seed: int = 0, mouth: int = 0) -> np.ndarray:
    """Return a drawing (240, 320) of outlined shapes on a gradient, with a mouth of this many rows."""
    rng = np.random.default_rng(seed)
    large = np.tile(np.linspace(80, 190, 4 * SIZE[1]), (4 * SIZE[0], 1)).astype(np.uint8)
    for _ in range(12):
        center = (int(rng.integers(4 * SIZE[1])), int(rng.integers(4 * SIZE[0])))
        axes = (int(rng.integers(60, 240)), int(rng.integers(60, 240)))
        cv2.ellipse(large, center, axes, 0, 0, 360, int(rng.integers(60, 220)), -1)
        cv2.ellipse(large, center, axes, 0, 0, 360, 25, 10)
    cv2.ellipse(large, (640, 480), (200, 160), 0, 0, 360, 200, -1)
    if mouth:
        cv2.rectangle(large, (620, 500), (651, 499 + 4 * mouth), 120, -1)
    return np.asarray(cv2.resize(large, SIZE[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def worn(picture: np.ndarray, at: Unsteadiness, grain: float = 0.0, seed: int = 0) -> np.ndarray:
    """Return a picture (height, width, ...) 0..255 at this position and brightness, with grain."""
    shift = np.array([[1, 0, at.right], [0, 1, at.down]], np.float32)
    moved = cv2.warpAffine(
        picture.astype(np.float32),
        shift,
        picture.shape[1::-1],
        flags=cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )
    noise = np.random.default_rng(seed).normal(0, grain, picture.shape)
    return np.clip(np.rint(at.gain * moved + at.offset + noise), 0, 255).astype(np.uint8)


def unsteady(n_frames: int, *, weave: float = 0.0, flicker: float = 0.0, seed: int = 0) -> list[Unsteadiness]:
    """Return random positions, with a deviation in pixels, and gains, with a deviation."""
    rng = np.random.default_rng(seed)
    shifts = (weave * rng.normal(0, 1, (n_frames, 2)).clip(-2, 2)).tolist()
    gains = (1 + flicker * rng.normal(0, 1, n_frames).clip(-2, 2)).tolist()
    return [Unsteadiness(down, right, gain) for (down, right), gain in zip(shifts, gains, strict=True)]
