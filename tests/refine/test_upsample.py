"""Upsampling of chroma by SciPy's spline, and along the edges of the picture."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import zoom

from cartoonize.refine.upsample import upsample_along_edges, upsample_spline


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


def _two_paints(width: int, edge: int) -> np.ndarray:
    """Return a picture that is light left of a column and dark from there on."""
    return np.where(np.arange(width) < edge, 200, 60).astype(np.float32) * np.ones((24, 1), np.float32)


def test_colours_end_at_an_edge_inside_a_coarse_cell():
    fine = _two_paints(96, 49)  # in the middle of a coarse cell, which is 4 pixels wide
    coarse = fine.reshape(6, 4, 24, 4).mean((1, 3))
    ab = np.where(coarse[..., None] > 130, np.float32([60, 0]), np.float32([0, 60]))
    out = upsample_along_edges(ab, coarse, fine)
    plain = cv2.resize(ab, (96, 24), interpolation=cv2.INTER_LINEAR)
    truth = np.where(fine[..., None] > 130, [60, 0], [0, 60])
    wrong, plainly_wrong = (np.abs(x - truth).sum(-1)[:, 44:54].mean() for x in (out, plain))
    assert wrong < 0.5 * plainly_wrong


def test_along_edges_an_even_picture_is_interpolated_linearly():
    ab = np.random.default_rng(0).uniform(-60, 60, (16, 16, 2)).astype(np.float32)
    grey = np.full((40, 56), 90, np.float32)
    out = upsample_along_edges(ab, np.full((16, 16), 90, np.float32), grey)
    np.testing.assert_allclose(out, cv2.resize(ab, (56, 40), interpolation=cv2.INTER_LINEAR), atol=1e-3)


def test_along_edges_colours_stay_in_the_range_of_the_input():
    rng = np.random.default_rng(1)
    ab = rng.uniform(-60, 60, (16, 16, 2)).astype(np.float32)
    coarse, fine = rng.uniform(0, 255, (16, 16)), rng.uniform(0, 255, (9, 33))
    out = upsample_along_edges(ab, coarse.astype(np.float32), fine.astype(np.float32))
    assert out.shape == (9, 33, 2)
    assert out.min() >= ab.min() and out.max() <= ab.max()
