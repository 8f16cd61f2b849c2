"""Luminance descriptors of a pixel and of a whole picture.

Local descriptors have the first two of the three levels of Cheng, Yang, Sheng (2015). The third consists of
the probabilities of a scene-parsing network, which needs labelled pictures. Scenes of a series have fixed
layouts, so the position in the picture replaces it here, which differs from the paper.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

#: Side of the patch of grey values, the paper's low level, in pixels.
PATCH = 7
#: Options of DAISY, the paper's mid level: the pixel and three places at this radius in pixels, which is
#: scikit-image's default, with eight orientations each; 32 values in all.
RADIUS, PLACES, ORIENTATIONS = 15, 3, 8
#: Number of values of a local descriptor: patch, DAISY, x, y.
N_LOCAL = PATCH * PATCH + (PLACES + 1) * ORIENTATIONS + 2
#: Number of values for the position of the pixel, which come last.
N_POSITION = 2

#: Number of levels of the luminance histogram, and side of the thumbnail, in a global descriptor.
LEVELS, THUMBNAIL = 32, 8
N_GLOBAL = LEVELS + THUMBNAIL * THUMBNAIL


def local_descriptors(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe every pixel of a picture, which is mirrored at its border.

    DAISY is not normalised: on the flat paints of cartoons, that would amplify grain to full contrast.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (h, w, 83)
        49 grey values of the 7x7 patch, row by row; 32 values of DAISY, which are the histogram of gradient
        orientations at the pixel, then those at the places around it; x and y of the pixel's centre as
        shares of the picture, 0..1.
    """
    from skimage.feature import daisy

    height, width = luminance.shape
    around = np.pad(luminance, PATCH // 2, mode="symmetric")
    patches = np.lib.stride_tricks.sliding_window_view(around, (PATCH, PATCH))
    gradients = daisy(  # type: ignore[no-untyped-call]
        np.pad(luminance, RADIUS, mode="symmetric").astype(np.float64),
        step=1, radius=RADIUS, rings=1, histograms=PLACES, orientations=ORIENTATIONS, normalization="off",
    )  # fmt: skip
    described = np.empty((height, width, N_LOCAL), np.float32)
    described[..., : PATCH * PATCH] = patches.reshape(height, width, -1)
    described[..., PATCH * PATCH : -N_POSITION] = gradients
    described[..., -2] = (np.arange(width) + 0.5) / width
    described[..., -1] = (np.arange(height)[:, None] + 0.5) / height
    return described


def global_descriptor(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe a picture as a whole, for the clustering of pictures.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (96,)
        The square roots of the shares of 32 levels of luminance, then the luminance of 8x8 cells divided by
        4, row by row. Square roots give Hellinger distances, in which a large flat paint does not outweigh
        everything else.
    """
    shares = np.histogram(luminance, LEVELS, (0, 1))[0] / luminance.size
    picture = torch.from_numpy(np.ascontiguousarray(luminance))[None, None]
    cells = functional.interpolate(picture, size=(THUMBNAIL, THUMBNAIL), mode="area").numpy()
    return np.concatenate([np.sqrt(shares), cells.ravel() / 4]).astype(np.float32)
