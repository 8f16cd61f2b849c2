"""What a picture looks like at a pixel, and as a whole: descriptors of luminance for a learned method.

Of the three levels of Cheng, Yang, Sheng 2015 the first two are here. The third is the
probabilities of a scene-parsing network, which needs labelled pictures. In a series scenes have fixed
layouts, so the place in the picture stands in for it; that is ours.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

#: Side of the patch of grey values (the paper's low level).
PATCH = 7
#: Of DAISY (the paper's mid level): four places, one of them the pixel, with eight orientations each, so 32
#: values. The places are so many pixels apart; scikit-image's own default.
RADIUS, PLACES, ORIENTATIONS = 15, 3, 8
#: Values of a pixel's descriptor: patch, DAISY, x, y.
N_LOCAL = PATCH * PATCH + (PLACES + 1) * ORIENTATIONS + 2
#: Number of values of it that say where in the picture the pixel is: the last ones.
N_POSITION = 2

#: Cells of the histogram of luminance and side of the thumbnail in the descriptor of a whole picture.
LEVELS, THUMBNAIL = 32, 8
N_GLOBAL = LEVELS + THUMBNAIL * THUMBNAIL


def local_descriptors(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe every pixel of a picture, which is mirrored at its border.

    DAISY is not normalised: on the flat paints of cartoons that would blow up grain to full contrast.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (h, w, 83)
        49 grey values of the 7x7 patch, row by row; 32 of DAISY: the pixel's histogram of gradient
        orientations, then those of the places around it; x and y of the pixel's centre as shares of the
        picture, 0..1.
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
    """Describe a picture as a whole, for clusters of pictures.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of float32, shape (96,)
        The square roots of the shares of 32 levels of luminance, so that distances are Hellinger's and no
        large flat paint outweighs all else, and the luminance of 8x8 cells, / 4, row by row.
    """
    shares = np.histogram(luminance, LEVELS, (0, 1))[0] / luminance.size
    picture = torch.from_numpy(np.ascontiguousarray(luminance))[None, None]
    cells = functional.interpolate(picture, size=(THUMBNAIL, THUMBNAIL), mode="area").numpy()
    return np.concatenate([np.sqrt(shares), cells.ravel() / 4]).astype(np.float32)
