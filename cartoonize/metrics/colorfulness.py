"""Colourfulness (Hasler and Suesstrunk 2003) and chroma, as ratios to the original's."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.metrics.pair import FrameColors


class Colorfulness:
    """How colourful the result is: 1 is like the original, less is faded; NaN where the original is grey."""

    def __init__(self) -> None:
        self._n_frames = 0
        self._colorfulness = np.zeros(2)
        self._chroma = np.zeros(2)

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        self._n_frames += 1
        for i, frame in enumerate((colorized, reference)):
            self._colorfulness[i] += colorfulness(frame.rgb)
            self._chroma[i] += np.hypot(frame.ab[..., 0], frame.ab[..., 1]).mean(dtype=np.float64)

    def result(self) -> dict[str, float]:
        """Return ``colorfulness_ratio`` and ``chroma_ratio`` (the mean norm of ab): ratios of the means."""
        return {
            "colorfulness_ratio": self._ratio(*self._colorfulness),
            "chroma_ratio": self._ratio(*self._chroma),
        }

    def _ratio(self, value: float, reference: float) -> float:
        # Lab of a grey sRGB pixel is a few thousandths off the axis.
        return float(value / reference) if reference > 0.05 * self._n_frames else float("nan")


def colorfulness(rgb: NDArray[np.uint8]) -> float:
    """Return the colourfulness of an image, sRGB 0..255: 0 for grey, about 100 for extremely colourful.

    The opponent differences keep their sign: half red, half green is colourful because they spread.
    """
    red, green, blue = (channel.astype(np.int16) for channel in cv2.split(rgb))
    deviations, means = [], []
    for difference in (red - green, (red + green) / 2 - blue):
        deviations.append(difference.std(dtype=np.float64))
        means.append(difference.mean(dtype=np.float64))
    return float(np.hypot(*deviations) + 0.3 * np.hypot(*means))
