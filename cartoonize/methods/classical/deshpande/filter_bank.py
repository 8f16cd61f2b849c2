"""Filter bank that describes every pixel of a picture (Deshpande, Rock, Forsyth 2015)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Standard deviations of the Gaussians of the filter bank, in pixels.
SCALES = (1.0, 2.0, 4.0, 8.0, 16.0)
#: Number of features of a pixel: L; smoothed L, its two derivatives, band and texture at each scale; x, y.
N_FEATURES = 1 + 5 * len(SCALES) + 2
#: Indices of the features that are levels of luminance.
LEVELS = [0, *range(1, 1 + 5 * len(SCALES), 5)]


def pixel_features(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe every pixel of a picture by a filter bank. The border is repeated outside the picture.

    Parameters
    ----------
    picture : ndarray of float32, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (h, w, 28)
        L x 0.01. For each scale: smoothed L; its derivatives along x and y, per standard deviation of the
        Gaussian; its difference to the previous scale, which is close to a Laplacian; the mean absolute
        difference of L to smoothed L, which measures texture. Finally x and y of the pixel's centre as shares
        of the picture, 0..1.
    """
    height, width = picture.shape
    features = np.empty((height, width, N_FEATURES), np.float32)
    features[..., 0] = finer = picture
    for number, scale in enumerate(SCALES):
        smooth = _smoothed(picture, scale)
        around = np.pad(smooth, 1, mode="edge")
        along_x = (around[1:-1, 2:] - around[1:-1, :-2]) * (scale / 2)
        along_y = (around[2:, 1:-1] - around[:-2, 1:-1]) * (scale / 2)
        texture = _smoothed(np.abs(picture - smooth), scale)
        first = 1 + 5 * number
        features[..., first : first + 5] = np.stack([smooth, along_x, along_y, smooth - finer, texture], -1)
        finer = smooth
    features[..., -2] = (np.arange(width) + 0.5) / width
    features[..., -1] = (np.arange(height)[:, None] + 0.5) / height
    return features


def _smoothed(picture: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    import cv2

    side = 2 * round(3 * scale) + 1
    blurred = cv2.GaussianBlur(picture, (side, side), scale, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
