"""Outlines of a cartoon and the regions between them (Sykora, Burianek, Zara 2003 and 2005).

The Laplacian of a Gaussian is positive on a dark ridge, and zero crossings bound it. Grain and soft shading
have weak responses, which an adaptive threshold rejects: a connected piece of the response stays if it is
strong somewhere, relative to the picture's grain and to its strongest lines. It then reaches nearly to its
zero crossings. A step from a dark paint to a light one counts as an outline, too, on its dark side, so paints
that touch without a line are parted all the same.

Ours are the form of the threshold, which is one of hysteresis, the one width of the Gaussian for all films,
and that small gaps are closed: regions grow from where it is more than a few pixels to the next outline.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Of the Gaussian, in pixels. It is made for lines of two to four pixels on a picture of 256x256.
SIGMA = 1.25
#: A piece is an outline if its response comes to this share of the picture's strongest lines somewhere, ...
STRONG = 0.12
#: ... which are those above this share of all pixels, ...
OF_ALL = 0.99
#: ... to so many deviations of the grain's, ...
ABOVE_GRAIN = 6.0
#: ... and to this, of L x 0.01 a square pixel; a shade of five hundredths does not.
LEAST = 0.012
#: It reaches down to this share of that. Zero itself would let grain and slopes widen it.
WEAK = 0.25
#: A gap in an outline of less than twice so many pixels is no way through.
GAP = 3.0


def outlines(luminance: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Find the pixels of dark outlines.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    from scipy.ndimage import gaussian_laplace
    from skimage.filters import apply_hysteresis_threshold

    response = gaussian_laplace(luminance.astype(np.float64), SIGMA, mode="nearest")
    # At least a quarter of a cartoon is flat, so the quartile sees grain; 3.14 makes a deviation of it.
    grain = 3.14 * np.quantile(np.abs(response), 0.25)
    high = max(STRONG * np.quantile(response, OF_ALL), ABOVE_GRAIN * grain, LEAST)
    return apply_hysteresis_threshold(response, WEAK * high, high)  # type: ignore[no-untyped-call]


def regions_between(luminance: NDArray[np.floating]) -> NDArray[np.int32]:
    """Find the pieces that outlines part; they are connected along rows and columns.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of int32, shape (h, w)
        From 0 in reading order; -1 on outlines.
    """
    from scipy.ndimage import distance_transform_edt, label
    from skimage.segmentation import watershed

    free = ~outlines(luminance)
    # Distances to the picture's border do not count.
    distances = distance_transform_edt(free) if not free.all() else np.full(free.shape, GAP)
    cores = label(distances >= GAP)[0]
    regions = watershed(-np.minimum(distances, GAP), cores, mask=free)  # type: ignore[no-untyped-call]
    thin, _ = label(free & (regions == 0))
    regions[thin > 0] = thin[thin > 0] + cores.max()
    return _in_order(regions)


def _in_order(regions: NDArray[np.integer]) -> NDArray[np.int32]:
    """Give regions numbers from 0 in reading order; 0 becomes -1."""
    found, first, which = np.unique(regions, return_index=True, return_inverse=True)
    numbers = np.empty(len(found), np.int32)
    numbers[np.argsort(np.where(found > 0, first, -1), kind="stable")] = np.arange(len(found))
    return (numbers[which] - (found[0] == 0)).reshape(regions.shape)


def largest(regions: NDArray[np.int32], n_most: int, n_least_pixels: int) -> NDArray[np.int32]:
    """Give the largest regions new numbers, by size; what is smaller or beyond ``n_most`` becomes -1.

    The largest of all always stays.
    """
    sizes = np.bincount(regions[regions >= 0])
    order = np.argsort(-sizes, kind="stable")[:n_most]
    order = order[: max(1, int((sizes[order] >= n_least_pixels).sum()))]
    numbers = np.full(len(sizes) + 1, -1, np.int32)  # the last one is for -1
    numbers[order] = np.arange(len(order))
    return numbers[regions]


def fill_outlines(regions: NDArray[np.int32]) -> NDArray[np.int32]:
    """Hand every pixel of -1 to the nearest region."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(regions < 0, return_distances=False, return_indices=True)
    return regions[rows, columns]


def contacts(regions: NDArray[np.int32], n_regions: int) -> NDArray[np.int64]:
    """Count the pairs of neighbouring pixels of every two regions, (n, n); no pixel may be -1."""
    pairs: Any = np.concatenate(
        [
            np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()]),
            np.stack([regions[:-1].ravel(), regions[1:].ravel()]),
        ],
        axis=1,
    )
    apart = pairs[:, pairs[0] != pairs[1]].astype(np.int64)
    counts = np.bincount(apart[0] * n_regions + apart[1], minlength=n_regions**2)
    counts = counts.reshape(n_regions, n_regions)
    return counts + counts.T
