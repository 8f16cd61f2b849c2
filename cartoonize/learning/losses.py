"""What is minimised: a divergence of histograms, rebalanced or not, or distances of colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cartoonize.color.bins import N_BINS, rebalancing_weights, soft_encode
from cartoonize.errors import UnknownNameError

if TYPE_CHECKING:
    from cartoonize.learning.samples import Samples

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


def one_hot(logits: Tensor, ab: Tensor) -> Tensor:
    """Return the cross-entropy with the nearest bin alone, mean over pixels (Fabbri, Islam, section 3.1)."""
    nearest = soft_encode(ab.permute(0, 2, 3, 1))[0][..., 0]
    return functional.cross_entropy(logits.float(), nearest)


def euclidean(predicted: Tensor, ab: Tensor) -> Tensor:
    """Return half the squared distance of a and b in units of 110, mean over pixels (thesis 7.1).

    Other documents' mean squared errors are this times a constant, which Adam does not notice. A prediction
    that is larger than the true colours is averaged to their size.
    """
    return 0.5 * _difference(predicted, ab).square().sum(1).mean()


def distances(l1: float, l2: float) -> Loss:
    """Return lambda_2 |difference| + lambda_3 difference^2 of a and b in units of 110, mean over pixels.

    Fabbri and Islam, section 3.1, sum over pixels and have a constant for normalisation: here it is the
    number of pixels, so that the lambdas mean the same for every size.
    """

    def loss(predicted: Tensor, ab: Tensor) -> Tensor:
        difference = _difference(predicted, ab)
        return l1 * difference.abs().sum(1).mean() + l2 * difference.square().sum(1).mean()

    return loss


def _difference(predicted: Tensor, ab: Tensor) -> Tensor:
    return (in_cells(predicted.float(), ab) - ab) / 110


def in_cells(predicted: Tensor, ab: Tensor) -> Tensor:
    """Average predicted ab (n, 2, H, W) to the size of true ab (n, 2, h, w), if it is larger."""
    cell = predicted.shape[-1] // ab.shape[-1]
    return functional.avg_pool2d(predicted, cell) if cell > 1 else predicted


def loss_for(
    kind: str, samples: Samples, *, rebalance: bool = False, settings: Mapping[str, Any] | None = None
) -> Loss | None:
    """Return a loss by name; None for ``own``, which is the network's.

    Parameters
    ----------
    kind : {"divergence", "one-hot", "euclidean", "distances", "own"}
    samples : Samples
        Whose colours are weighed by their rarity, if ``rebalance``.
    rebalance : bool
        Of a divergence.
    settings : mapping
        ``lambda2`` and ``lambda3`` of ``distances``.

    Raises
    ------
    UnknownNameError
        If there is no such loss.
    """
    settings = settings or {}
    known: dict[str, Callable[[], Loss | None]] = {
        "divergence": lambda: rebalanced_divergence(samples) if rebalance else divergence(),
        "one-hot": lambda: one_hot,
        "euclidean": lambda: euclidean,
        "distances": lambda: distances(settings["lambda2"], settings["lambda3"]),
        "own": lambda: None,
    }
    if kind not in known:
        raise UnknownNameError("loss", kind, known)
    return known[kind]()


def bin_frequencies(samples: Samples, limit: int = 512) -> NDArray[np.float64]:
    """Measure how often each bin occurs in the samples, softly encoded (the prior of thesis figure 5.2).

    At most ``limit`` evenly spaced frames are read; every second pixel of the 64x64 ab picture counts.
    """
    count = torch.zeros(N_BINS, dtype=torch.float64)
    from cartoonize.learning.samples import true_ab

    for row in np.unique(np.linspace(0, len(samples) - 1, min(limit, len(samples))).astype(int)):
        rgb = torch.from_numpy(samples.pictures[row : row + 1].copy())
        bins, weights = soft_encode(true_ab(rgb)[0, :, ::2, ::2].permute(1, 2, 0))
        count.index_add_(0, bins.reshape(-1), weights.reshape(-1).double())
    return (count / count.sum()).numpy()


def rebalanced_divergence(samples: Samples) -> Loss:
    """Return `divergence` with the weights that follow from the samples' own colours."""
    return divergence(rebalancing_weights(bin_frequencies(samples)))
