"""Film grain: how much of it a picture has, and the picture without it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: The median of |x| of a normal distribution, in deviations.
_MEDIAN = 0.6745
#: Strength of the filter, in deviations of the grain.
_STRENGTH = 2.1
#: Pixels of the patches that are compared, and of the area in which the like is looked for.
_PATCH, _AROUND = 7, 17


def grain_of(grey: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the noise of a picture (height, width), in codes of 0..255.

    From the median of the absolute diagonal differences, the finest Haar coefficients (Donoho and Johnstone
    1994, *Ideal spatial adaptation by wavelet shrinkage*): outlines are few, grain is everywhere.
    """
    height, width = (n - n % 2 for n in grey.shape)
    x = grey[:height, :width].astype(np.float32)
    diagonal = (x[::2, ::2] - x[1::2, ::2] - x[::2, 1::2] + x[1::2, 1::2]) / 2
    return float(np.median(np.abs(diagonal))) / _MEDIAN


def without_grain(grey: NDArray[np.uint8], grain: float) -> NDArray[np.uint8]:
    """Return a picture (height, width), 0..255, without grain of this deviation.

    Non-local means (Buades, Coll and Morel 2005): edges stay where they are.
    """
    return np.asarray(cv2.fastNlMeansDenoising(grey, None, _STRENGTH * grain, _PATCH, _AROUND), np.uint8)
