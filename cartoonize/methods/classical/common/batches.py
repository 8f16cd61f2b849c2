"""Conversion between batches of tensors and single pictures as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_numpy(tensor: Tensor) -> NDArray[np.float32]:
    """Return a tensor on any device as a float32 array."""
    return tensor.float().cpu().numpy()


def pictures_of(
    batches: Iterable[tuple[Tensor, Tensor]],
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield the pictures of batches one by one.

    Parameters
    ----------
    batches : iterable of (luminance, ab)
        L x 0.01, (n, 1, h, w), and CIELAB ab, (n, 2, h, w).

    Yields
    ------
    luminance : ndarray of float32, shape (h, w)
        L x 0.01.
    ab : ndarray of float32, shape (h, w, 2)
        CIELAB a and b.
    """
    for luminance, ab in batches:
        yield from zip(to_numpy(luminance[:, 0]), to_numpy(ab.permute(0, 2, 3, 1)), strict=True)


def batch_of(luminance: NDArray[np.floating], ab: NDArray[np.floating]) -> tuple[Tensor, Tensor]:
    """Return a picture, L x 0.01 (h, w) and ab (h, w, 2), as a batch of one."""
    return (
        torch.from_numpy(luminance)[None, None].float(),
        torch.from_numpy(ab).permute(2, 0, 1)[None].float(),
    )


def ab_batch(pictures: Sequence[NDArray[np.float32]], like: Tensor) -> Tensor:
    """Stack the ab of pictures, (h, w, 2) each, to (n, 2, h, w) on the device of ``like``."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous().to(like.device)
