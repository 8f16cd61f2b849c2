"""Between batches, which are learned from and coloured, and pictures, which methods without a network see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_numpy(tensor: Tensor) -> NDArray[np.float32]:
    """Return a tensor's values, wherever it lies."""
    return tensor.float().cpu().numpy()


def pictures_of(
    batches: Iterable[tuple[Tensor, Tensor]],
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield the pictures, L x 0.01 (h, w) and ab (h, w, 2), of batches (n, 1, h, w) and (n, 2, h, w)."""
    for luminance, ab in batches:
        yield from zip(to_numpy(luminance[:, 0]), to_numpy(ab.permute(0, 2, 3, 1)), strict=True)


def batch_of(luminance: NDArray[np.floating], ab: NDArray[np.floating]) -> tuple[Tensor, Tensor]:
    """Return a picture, L x 0.01 (h, w) and ab (h, w, 2), as a batch of one."""
    return (
        torch.from_numpy(luminance)[None, None].float(),
        torch.from_numpy(ab).permute(2, 0, 1)[None].float(),
    )


def answer_of(colored: Sequence[NDArray[np.float32]], like: Tensor) -> Tensor:
    """Return ab of pictures, (h, w, 2) each, as (n, 2, h, w) where another tensor lies."""
    return torch.from_numpy(np.stack(colored)).permute(0, 3, 1, 2).contiguous().to(like.device)
