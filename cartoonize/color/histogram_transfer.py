"""Give the predicted histograms of a picture the colours of another picture (Larsson et al. 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import N_BINS, soft_encode
from cartoonize.color.lab import rgb_to_lab

if TYPE_CHECKING:
    from torch import Tensor

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Number of corrections of the histogram. After these, it is within some hundredths of the wanted one.
_N_STEPS = 20
#: Smallest share of a bin, so that no colour becomes impossible.
_LEAST = 1e-5


def histogram_of(rgb: NDArray[np.uint8], counts: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the share of each of the 313 bins in a picture.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (height, width, 3)
        sRGB.
    counts : ndarray of bool, shape (height, width)
        Pixels that count; at least one.

    Returns
    -------
    tuple of float
        313 shares; they sum to 1. The same picture has the same shares on every machine.
    """
    import torch

    colors, n_pixels = np.unique(rgb[counts], axis=0, return_counts=True)
    ab = rgb_to_lab(colors[None])[0, :, 1:].astype(np.float32)
    bins, weights = soft_encode(torch.from_numpy(ab))
    shares = np.zeros(N_BINS)
    np.add.at(shares, bins.numpy(), weights.double().numpy() * n_pixels[:, None])
    return tuple((shares / shares.sum()).round(6).tolist())


def transfer_histogram(histograms: Tensor, wanted: tuple[float, ...]) -> Tensor:
    """Change the histograms of each picture so that their mean is a wanted histogram.

    Every pixel's probability of a bin is multiplied by a factor of the bin, and normalised. The factors come
    from iterative proportional fitting (Deming, Stephan 1940): of all histograms with this mean, these have
    the least divergence from the predicted ones. Larsson et al. 2016 match the histogram of a reference, too.

    Parameters
    ----------
    histograms : Tensor, shape (n, 313, h, w)
        Probabilities of the bins.
    wanted : tuple of float
        313 shares, from `histogram_of`.

    Returns
    -------
    Tensor, shape (n, 313, h, w)
        Probabilities of the bins.
    """
    import torch

    goal = torch.tensor(wanted, device=histograms.device).clamp_min(_LEAST)
    goal = goal / goal.sum()
    found = histograms.float().clamp_min(1e-12)
    for _ in range(_N_STEPS):
        mean = found.mean((2, 3)).clamp_min(_LEAST)
        found = found * (goal / mean)[:, :, None, None]
        found = found / found.sum(1, keepdim=True)
    return found
