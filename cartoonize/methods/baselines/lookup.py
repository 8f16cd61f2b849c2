"""Upper baseline: each level of luminance gets its mean colour in the training frames.

A network that is not better has learned nothing about shapes and positions.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

#: Number of whole units of CIE L, 0..100.
N_LEVELS = 101


class Lookup(nn.Module):
    """Table with the mean ab of the training frames for each whole unit of CIE L."""

    table: Tensor
    """(101, 2) mean ab of each level."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(N_LEVELS, 2))

    def fit(self, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
        """Average the colours of training frames.

        Parameters
        ----------
        batches : iterable of (luminance, ab)
            L x 0.01, (n, 1, h, w), and true CIELAB ab of the same size, (n, 2, h, w). Levels that do not
            occur are interpolated from their neighbours.
        """
        sums, counts = torch.zeros(N_LEVELS, 2, dtype=torch.float64), torch.zeros(N_LEVELS)
        for luminance, ab in batches:
            level = _level(luminance).reshape(-1)
            sums.index_add_(0, level, ab.permute(0, 2, 3, 1).reshape(-1, 2).double())
            counts += torch.bincount(level, minlength=N_LEVELS)
        seen = np.flatnonzero(counts.numpy())
        if len(seen) == 0:
            return
        for channel in range(2):
            means = sums[seen, channel].numpy() / counts[seen].numpy()
            levels = np.interp(np.arange(N_LEVELS), seen, means)
            self.table[:, channel] = torch.from_numpy(levels).float()

    def forward(self, luminance: Tensor) -> Tensor:
        """Map L x 0.01, (n, 1, h, w), to ab (n, 2, h, w)."""
        return self.table[_level(luminance)[:, 0]].permute(0, 3, 1, 2)


def _level(luminance: Tensor) -> Tensor:
    return (luminance * (N_LEVELS - 1)).round().long().clamp(0, N_LEVELS - 1)
