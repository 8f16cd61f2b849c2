"""Film grain: estimation of its strength, and removal."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Median of |x| of a normal distribution, in standard deviations.
_MEDIAN = 0.6745
#: Strength of the filter, in standard deviations of the grain.
_STRENGTH = 2.1
#: Sides of the patches that are compared and of the area that is searched for similar patches, in pixels.
_PATCH, _SEARCH_AREA = 7, 17


def estimate_grain(grey: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the noise of a picture (height, width) in codes of 0..255.

    It is estimated from the median absolute value of the finest diagonal Haar coefficients (Donoho and
    Johnstone 1994, *Ideal spatial adaptation by wavelet shrinkage*). Outlines hardly influence the median,
    because they are few and grain is everywhere.
    """
    height, width = (n - n % 2 for n in grey.shape)
    x = grey[:height, :width].astype(np.float32)
    diagonal = (x[::2, ::2] - x[1::2, ::2] - x[::2, 1::2] + x[1::2, 1::2]) / 2
    return float(np.median(np.abs(diagonal))) / _MEDIAN


def remove_grain(grey: NDArray[np.uint8], grain: float) -> NDArray[np.uint8]:
    """Return a picture (height, width), 0..255, without its grain of standard deviation ``grain``.

    The filter is non-local means (Buades, Coll and Morel 2005), which preserves edges.
    """
    return np.asarray(cv2.fastNlMeansDenoising(grey, None, _STRENGTH * grain, _PATCH, _SEARCH_AREA), np.uint8)
