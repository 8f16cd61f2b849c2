"""The picture that a method's colours make on a given luma."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.luma import chroma_of_ab, rgb_of_luma_chroma


def shown(luma: NDArray[Any], ab: NDArray[np.float32], matrix: str = "bt601") -> NDArray[np.float32]:
    """Return the sRGB picture (h, w, 3), 0..1, that has this luma and, as far as sRGB reaches, this ab.

    Parameters
    ----------
    luma : ndarray, shape (h, w)
        Y' in 0..255.
    ab : ndarray, shape (h, w, 2)
        CIELAB a and b.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma weights.
    """
    level = np.asarray(luma, np.float32) / np.float32(255)
    return rgb_of_luma_chroma(level, chroma_of_ab(level, ab, matrix), matrix)
