"""Enlarging chroma: the thesis's spline, as two small matrix products; and along the edges of a picture."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Greys that differ by so many codes are of different things, on the whole.
_EDGE = 8.0
#: What the other side of an edge counts all the same, since anything else would be noisy.
_ACROSS = 0.05


@lru_cache(maxsize=16)
def spline_matrix(n_inputs: int, n_outputs: int) -> NDArray[np.float32]:
    """Return the (n_outputs, n_inputs) matrix of SciPy's cubic spline zoom along one axis.

    A spline is linear in its samples, so zooming the unit vectors gives the whole operator. Samples sit at
    pixel centres (``grid_mode``); the edge repeats.
    """
    from scipy.ndimage import zoom

    identity = np.eye(n_inputs)
    scale = (n_outputs / n_inputs, 1)
    return zoom(identity, scale, order=3, mode="nearest", grid_mode=True).astype(np.float32)


def upsample_spline(ab: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Resize chroma by cubic splines (thesis 8: SciPy's interpolation), to any larger size.

    Parameters
    ----------
    ab : ndarray, shape (n, 2, h, w)
        CIELAB a and b.
    height, width : int
        Of the result.

    Returns
    -------
    ndarray of float32, shape (n, height, width, 2)
    """
    import torch  # its products keep to the threads that the caller wants; NumPy's take all cores

    rows, columns = (
        torch.from_numpy(spline_matrix(*sizes)) for sizes in ((ab.shape[2], height), (ab.shape[3], width))
    )
    resized = rows @ torch.tensor(ab, dtype=torch.float32) @ columns.T
    return np.ascontiguousarray(np.moveaxis(resized.numpy(), 1, -1))


def upsample_along_edges(
    ab: NDArray[np.float32], coarse: NDArray[np.float32], fine: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Resize chroma so that it ends where the picture has its edges.

    Joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele 2007): the four nearest cells count as
    they do for linear interpolation, and the less the more their grey differs from the pixel's.

    Parameters
    ----------
    ab : float32 array, shape (h, w, 2)
        CIELAB a and b.
    coarse : float32 array, shape (h, w)
        Mean grey of the cells, 0..255.
    fine : float32 array, shape (height, width)
        The picture, 0..255.

    Returns
    -------
    float32 array, shape (height, width, 2)
    """
    out = np.empty((*fine.shape, 2), np.float32)
    below, right = (_neighbours(*sizes) for sizes in zip(fine.shape, coarse.shape, strict=True))
    _joined(ab, coarse, fine, *below, *right, np.float32(1 / _EDGE), np.float32(_ACROSS), out)
    return out


def _neighbours(n_pixels: int, n_cells: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the two cells next to each pixel's centre, (pixels, 2), and how much they count."""
    place = (np.arange(n_pixels) + 0.5) * n_cells / n_pixels - 0.5
    first = np.floor(place).astype(np.int64)
    share = (place - first).astype(np.float32)
    cells = np.clip(np.stack([first, first + 1], -1), 0, n_cells - 1)
    return cells, np.stack([1 - share, share], -1)


@njit(cache=True, nogil=True, fastmath=True)
def _joined(ab, coarse, fine, rows, row_shares, columns, column_shares, steepness, across, out):  # type: ignore[no-untyped-def]
    one = np.float32(1)
    for y in range(fine.shape[0]):
        for x in range(fine.shape[1]):
            total = a = b = np.float32(0)
            for k in range(2):
                v = rows[y, k]
                for j in range(2):
                    u = columns[x, j]
                    apart = (coarse[v, u] - fine[y, x]) * steepness
                    apart *= apart
                    weight = row_shares[y, k] * column_shares[x, j] * (one / (one + apart * apart) + across)
                    total += weight
                    a += weight * ab[v, u, 0]
                    b += weight * ab[v, u, 1]
            out[y, x, 0] = a / total
            out[y, x, 1] = b / total
