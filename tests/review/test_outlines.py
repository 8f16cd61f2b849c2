"""Outlines of things."""

import numpy as np

from cartoonize.review.outlines import outline


def test_the_outline_of_a_rectangle_with_a_hole():
    mask = np.zeros((100, 200), bool)
    mask[20:60, 50:150] = True
    mask[30:50, 80:100] = False
    outer, hole = sorted(outline(mask, (0.0, 0.0, 1.0, 1.0)), key=lambda polygon: min(polygon[::2]))
    assert np.allclose([min(outer[::2]), max(outer[::2])], [0.25, 0.75], atol=0.002)
    assert np.allclose([min(outer[1::2]), max(outer[1::2])], [0.2, 0.6], atol=0.005)
    assert np.allclose([min(hole[::2]), max(hole[::2])], [0.4, 0.5], atol=0.005)


def test_an_outline_lies_in_the_picture_area():
    mask = np.ones((10, 10), bool)
    (polygon,) = outline(mask, (0.25, 0.1, 0.75, 0.9))
    assert np.allclose([min(polygon[::2]), max(polygon[::2])], [0.25, 0.75], atol=0.01)
    assert np.allclose([min(polygon[1::2]), max(polygon[1::2])], [0.1, 0.9], atol=0.015)
    assert outline(~mask, (0, 0, 1, 1)) == []
