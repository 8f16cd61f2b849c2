"""The colour difference CIEDE2000 (Sharma, Wu and Dalal 2005): what an eye sees as wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.metrics.pair import FrameColors


class Ciede2000:
    """Mean difference over all pixels, and the shares of pixels that are within 5 and within 10."""

    def __init__(self) -> None:
        self._total = 0.0
        self._n_within_5 = 0
        self._n_within_10 = 0
        self._n_pixels = 0

    def update(self, reference: FrameColors, colorized: FrameColors) -> None:
        """Take in one pair of frames of one size."""
        difference = ciede2000(reference.lab, colorized.lab)
        self._total += float(difference.sum(dtype=np.float64))
        self._n_within_5 += int(np.count_nonzero(difference <= 5))
        self._n_within_10 += int(np.count_nonzero(difference <= 10))
        self._n_pixels += difference.size

    def result(self) -> dict[str, float]:
        """Return ``ciede2000``, ``share_within_5`` and ``share_within_10``; NaN before the first pair."""
        n = self._n_pixels or float("nan")
        return {
            "ciede2000": self._total / n,
            "share_within_5": self._n_within_5 / n,
            "share_within_10": self._n_within_10 / n,
        }


def ciede2000(lab: NDArray[Any], other: NDArray[Any]) -> NDArray[np.float32]:
    """Return the CIEDE2000 difference of two CIELAB arrays, (..., 3) each, for each pixel (...)."""
    flat = np.ascontiguousarray(lab, np.float64).reshape(-1, 3)
    other_flat = np.ascontiguousarray(other, np.float64).reshape(-1, 3)
    return _differences(flat, other_flat).reshape(lab.shape[:-1])


@njit(cache=True, nogil=True)
def _differences(lab, other):  # type: ignore[no-untyped-def]
    differences = np.empty(len(lab), np.float32)
    for i in range(len(lab)):
        differences[i] = _difference(lab[i, 0], lab[i, 1], lab[i, 2], other[i, 0], other[i, 1], other[i, 2])
    return differences


@njit(cache=True)
def _difference(l1, a1, b1, l2, a2, b2):  # type: ignore[no-untyped-def]
    """Equations 2 to 22 of the paper for one pair of colours; kL = kC = kH = 1, angles in radians."""
    if l1 == l2 and a1 == a2 and b1 == b2:
        return 0.0
    mean_c7 = ((math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_c7 / (mean_c7 + 25.0**7))
    c1 = math.sqrt((stretch * a1) ** 2 + b1 * b1)
    c2 = math.sqrt((stretch * a2) ** 2 + b2 * b2)
    h1 = math.atan2(b1, stretch * a1) % (2 * math.pi)
    h2 = math.atan2(b2, stretch * a2) % (2 * math.pi)

    apart = h2 - h1
    mean_h = (h1 + h2) / 2
    if c1 * c2 == 0:
        apart, mean_h = 0.0, h1 + h2  # grey has no hue: the other colour's counts
    elif abs(apart) > math.pi:
        apart -= math.copysign(2 * math.pi, apart)
        mean_h += math.pi if mean_h < math.pi else -math.pi
    delta_h = 2 * math.sqrt(c1 * c2) * math.sin(apart / 2)

    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(mean_h - math.pi / 6)
        + 0.24 * math.cos(2 * mean_h)
        + 0.32 * math.cos(3 * mean_h + math.radians(6.0))
        - 0.20 * math.cos(4 * mean_h - math.radians(63.0))
    )
    off_middle = (mean_l - 50) ** 2
    weight_l = 1 + 0.015 * off_middle / math.sqrt(20 + off_middle)
    weight_c = 1 + 0.045 * mean_c
    weight_h = 1 + 0.015 * mean_c * t
    turn = math.radians(60.0) * math.exp(-(((math.degrees(mean_h) - 275) / 25) ** 2))
    mean_c7 = mean_c**7
    rotation = -2 * math.sqrt(mean_c7 / (mean_c7 + 25.0**7)) * math.sin(turn)
    x, y, z = (l2 - l1) / weight_l, (c2 - c1) / weight_c, delta_h / weight_h
    return math.sqrt(max(x * x + y * y + z * z + rotation * y * z, 0.0))
