"""The perceptual colour difference CIEDE2000 (Sharma, Wu and Dalal 2005)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.metrics.metric import mean
from cartoonize.metrics.pair import Pair

_COS_30 = math.cos(math.radians(30))
_COS_6, _SIN_6 = math.cos(math.radians(6)), math.sin(math.radians(6))
_COS_63, _SIN_63 = math.cos(math.radians(63)), math.sin(math.radians(63))


class Ciede2000:
    """Mean difference over all pixels, and the shares of pixels with a difference of at most 5 and 10."""

    n_sums = 4

    def sums(self, pair: Pair) -> tuple[float, ...]:
        """Return the sum of differences and the numbers of pixels within 5, within 10 and in all."""
        difference = pair.once(pixel_differences)
        within_5, within_10 = (int(np.count_nonzero(difference <= limit)) for limit in (5, 10))
        return float(difference.sum(dtype=np.float64)), within_5, within_10, difference.size

    def scores(self, sums: NDArray[np.float64]) -> dict[str, float]:
        """Return ``ciede2000``, ``share_within_5`` and ``share_within_10``."""
        *totals, n_pixels = sums
        names = ("ciede2000", "share_within_5", "share_within_10")
        return {name: mean(total, n_pixels) for name, total in zip(names, totals, strict=True)}


def pixel_differences(pair: Pair) -> NDArray[Any]:
    """Return the CIEDE2000 difference of each pixel, (height, width)."""
    return ciede2000(pair.reference.colors.lab, pair.colorized.lab)


def ciede2000(lab: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Return the CIEDE2000 differences of two CIELAB arrays.

    Parameters
    ----------
    lab, other : ndarray, shape (..., 3)
        L 0..100, a and b.

    Returns
    -------
    ndarray, shape (...)
        Differences; float32 if both arrays are, else float64.

    Raises
    ------
    UsageError
        If an array holds NaN or infinity.
    """
    for array in (lab, other):
        if not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise UsageError(
                f"a CIELAB array holds {array[where]} (first at {where})",
                "Check the computation of the array.",
            )
    dtype = np.float32 if lab.dtype == other.dtype == np.float32 else np.float64
    differences = np.empty(lab.shape[:-1], dtype)
    _differences(lab.reshape(-1, 3), other.reshape(-1, 3), differences.reshape(-1))
    return differences


@njit(cache=True, nogil=True)
def _differences(lab, other, differences):  # type: ignore[no-untyped-def]
    for i in range(len(lab)):
        differences[i] = _difference(
            np.float64(lab[i, 0]),
            np.float64(lab[i, 1]),
            np.float64(lab[i, 2]),
            np.float64(other[i, 0]),
            np.float64(other[i, 1]),
            np.float64(other[i, 2]),
        )


@njit(cache=True)
def _difference(l1, a1, b1, l2, a2, b2):  # type: ignore[no-untyped-def]
    """Compute equations 2 to 22 of the paper for one pair of colours, with kL = kC = kH = 1.

    The mean hue is represented by its cosine and sine, which are the direction of the sum of the two unit
    vectors (a, b) / C. The hue difference follows from products of a and b. The results are those of the
    paper's angles, with their wrapping at 360 degrees, without trigonometry.
    """
    if l1 == l2 and a1 == a2 and b1 == b2:
        return 0.0
    mean_c7 = ((math.sqrt(a1 * a1 + b1 * b1) + math.sqrt(a2 * a2 + b2 * b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_c7 / (mean_c7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.sqrt(a1 * a1 + b1 * b1), math.sqrt(a2 * a2 + b2 * b2)

    # (x, y) points in the direction of the mean hue. A grey has no hue, so the other colour's hue is used.
    x, y = a1 * c2 + a2 * c1, b1 * c2 + b2 * c1
    delta_h = 0.0
    if c1 == 0 or c2 == 0:
        x, y = a1 + a2, b1 + b2
    elif x * x + y * y < 1e-6 * (c1 * c2) ** 2:  # opposite hues: mean of the angles, as in the paper
        h1, h2 = math.atan2(b1, a1) % (2 * math.pi), math.atan2(b2, a2) % (2 * math.pi)
        apart, mean_h = h2 - h1, (h1 + h2) / 2
        if abs(apart) > math.pi:
            apart -= math.copysign(2 * math.pi, apart)
            mean_h += math.pi
        x, y = math.cos(mean_h), math.sin(mean_h)
        delta_h = 2 * math.sqrt(c1 * c2) * math.sin(apart / 2)
    else:
        # 2 sqrt(c1 c2) sin(apart / 2), from sin(apart) and cos(apart / 2) >= 0
        delta_h = (a1 * b2 - a2 * b1) / math.sqrt((c1 * c2 + a1 * a2 + b1 * b2) / 2)
    length = math.sqrt(x * x + y * y)
    cos, sin = (x / length, y / length) if length > 0 else (1.0, 0.0)

    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    cos2, sin2 = 2 * cos * cos - 1, 2 * sin * cos
    cos3, sin3 = cos * (2 * cos2 - 1), sin * (2 * cos2 + 1)
    cos4, sin4 = 2 * cos2 * cos2 - 1, 2 * sin2 * cos2
    t = (
        1
        - 0.17 * (cos * _COS_30 + sin * 0.5)
        + 0.24 * cos2
        + 0.32 * (cos3 * _COS_6 - sin3 * _SIN_6)
        - 0.20 * (cos4 * _COS_63 + sin4 * _SIN_63)
    )
    off_middle = (mean_l - 50) ** 2
    weight_l = 1 + 0.015 * off_middle / math.sqrt(20 + off_middle)
    weight_c = 1 + 0.045 * mean_c
    weight_h = 1 + 0.015 * mean_c * t
    lightness, chroma, hue = (l2 - l1) / weight_l, (c2 - c1) / weight_c, delta_h / weight_h
    squared = lightness * lightness + chroma * chroma + hue * hue
    if sin < 0 or (cos < 0 and sin < 0.5):  # the rotation term, for hues near 275 degrees; else below 1e-10
        degrees = math.degrees(math.atan2(sin, cos)) % 360
        turn = math.radians(60.0) * math.exp(-(((degrees - 275) / 25) ** 2))
        mean_c7 = mean_c**7
        rotation = -2 * math.sqrt(mean_c7 / (mean_c7 + 25.0**7)) * math.sin(turn)
        squared += rotation * chroma * hue
    return math.sqrt(max(squared, 0.0))
