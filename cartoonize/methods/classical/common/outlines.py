"""Outlines of a cartoon and the regions between them (Sykora, Burianek, Zara 2003 and 2005).

The Laplacian of a Gaussian is positive on a dark ridge, which is bounded by zero crossings. Grain and soft
shading have weak responses, which an adaptive threshold rejects: a connected piece of the response is kept if
it is strong somewhere, relative to the picture's grain and to its strongest lines. A kept piece extends
nearly to its zero crossings. A step between a dark and a light paint also counts as an outline, on its dark
side, so paints that touch without a line are separated as well.

Three things differ from the papers. The threshold uses hysteresis. The Gaussian has one width for all films.
Small gaps are closed: regions grow from places more than a few pixels away from any outline.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Standard deviation of the Gaussian in pixels, for lines of two to four pixels in a picture of 256x256.
SIGMA = 1.25
#: A piece is an outline if its response reaches, somewhere, this share of the picture's strongest lines ...
STRONG_SHARE = 0.12
#: ... (the quantile of all responses at this share of the pixels), ...
STRONG_QUANTILE = 0.99
#: ... this number of standard deviations of the response to grain, ...
GRAIN_DEVIATIONS = 6.0
#: ... and this value, in L x 0.01 a square pixel. A shade that differs by 0.05 does not reach it.
MIN_RESPONSE = 0.012
#: An outline extends down to this share of that threshold. Down to zero, grain and slopes would widen it.
WEAK_SHARE = 0.25
#: Regions do not leak through a gap in an outline that is narrower than twice this, in pixels.
HALF_GAP = 3.0


def outlines(luminance: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return the pixels of dark outlines.

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
    # At least a quarter of a cartoon is flat, so the quartile measures grain: 3.14 quartiles of the absolute
    # value are one standard deviation.
    grain = 3.14 * np.quantile(np.abs(response), 0.25)
    high = max(STRONG_SHARE * np.quantile(response, STRONG_QUANTILE), GRAIN_DEVIATIONS * grain, MIN_RESPONSE)
    return apply_hysteresis_threshold(response, WEAK_SHARE * high, high)  # type: ignore[no-untyped-call]


def regions_between(luminance: NDArray[np.floating]) -> NDArray[np.int32]:
    """Return the regions that outlines separate. Pixels are connected along rows and columns.

    Parameters
    ----------
    luminance : ndarray, shape (h, w)
        L x 0.01.

    Returns
    -------
    ndarray of int32, shape (h, w)
        Region numbers from 0 in reading order; -1 on outlines.
    """
    from scipy.ndimage import distance_transform_edt, label
    from skimage.segmentation import watershed

    free = ~outlines(luminance)
    # Distances to the border of the picture do not count.
    distances = distance_transform_edt(free) if not free.all() else np.full(free.shape, HALF_GAP)
    cores = label(distances >= HALF_GAP)[0]
    regions = watershed(-np.minimum(distances, HALF_GAP), cores, mask=free)  # type: ignore[no-untyped-call]
    thin, _ = label(free & (regions == 0))
    regions[thin > 0] = thin[thin > 0] + cores.max()
    return _in_order(regions)


def _in_order(regions: NDArray[np.integer]) -> NDArray[np.int32]:
    """Renumber regions from 0 in reading order; 0 becomes -1."""
    found, first, which = np.unique(regions, return_index=True, return_inverse=True)
    numbers = np.empty(len(found), np.int32)
    numbers[np.argsort(np.where(found > 0, first, -1), kind="stable")] = np.arange(len(found))
    return (numbers[which] - (found[0] == 0)).reshape(regions.shape)


def largest(regions: NDArray[np.int32], n_most: int, n_least_pixels: int) -> NDArray[np.int32]:
    """Keep the largest regions and renumber them by size.

    Regions beyond the first ``n_most`` or with fewer than ``n_least_pixels`` become -1. The largest region is
    always kept.
    """
    sizes = np.bincount(regions[regions >= 0])
    order = np.argsort(-sizes, kind="stable")[:n_most]
    order = order[: max(1, int((sizes[order] >= n_least_pixels).sum()))]
    numbers = np.full(len(sizes) + 1, -1, np.int32)  # the last entry is for -1
    numbers[order] = np.arange(len(order))
    return numbers[regions]


def fill_outlines(regions: NDArray[np.int32]) -> NDArray[np.int32]:
    """Assign every pixel of -1 to the nearest region."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(regions < 0, return_distances=False, return_indices=True)
    return regions[rows, columns]


def contacts(regions: NDArray[np.int32], n_regions: int) -> NDArray[np.int64]:
    """Count the pairs of neighbouring pixels between every two regions, (n, n). No pixel may be -1."""
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
