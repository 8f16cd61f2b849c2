"""Frames: the part that methods see."""

import numpy as np

from cartoonize.frames import Area, Frame


def test_the_picture_is_continued_into_round_corners():
    rng = np.random.default_rng(0)
    rgb = rng.integers(60, 250, (80, 100, 3), np.uint8)
    area = Area(10, 70, 4, 96, radii=(12, 16))
    gate = rgb.copy()
    gate[10:70, 4:96][area.corners] = 0
    gate[:10] = gate[70:] = gate[:, :4] = gate[:, 96:] = 0
    grey = gate[..., 0].copy()
    frame = Frame(0, 0, grey, grey, rgb=gate, area=area)
    seen = frame.cropped
    assert seen.grey.shape == (60, 92) and seen.rgb.shape == (60, 92, 3)
    assert seen.luma is grey and seen.grey.min() >= 60 and seen.rgb.min() >= 60
    inside = ~area.corners
    inside[:, :30] &= area.corners.sum(1, keepdims=True) == 0  # three more pixels are continued
    inside[:, -30:] &= area.corners.sum(1, keepdims=True) == 0
    assert np.array_equal(seen.rgb[inside], rgb[10:70, 4:96][inside])
    assert grey[10, 4] == 0  # the frame is as before


def test_a_picture_with_square_corners_is_only_cropped():
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8)
    seen = Frame(0, 0, grey, grey, area=Area(1, 5, 2, 8)).cropped
    assert np.array_equal(seen.grey, grey[1:5, 2:])
