"""Ratios of colourfulness (Hasler and Suesstrunk 2003) and chroma to those of the original."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.pair import FrameColors, Pair, Reference


class Colorfulness:
    """Colourfulness relative to the original: 1 is equal, less is faded; NaN where the original is grey.

    Both scores are ratios of sums over frames, so the weight of a frame grows with its colourfulness. They
    measure the thesis's "color deficiency" (8.2.1).
    """

    n_sums = 5

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return colourfulness and chroma of the result, both of the original, and 1 frame."""
        return *_both(pair.colorized), *pair.reference.once(_of_original), 1

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``colorfulness_ratio`` and ``chroma_ratio``, the ratio of the mean norms of ab."""
        colorful, chroma, reference_colorful, reference_chroma, n_frames = (float(s) for s in sums)
        return {
            "colorfulness_ratio": _ratio(colorful, reference_colorful, n_frames),
            "chroma_ratio": _ratio(chroma, reference_chroma, n_frames),
        }


def _ratio(value: float, reference: float, n_frames: float) -> float:
    # The ab of a grey sRGB pixel differs from 0 by a few thousandths.
    return value / reference if reference > 0.05 * n_frames else float("nan")


def _both(frame: FrameColors) -> tuple[float, float]:
    return colorfulness(frame.rgb), mean_chroma(frame)


def _of_original(reference: Reference) -> tuple[float, float]:
    return _both(reference.colors)


def mean_chroma(frame: FrameColors) -> float:
    """Return the mean norm of ab, which is 0 for grey."""
    return float(_total_chroma(frame.lab.reshape(-1, 3)) / frame.luma.size)


def colorfulness(rgb: NDArray[np.uint8]) -> float:
    """Return the colourfulness of an image: 0 for grey, about 100 for extremely colourful.

    Opponent differences are signed, so an image that is half red and half green is colourful because of their
    spread.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        sRGB 0..255.
    """
    n = rgb.size // 3
    red_green, red_green2, yellow_blue, yellow_blue2 = _opponent_sums(rgb.reshape(-1, 3))
    means = red_green / n, yellow_blue / n / 2
    variances = red_green2 / n - means[0] ** 2, yellow_blue2 / n / 4 - means[1] ** 2
    return float(np.sqrt(max(sum(variances), 0)) + 0.3 * np.hypot(*means))


@njit(cache=True, nogil=True)
def _opponent_sums(rgb):  # type: ignore[no-untyped-def]
    """Return the sums of red - green and red + green - 2 blue and of their squares, as exact integers."""
    red_green = red_green2 = yellow_blue = yellow_blue2 = np.int64(0)
    for i in range(len(rgb)):
        red, green, blue = np.int64(rgb[i, 0]), np.int64(rgb[i, 1]), np.int64(rgb[i, 2])
        one, other = red - green, red + green - 2 * blue
        red_green += one
        red_green2 += one * one
        yellow_blue += other
        yellow_blue2 += other * other
    return red_green, red_green2, yellow_blue, yellow_blue2


@njit(cache=True, nogil=True)
def _total_chroma(lab):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(lab)):
        total += np.sqrt(lab[i, 1] * lab[i, 1] + lab[i, 2] * lab[i, 2])
    return total
