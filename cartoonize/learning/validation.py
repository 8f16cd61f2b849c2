"""Validation of a network on unaugmented frames."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cartoonize.color.bins import N_BINS, decode
from cartoonize.devices import autocast
from cartoonize.learning.batches import Batch, loss_of
from cartoonize.learning.losses import Loss, in_cells
from cartoonize.learning.samples import Samples

#: Largest number of frames that a validation reads; they are evenly spaced.
N_VALIDATION = 64
#: Frames of a validation batch.
_BATCH_SIZE = 8


@torch.no_grad()
def validate(
    model: nn.Module, samples: Samples, loss: Loss | None, device: torch.device, dtype: torch.dtype
) -> dict[str, float]:
    """Measure the mean loss and the mean ab error on at most 64 evenly spaced, unaugmented frames.

    Parameters
    ----------
    model : nn.Module
        Set to evaluation mode.
    samples : Samples
    loss : callable or None
        None for the network's own loss.
    device : torch.device
    dtype : torch.dtype
        Type in which the network computes where autocast allows it.

    Returns
    -------
    dict
        ``loss``, and ``ab_error``: the mean Euclidean distance between predicted and true a and b in cells of
        4x4 pixels. Histograms are decoded by their expectation. Unlike losses, ``ab_error`` is comparable
        between variants.
    """
    model.eval()
    rows = sorted({k * len(samples) // N_VALIDATION for k in range(N_VALIDATION)})
    losses, errors = [], []
    for start in range(0, len(rows), _BATCH_SIZE):
        inputs, ab = samples.rows(rows[start : start + _BATCH_SIZE], device)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        with autocast(device, dtype):
            predicted = model(inputs)
            if loss is None:
                torch.manual_seed(start)  # the network may draw places
                unlabelled = Batch(0, inputs, ab, torch.full((len(ab),), -1, device=device))
                value = loss_of(model, unlabelled, None)
            else:
                value = loss(predicted, ab)
        losses.append(float(value) * len(ab))
        errors.append(_ab_error(predicted, functional.avg_pool2d(ab, 4 // samples.cell)) * len(ab))
    return {"loss": sum(losses) / len(rows), "ab_error": sum(errors) / len(rows)}


def _ab_error(predicted: Tensor, ab: Tensor) -> float:
    """Return the mean distance of histograms (n, 313, h, w) or ab (n, 2, H, W) from true ab (n, 2, h, w)."""
    return float((in_cells(ab_of(predicted), ab) - ab).norm(dim=1).mean())


def ab_of(predicted: Tensor) -> Tensor:
    """Return ab (n, 2, h, w) as it is, or the mean ab of log-probabilities of the bins (n, 313, h, w)."""
    if predicted.shape[1] == N_BINS:
        predicted = decode(torch.softmax(predicted.float(), 1))
    return predicted.float()
