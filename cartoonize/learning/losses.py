"""Losses of networks: divergence and cross-entropy of histograms, and distances of colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cartoonize.color.bins import N_BINS, rebalancing_weights, soft_encode
from cartoonize.devices import one_thread
from cartoonize.errors import UnknownNameError
from cartoonize.learning.encodings import two_step_histogram
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    from cartoonize.learning.samples import Samples
    from cartoonize.methods.variant import Variant

#: Number of pictures whose bins are counted at once.
_N_AT_ONCE = 16
#: Takes a network's output and true ab (n, 2, h, w) and returns a scalar.
Loss = Callable[[Tensor, Tensor], Tensor]


def divergence(weights: NDArray[np.float32] | None = None) -> Loss:
    """Return the Kullback-Leibler divergence KL(P || P_hat), weighted by the rarity of the true colour.

    Thesis formulas 5.2 and 5.3. Formula 5.2 as printed lacks the factor P before the difference of
    logarithms. The loss is a mean over pixels instead of a sum, so that it does not depend on the size of the
    batch. P is the soft encoding in one step, as in the code of Zhang et al. 2016. The thesis (5.2) describes
    two steps: `two_step_divergence`.

    Parameters
    ----------
    weights : ndarray, shape (313,), optional
        Weights of the bins, from `rebalancing_weights`. Without them all colours count alike.

    Returns
    -------
    callable
        Takes logits (n, 313, h, w) and true ab (n, 2, h, w); returns a scalar.
    """
    weigh = _weighting(weights)

    def loss(logits: Tensor, ab: Tensor) -> Tensor:
        bins, p = soft_encode(ab.permute(0, 2, 3, 1))
        at_bins = _log_p_hat(logits).gather(-1, bins)
        per_pixel = (p * (p.clamp_min(1e-12).log() - at_bins)).sum(-1)
        return weigh(per_pixel, bins[..., 0]).mean()  # the nearest bin is the argmax of P

    return loss


def two_step_divergence(weights: NDArray[np.float32] | None = None) -> Loss:
    """Return the divergence as `divergence` does, of histograms from `two_step_histogram`."""
    weigh = _weighting(weights)

    def loss(logits: Tensor, ab: Tensor) -> Tensor:
        p = two_step_histogram(ab.permute(0, 2, 3, 1))
        per_pixel = (p * (p.clamp_min(1e-12).log() - _log_p_hat(logits))).sum(-1)
        return weigh(per_pixel, p.argmax(-1)).mean()

    return loss


def one_hot(weights: NDArray[np.float32] | None = None) -> Loss:
    """Return the cross-entropy with the nearest bin, mean over pixels (Fabbri, Islam, section 3.1).

    Parameters
    ----------
    weights : ndarray, shape (313,), optional
        Weights of the bins, from `rebalancing_weights`: the loss of each pixel is multiplied by the weight of
        its true bin, as Zhang et al. 2016 do in equations 2 and 3 with soft targets. Without them all colours
        count alike.

    Returns
    -------
    callable
        Takes logits (n, 313, h, w) and true ab (n, 2, h, w); returns a scalar.
    """
    weigh = _weighting(weights)

    def loss(logits: Tensor, ab: Tensor) -> Tensor:
        nearest = soft_encode(ab.permute(0, 2, 3, 1))[0][..., 0]
        if weights is None:
            return functional.cross_entropy(logits.float(), nearest)
        per_pixel = functional.cross_entropy(logits.float(), nearest, reduction="none")
        return weigh(per_pixel, nearest).mean()

    return loss


def _weighting(weights: NDArray[np.float32] | None) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function that multiplies losses of pixels by the weights of their bins, if there are any."""
    table = None if weights is None else torch.from_numpy(weights)

    def weigh(per_pixel: Tensor, bins: Tensor) -> Tensor:
        nonlocal table
        if table is None:
            return per_pixel
        table = table.to(per_pixel.device)  # moved once
        return per_pixel * table[bins]

    return weigh


def _log_p_hat(logits: Tensor) -> Tensor:
    """Return log probabilities (n, h, w, 313) of logits (n, 313, h, w).

    In channels-last memory the bins are the last axis, so that softmax runs over contiguous rows.
    """
    return torch.log_softmax(logits.permute(0, 2, 3, 1), -1, dtype=torch.float32)


