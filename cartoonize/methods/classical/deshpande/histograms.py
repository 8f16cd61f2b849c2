"""Histograms of the colours of references, and a map that imposes one on a picture."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.classical.common.batches import to_numpy
from cartoonize.methods.classical.common.frame_store import FrameStore

#: Number of quantiles of a and of b stored of a training frame, minimum and maximum included.
N_QUANTILES = 65
HISTOGRAMS = ("none", "reference")


class Histograms(FrameStore):
    """Quantiles of a and b of training frames, found by similar luminance."""

    quantiles: Tensor
    """(frames, 2, 65) quantiles of a and of b, from the minimum to the maximum."""

    def __init__(self) -> None:
        super().__init__(quantiles=torch.empty(0, 2, N_QUANTILES))

    def extract(self, luminance: Tensor, ab: Tensor) -> dict[str, Tensor]:
        """Return the quantiles."""
        shares = torch.linspace(0, 1, N_QUANTILES)
        return {"quantiles": torch.quantile(ab.flatten(2).float(), shares, dim=2).permute(1, 2, 0)}

    def of(self, picture: Tensor) -> NDArray[np.float32]:
        """Return the quantiles (2, 65) of the frame most similar to a picture, L x 0.01 (h, w)."""
        return to_numpy(self.quantiles[int(self.find(picture[None, None])[0])])


def with_histogram(ab: NDArray[np.float32], quantiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map a and b, each by a monotone curve, so that they have the given quantiles.

    Parameters
    ----------
    ab : ndarray, shape (h, w, 2)
        CIELAB a and b.
    quantiles : ndarray, shape (2, k)
        Quantiles of a and of b at even steps, from the minimum to the maximum.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        Mapped ab. Equal values stay equal: they get the quantile at the middle of their ranks.
    """
    shares = np.linspace(0, 1, quantiles.shape[1])
    mapped: NDArray[np.float32] = np.empty_like(ab)
    for channel, wanted in enumerate(quantiles):
        _, which, counts = np.unique(ab[..., channel], return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - counts / 2) / counts.sum()
        mapped[..., channel] = np.interp(ranks, shares, wanted)[which.reshape(ab.shape[:2])]
    return mapped
