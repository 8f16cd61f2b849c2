"""Joint bilateral filter: averages colours where another picture, the guide, is even."""

from __future__ import annotations

import torch
from torch import Tensor


def joint_bilateral(
    ab: Tensor, guide: Tensor, *, radius: int, step: int, space: float, tone: float
) -> Tensor:
    """Average the colours around every pixel, weighted by distance and by difference in the guide.

    Parameters
    ----------
    ab : Tensor, shape (n, c, h, w)
        Picture to smooth.
    guide : Tensor, shape (n, 1, h, w)
        Guide, whose edges are preserved.
    radius, step : int
        Neighbours are at multiples of ``step`` up to ``radius`` pixels away, in both directions.
    space, tone : float
        Standard deviations of the two Gaussians, in pixels and in units of the guide.

    Returns
    -------
    Tensor, shape (n, c, h, w)
        Smoothed picture. Neighbours outside the picture are ignored.
    """
    height, width = guide.shape[2:]
    sums, weights = torch.zeros_like(ab), torch.zeros_like(guide)
    offsets = range(-(radius // step) * step, radius + 1, step)
    for dy in offsets:
        for dx in offsets:
            if abs(dy) >= height or abs(dx) >= width:
                continue
            here = (..., slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx)))
            there = (..., slice(max(0, dy), height + min(0, dy)), slice(max(0, dx), width + min(0, dx)))
            apart = ((guide[here] - guide[there]) / tone) ** 2 + (dy * dy + dx * dx) / space**2
            weight = torch.exp(apart / -2)
            sums[here] += weight * ab[there]
            weights[here] += weight
    return sums / weights
