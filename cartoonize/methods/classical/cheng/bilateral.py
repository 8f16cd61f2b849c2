"""A joint bilateral filter: colours are averaged where another picture, the guide, is even."""

from __future__ import annotations

import torch
from torch import Tensor


def joint_bilateral(
    ab: Tensor, guide: Tensor, *, radius: int, step: int, space: float, tone: float
) -> Tensor:
    """Average the colours around every pixel, those of other luminance and those far away counting less.

    Parameters
    ----------
    ab : Tensor, shape (n, c, h, w)
        What is smoothed.
    guide : Tensor, shape (n, 1, h, w)
        Whose edges stay.
    radius, step : int
        Neighbours are at multiples of ``step`` up to ``radius`` pixels away, in both directions.
    space, tone : float
        Deviations of the two Gaussians: pixels, and units of the guide.

    Returns
    -------
    Tensor, shape (n, c, h, w)
        Neighbours outside the picture do not count.
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
