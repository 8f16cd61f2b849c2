"""Enlarging chroma: the thesis's spline, as two small matrix products."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


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
