"""The edge of a wipe."""

import numpy as np
import pytest

from cartoonize.wipe_front import Front

FRONTS = [
    Front("line", 1.0, 0.5, position=0.6, softness=0.2),
    Front("circle", 0.4, 0.6, 0.75, position=0.3),
    Front("circle", 0.4, 0.6, 0.75, -1, position=-0.3, softness=0.1),
    Front("clock", 0.5, 0.5, 0.75, position=0.7),
]


@pytest.mark.parametrize("front", FRONTS)
def test_the_two_pictures_share_every_pixel(front):
    both = front.share(30, 40) + front.complement.share(30, 40)
    assert np.allclose(both, 1, atol=1e-5) and front.complement.complement == front


@pytest.mark.parametrize("front", FRONTS)
def test_a_front_fits_pictures_of_all_sizes(front):
    small, large = front.share(30, 40), front.share(300, 400)
    assert np.abs(small - large.reshape(30, 10, 40, 10).mean((1, 3))).mean() < 0.03


def test_shapes_are_where_they_should_be():
    line, circle, outside, clock = (front.share(30, 40) for front in FRONTS)
    assert line[0, 0] == 1 and line[29, 39] == 0
    assert circle[18, 16] == 1 and circle[0, 0] == 0 and outside[18, 16] == 0 and outside[0, 0] == 1
    assert clock[2, 25] == 1 and clock[27, 20] == 1 and clock[2, 15] == 0


def test_a_circle_is_round_in_a_wide_frame():
    inside = Front("circle", 0.5, 0.5, 0.75, position=0.2).share(300, 400) > 0.5
    assert abs(np.ptp(np.flatnonzero(inside.any(0))) - np.ptp(np.flatnonzero(inside.any(1)))) <= 2
