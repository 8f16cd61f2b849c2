"""Descriptors of regions: what a network that has seen photographs says about them, by scale."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.retrieval.efficientnet import CHANNELS, EfficientNetLite0
from cartoonize.tracking.parts import Parts

#: Length of a descriptor.
N_FEATURES = sum(CHANNELS)


def describe(network: EfficientNetLite0, parts: Parts) -> Tensor:
    """Return the mean features of each region of a drawing, without outlines, (regions, 472) float32."""
    weight = network.stem.weight
    picture = torch.from_numpy(parts.lightness / np.float32(50) - 1).to(weight.device, weight.dtype)
    pictures = picture.expand(1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    means = []
    for features in network(pictures):
        shares = torch.from_numpy(_shares(parts, features.shape[2:])).to(weight.device)
        means.append(shares @ features[0].flatten(1).T.float())
    return torch.cat(means, 1)


def by_scale(features: Tensor) -> list[Tensor]:
    """Divide descriptors (n, 472) by scale, the finest first."""
    return list(torch.split(features, list(CHANNELS), 1))


def _shares(parts: Parts, size: torch.Size) -> NDArray[np.float32]:
    """Return the matrix that interpolates cells and averages them over regions, (regions, cells)."""
    free = ~parts.lines
    n_regions, (rows, columns) = len(parts.areas), size
    regions = parts.regions[free]
    y, x = (
        _between_cells(side, n)[:, places]
        for side, n, places in zip(free.shape, size, np.nonzero(free), strict=True)
    )
    total = np.zeros(n_regions * rows * columns)
    for row, row_share in ((y[0], 1 - y[1]), (np.minimum(y[0] + 1, rows - 1), y[1])):
        for column, share in ((x[0], 1 - x[1]), (np.minimum(x[0] + 1, columns - 1), x[1])):
            codes = (regions * rows + row.astype(np.int64)) * columns + column.astype(np.int64)
            total += np.bincount(codes, row_share * share, len(total))
    shares = total.reshape(n_regions, -1)
    return np.asarray(shares / np.maximum(shares.sum(1, keepdims=True), 1e-9), np.float32)


def _between_cells(n_pixels: int, n_cells: int) -> NDArray[np.float64]:
    """Return, for each pixel of a side, the cell before its centre and the share of the next, (2, pixels)."""
    position = np.clip((np.arange(n_pixels) + 0.5) * n_cells / n_pixels - 0.5, 0, n_cells - 1)
    before = np.floor(position)
    return np.stack([before, position - before])