def euclidean(predicted: Tensor, ab: Tensor) -> Tensor:
    """Return half the squared distance of a and b in units of 110, mean over pixels (thesis 7.1).

    The mean squared errors of the other documents differ by a constant factor, to which Adam is invariant. A
    prediction that is larger than the true colours is averaged to their size.
    """
    return 0.5 * _difference(predicted, ab).square().sum(1).mean()


def distances(l1: float, l2: float) -> Loss:
    """Return lambda_2 |difference| + lambda_3 difference^2 of a and b in units of 110, mean over pixels.

    Fabbri and Islam, section 3.1, sum over pixels and divide by a normalisation constant. Here the constant
    is the number of pixels, so that the lambdas have the same effect at every size.

    Parameters
    ----------
    l1, l2 : float
        lambda_2 and lambda_3.
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


def loss_for(variant: Variant, samples: Samples, *, reporter: Reporter = LOG) -> Loss | None:
    """Return the loss of a variant, or None if its network has its own.

    Parameters
    ----------
    variant : Variant
        Its ``loss``, ``rebalance``, ``encoding``, and ``lambda2`` and ``lambda3`` for ``distances``.
    samples : Samples
        Frames whose colours define the weights of a rebalanced loss.
    reporter : Reporter
        Receives progress.

    Raises
    ------
    UnknownNameError
        If the loss is unknown.
    """
    two_step = variant.encoding == "two-step"

    def weights() -> NDArray[np.float32] | None:
        if not variant.rebalance:
            return None
        return rebalancing_weights(bin_frequencies(samples, two_step=two_step, reporter=reporter))

    known: dict[str, Callable[[], Loss | None]] = {
        "divergence": lambda: two_step_divergence(weights()) if two_step else divergence(weights()),
        "one-hot": lambda: one_hot(weights()),
        "euclidean": lambda: euclidean,
        "distances": lambda: distances(variant.training["lambda2"], variant.training["lambda3"]),
        "palette": lambda: None,
        "own": lambda: None,
    }
    if variant.loss not in known:
        raise UnknownNameError("loss", variant.loss, known)
    return known[variant.loss]()


def bin_frequencies(
    samples: Samples, limit: int = 512, *, two_step: bool = False, reporter: Reporter = LOG
) -> NDArray[np.float64]:
    """Measure how often each bin occurs in the samples (the prior of thesis figure 5.2).

    Every second pixel of the 64x64 ab pictures is encoded softly. The result is kept with the samples.

    Parameters
    ----------
    samples : Samples
    limit : int
        Largest number of frames that are read; they are evenly spaced.
    two_step : bool
        Encode colours by `two_step_histogram` instead of `soft_encode`.
    reporter : Reporter
        Receives progress.

    Returns
    -------
    ndarray of float64, shape (313,)
        Shares of the bins; they sum to 1.
    """
    name = f"bins-{'two' if two_step else 'one'}-step-{limit}"
    return samples.statistic(name, lambda: _count_bins(samples, limit, two_step, reporter))


def _count_bins(samples: Samples, limit: int, two_step: bool, reporter: Reporter) -> NDArray[np.float64]:
    from cartoonize.learning.samples import true_ab

    rows = np.unique(np.linspace(0, len(samples) - 1, min(limit, len(samples))).astype(int))
    # The sums for many pictures at once are the same bit for bit, except for the matrix product of two steps.
    n_at_once = 1 if two_step else _N_AT_ONCE
    count = torch.zeros(N_BINS, dtype=torch.float64)
    with one_thread():  # threads would wait for each other in such small tensors
        for start in range(0, len(rows), n_at_once):
            reporter.progress("counting colours", start, len(rows), unit="frames")
            rgb = torch.from_numpy(samples.pictures[rows[start : start + n_at_once]])
            ab = true_ab(rgb)[:, :, ::2, ::2].permute(0, 2, 3, 1)
            if two_step:
                count += two_step_histogram(ab[0]).double().sum((0, 1))
            else:
                bins, weights = soft_encode(ab)
                count.index_add_(0, bins.reshape(-1), weights.reshape(-1).double())
    reporter.progress("counting colours", len(rows), len(rows), unit="frames")
    return (count / count.sum()).numpy()


def rebalanced_divergence(samples: Samples) -> Loss:
    """Return `divergence` with weights from the colours of samples."""
    return divergence(rebalancing_weights(bin_frequencies(samples)))
