"""What is minimised: a rebalanced divergence of histograms, or the squared distance of colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.color.bins import N_BINS, rebalancing_weights, soft_encode

if TYPE_CHECKING:
    from cartoonize.training.samples import Samples

Loss = Callable[[Tensor, Tensor], Tensor]


def divergence(weights: NDArray[np.float32] | None = None) -> Loss:
    """Return the Kullback-Leibler divergence KL(P || P_hat), weighted by the rarity of the true colour.

    Thesis formulas 5.2 and 5.3 (5.2 as printed lacks the factor P before the difference of logarithms);
    mean over pixels, so that it does not depend on the batch's size.

    Parameters
    ----------
    weights : ndarray, shape (313,), optional
        From `rebalancing_weights`; none weighs all colours alike.

    Returns
    -------
    callable
        Takes logits (n, 313, h, w) and true ab (n, 2, h, w); returns a scalar.
    """
    table = None if weights is None else torch.from_numpy(weights)

    def loss(logits: Tensor, ab: Tensor) -> Tensor:
        nonlocal table
        bins, p = soft_encode(ab.permute(0, 2, 3, 1))
        # Channels-last memory: with the bins as the last axis, softmax runs over contiguous rows.
        log_p_hat = torch.log_softmax(logits.permute(0, 2, 3, 1), -1, dtype=torch.float32)
        at_bins = log_p_hat.gather(-1, bins)
        per_pixel = (p * (p.clamp_min(1e-12).log() - at_bins)).sum(-1)
        if table is not None:
            table = table.to(logits.device)  # stays there
            per_pixel = per_pixel * table[bins[..., 0]]  # nearest bin: argmax of P
        return per_pixel.mean()

    return loss


def euclidean(predicted: Tensor, ab: Tensor) -> Tensor:
    """Return half the squared distance of a and b in units of 110, mean over pixels (thesis 7.1)."""
    return 0.5 * ((predicted.float() - ab) / 110).square().sum(1).mean()


def loss_for(output: str, samples: Samples, *, rebalance: bool = False) -> Loss:
    """Return the loss of a network with this output, ``"histogram"`` or ``"ab"``.

    Parameters
    ----------
    output : str
    samples : Samples
        Whose colours are weighed by their rarity, if ``rebalance``.
    rebalance : bool
    """
    if output == "ab":
        return euclidean
    return rebalanced_divergence(samples) if rebalance else divergence()


def bin_frequencies(samples: Samples, limit: int = 512) -> NDArray[np.float64]:
    """Measure how often each bin occurs in the samples, softly encoded (the prior of thesis figure 5.2).

    At most ``limit`` evenly spaced frames are read; every second pixel of the 64x64 ab picture counts.
    """
    count = torch.zeros(N_BINS, dtype=torch.float64)
    from cartoonize.training.samples import true_ab

    for row in np.unique(np.linspace(0, len(samples) - 1, min(limit, len(samples))).astype(int)):
        rgb = torch.from_numpy(samples.pictures[row : row + 1].copy())
        bins, weights = soft_encode(true_ab(rgb)[0, :, ::2, ::2].permute(1, 2, 0))
        count.index_add_(0, bins.reshape(-1), weights.reshape(-1).double())
    return (count / count.sum()).numpy()


def rebalanced_divergence(samples: Samples) -> Loss:
    """Return `divergence` with the weights that follow from the samples' own colours."""
    return divergence(rebalancing_weights(bin_frequencies(samples)))
