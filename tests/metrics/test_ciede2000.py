"""CIEDE2000, compared with the pairs published in the paper and with scikit-image."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

from cartoonize.metrics.ciede2000 import ciede2000

#: Sharma, Wu and Dalal 2005, table 1: pairs that reveal wrong mean hues and wrong quadrants.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PUBLISHED)
def test_published_pairs(one, other, expected):
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-6)])
def test_equals_scikit_image_over_the_whole_space(dtype, tolerance):
    rng = np.random.default_rng(0)
    lab, other = rng.uniform((0, -110, -110), (100, 110, 110), (2, 200, 300, 3)).astype(dtype)
    other[:50] = lab[:50] + rng.normal(0, 2, (50, 300, 3))  # many small differences
    other[:10, :, 1:] = 0  # greys
    expected = deltaE_ciede2000(lab.astype(float), other.astype(float))
    difference = ciede2000(lab, other)
    assert difference.shape == (200, 300) and difference.dtype == dtype
    np.testing.assert_allclose(difference, expected, rtol=0, atol=tolerance)


def test_opposite_and_nearly_opposite_hues():
    rng = np.random.default_rng(2)
    lab = rng.uniform((0, -80, -80), (100, 80, 80), (4000, 3))
    other = lab * (1, -1, -1) * rng.uniform(0.1, 1.2, (4000, 1))
    stretch_keeps_opposites = other.copy()
    other[:, 2] += rng.normal(0, 1, 4000) * 10.0 ** rng.uniform(-9, 0, 4000)
    for there in (other, stretch_keeps_opposites[np.abs(lab[:, 2]) > 1]):
        here = lab if there is other else lab[np.abs(lab[:, 2]) > 1]
        close = np.abs(ciede2000(here, there) - deltaE_ciede2000(here, there)) < 1e-6
        # For exactly opposite hues, rounding decides between two possible mean hues.
        assert close.mean() > 0.9 if there is not other else close.mean() > 0.97


def test_is_zero_only_for_equal_colours_and_symmetric():
    rng = np.random.default_rng(1)
    lab, other = rng.uniform((0, -80, -80), (100, 80, 80), (2, 500, 3))
    assert (ciede2000(lab, lab) == 0).all()
    assert (ciede2000(lab, other) > 0).all()
    np.testing.assert_allclose(ciede2000(lab, other), ciede2000(other, lab), rtol=1e-5)
