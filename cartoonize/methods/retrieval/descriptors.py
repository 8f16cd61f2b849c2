"""Descriptors of regions: what a network that has seen photographs says about them, by scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from cartoonize.methods.retrieval.efficientnet import CHANNELS, EfficientNetLite0
from cartoonize.tracking.parts import Parts

#: Length of a descriptor.
N_FEATURES = sum(CHANNELS)


def describe(network: EfficientNetLite0, drawings: Sequence[Parts]) -> list[Tensor]:
    """Return the mean features of the regions of drawings of one size, without outlines.

    Returns
    -------
    list of Tensor of float32
        For each drawing, (regions, 472).
    """
    weight = network.stem.weight
    lightness = np.stack([parts.lightness for parts in drawings])[:, None]
    pictures = torch.from_numpy(lightness / np.float32(50) - 1).to(weight.device, weight.dtype)
    pictures = pictures.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    levels = network(pictures)
    return [_means(parts, [level[k] for level in levels]) for k, parts in enumerate(drawings)]


def _means(parts: Parts, levels: Sequence[Tensor]) -> Tensor:
    """Return the means over regions, (regions, 472), of features (channels, rows, columns)."""
    means = []
    for features in levels:
        shares = torch.from_numpy(_shares(parts, features.shape[1:])).to(features.device)
        means.append(shares @ features.flatten(1).T.float())
    return torch.cat(means, 1)


def by_scale(features: Tensor) -> list[Tensor]:
    """Divide descriptors (n, 472) by scale, the finest first."""
    return list(torch.split(features, list(CHANNELS), 1))


def _shares(parts: Parts, size: torch.Size) -> NDArray[np.float32]:
    """Return the matrix that interpolates cells and averages them over regions, (regions, cells)."""
    (rows, columns), (height, width) = size, parts.regions.shape
    total = np.zeros((len(parts.areas), rows, columns))
    _add_shares(
        total, parts.regions, parts.lines, _between_cells(height, rows), _between_cells(width, columns)
    )
    shares = total.reshape(len(total), -1)
    return np.asarray(shares / np.maximum(shares.sum(1, keepdims=True), 1e-9), np.float32)


def _between_cells(n_pixels: int, n_cells: int) -> NDArray[np.float64]:
    """Return, for each pixel of a side, the cell before its centre and the share of the next, (2, pixels)."""
    position = np.clip((np.arange(n_pixels) + 0.5) * n_cells / n_pixels - 0.5, 0, n_cells - 1)
    before = np.floor(position)
    return np.stack([before, position - before])


@njit(cache=True, nogil=True)
def _add_shares(total, regions, lines, down, across):  # type: ignore[no-untyped-def]
    """Add the shares of four cells in each pixel to those of its region, (regions, rows, columns)."""
    _, rows, columns = total.shape
    for y in range(regions.shape[0]):
        top, lower = int(down[0, y]), down[1, y]
        bottom = min(top + 1, rows - 1)
        for x in range(regions.shape[1]):
            if lines[y, x]:
                continue
            left, later = int(across[0, x]), across[1, x]
            right = min(left + 1, columns - 1)
            cells = total[regions[y, x]]
            cells[top, left] += (1 - lower) * (1 - later)
            cells[top, right] += (1 - lower) * later
            cells[bottom, left] += lower * (1 - later)
            cells[bottom, right] += lower * later
