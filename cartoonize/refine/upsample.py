"""Upsampling of chroma by the thesis's spline, as two matrix products, or along the edges of a picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Difference of grey, in codes, at which the weight of a cell is about one half.
_EDGE = 8.0
#: Weight of cells beyond an edge. Without it, pixels whose grey fits no cell would be noisy.
_ACROSS = 0.05


@lru_cache(maxsize=16)
def spline_matrix(n_inputs: int, n_outputs: int) -> NDArray[np.float32]:
    """Return the (n_outputs, n_inputs) matrix of SciPy's cubic spline zoom along one axis.

    A spline is linear in its samples, so zooming the unit vectors yields the whole operator. Samples lie at
    pixel centres (``grid_mode``), and the edge is repeated.
    """
    from scipy.ndimage import zoom

    identity = np.eye(n_inputs)
    scale = (n_outputs / n_inputs, 1)
    return zoom(identity, scale, order=3, mode="nearest", grid_mode=True).astype(np.float32)


def upsample_spline(ab: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Resize chroma to any larger size by cubic splines (thesis 8, SciPy's interpolation).

    Parameters
    ----------
    ab : ndarray, shape (n, 2, h, w)
        CIELAB a and b.
    height, width : int
        Size of the result.

    Returns
    -------
    ndarray of float32, shape (n, height, width, 2)
        CIELAB a and b.
    """
    import torch  # its matrix products use the configured number of threads, NumPy's use all cores

    rows, columns = (
        torch.from_numpy(spline_matrix(*sizes)) for sizes in ((ab.shape[2], height), (ab.shape[3], width))
    )
    resized = rows @ torch.tensor(ab, dtype=torch.float32) @ columns.T
    return np.ascontiguousarray(np.moveaxis(resized.numpy(), 1, -1))


def upsample_along_edges(
    ab: NDArray[np.float32], coarse: NDArray[np.float32], fine: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Resize chroma so that its edges coincide with those of the picture.

    The method is joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele 2007): the four nearest
    cells have their weights of bilinear interpolation, reduced by the difference of their grey to that of the
    pixel.

    Parameters
    ----------
    ab : float32 array, shape (h, w, 2)
        CIELAB a and b.
    coarse : float32 array, shape (h, w)
        Mean grey of the cells, 0..255.
    fine : float32 array, shape (height, width)
        Grey of the picture, 0..255.

    Returns
    -------
    float32 array, shape (height, width, 2)
        CIELAB a and b.
    """
    out = np.empty((*fine.shape, 2), np.float32)
    rows, columns = (_neighbours(*sizes) for sizes in zip(fine.shape, coarse.shape, strict=True))
    _upsample(ab, coarse, fine, rows, columns, np.float32(1 / _EDGE), np.float32(_ACROSS), out)
    return out


def _neighbours(n_pixels: int, n_cells: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the two cells next to each pixel's centre, (pixels, 2), and their weights, (pixels, 2)."""
    place = (np.arange(n_pixels) + 0.5) * n_cells / n_pixels - 0.5
    first = np.floor(place).astype(np.int64)
    share = (place - first).astype(np.float32)
    cells = np.clip(np.stack([first, first + 1], -1), 0, n_cells - 1)
    return cells, np.stack([1 - share, share], -1)


@njit(cache=True, nogil=True, fastmath=True)
def _upsample(ab, coarse, fine, rows, columns, steepness, across, out):  # type: ignore[no-untyped-def]
    row_cells, row_weights = rows
    column_cells, column_weights = columns
    one = np.float32(1)
    for y in range(fine.shape[0]):
        for x in range(fine.shape[1]):
            total = a = b = np.float32(0)
            for k in range(2):
                v = row_cells[y, k]
                for j in range(2):
                    u = column_cells[x, j]
                    apart = (coarse[v, u] - fine[y, x]) * steepness
                    apart *= apart
                    weight = row_weights[y, k] * column_weights[x, j] * (one / (one + apart * apart) + across)
                    total += weight
                    a += weight * ab[v, u, 0]
                    b += weight * ab[v, u, 1]
            out[y, x, 0] = a / total
            out[y, x, 1] = b / total
