"""Chroma is enlarged by SciPy's spline, whatever the way there."""

import numpy as np
import pytest
from scipy.ndimage import zoom

from cartoonize.refine.upsample import upsample_spline


@pytest.mark.parametrize("size", [(256, 256), (144, 180), (57, 300)])
def test_two_matrix_products_equal_the_zoom(size):
    ab = np.random.default_rng(0).uniform(-100, 100, (3, 2, 56, 48)).astype(np.float32)
    fast = upsample_spline(ab, *size)
    scale = (size[0] / 56, size[1] / 48)
    slow = [[zoom(plane, scale, order=3, mode="nearest", grid_mode=True) for plane in pair] for pair in ab]
    assert fast.shape == (3, *size, 2) and fast.dtype == np.float32
    np.testing.assert_allclose(fast, np.moveaxis(slow, 1, -1), atol=2e-3)


def test_a_plain_colour_stays_plain():
    ab = np.broadcast_to(np.array([30, -40], np.float32)[None, :, None, None], (1, 2, 56, 56))
    assert np.allclose(upsample_spline(ab, 256, 256), [30, -40], atol=1e-3)
