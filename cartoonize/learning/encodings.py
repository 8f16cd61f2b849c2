"""Two-step encoding of true colours as histograms, as the thesis describes it in section 5.2."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from cartoonize.color.bins import AB_BINS, N_BINS, SIGMA, soft_encode

#: Smallest distance from a bin, in units of a and b. It avoids a division by zero.
_LEAST_DISTANCE = 1e-4


@torch.no_grad()
def two_step_histogram(ab: Tensor) -> Tensor:
    """Encode colours as histograms: a convex combination of the five nearest bins, then a Gaussian.

    The thesis says that the combination is "proportionate to the distances from the neighbors". Here the
    weights are inversely proportional to the distances; the mean of the combination is within 2 units of the
    true a and b. The Gaussian (sigma 5) spreads the weight of each bin over all 313 bins. Its rows are
    normalised, so that histograms sum to 1.

    The default encoding, `cartoonize.color.bins.soft_encode`, follows the code of Zhang et al. 2016 instead:
    in one step, it weights the five nearest bins by a Gaussian of their distance from the colour.

    Parameters
    ----------
    ab : Tensor, shape (..., 2)
        CIELAB a and b, about -110..110.

    Returns
    -------
    Tensor of float32, shape (..., 313)
        Shares of the bins; they sum to 1.
    """
    bins, _ = soft_encode(ab)
    centers, smoothing = _tables(ab.device)
    distance = (centers[bins] - ab.unsqueeze(-2)).norm(dim=-1).clamp_min(_LEAST_DISTANCE)
    weights = 1 / distance
    weights = weights / weights.sum(-1, keepdim=True)
    combination = weights.new_zeros(*ab.shape[:-1], N_BINS).scatter_(-1, bins, weights)
    with torch.autocast(ab.device.type, enabled=False):
        return combination @ smoothing


@lru_cache
def _tables(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the bins (313, 2), and the Gaussian around each bin over all bins (313, 313)."""
    centers = torch.from_numpy(AB_BINS.copy())
    squared = (centers[:, None] - centers).square().sum(-1)
    smoothing = (-squared / (2 * SIGMA**2)).exp()
    smoothing = smoothing / smoothing.sum(1, keepdim=True)
    return centers.to(device), smoothing.to(device)
