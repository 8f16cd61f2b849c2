"""Equation 4.1 on frames with known differences."""

import numpy as np
import pytest

from cartoonize.detect.duplicates import Dedup
from cartoonize.video.color_pictures import RgbPicture


class RgbDedup(Dedup):
    """Dedup of pictures given as arrays."""

    def accepts(self, rgb):
        return super().accepts(RgbPicture(rgb.copy()))


GREY = np.full((30, 40, 3), 100, np.uint8)


def test_first_frame_is_accepted_and_its_copies_are_not():
    dedup = RgbDedup()
    assert [dedup.accepts(GREY.copy()) for _ in range(3)] == [True, False, False]


def test_threshold_is_exceeded_strictly():
    frame = GREY.copy()
    frame[:12] += 10  # 2 of 5 rows by 10: a mean squared difference of 40
    frame[:12, :20] -= 10  # half of them again as before: 20 exactly
    for threshold, accepted in ((20.0, False), (19.99, True)):
        dedup = RgbDedup(threshold)
        assert dedup.accepts(GREY)
        assert dedup.accepts(frame) is accepted


def test_mean_is_over_pixels_and_channels():
    frame = GREY.copy()
    frame[..., 2] += 8  # 64 in one channel of three: 21.3
    dedup = RgbDedup()
    dedup.accepts(GREY)
    assert dedup.accepts(frame)
    frame[..., 2] -= 1  # 49 / 3 = 16.3
    dedup = RgbDedup()
    dedup.accepts(GREY)
    assert not dedup.accepts(frame)


def test_small_changes_add_up_since_the_last_accepted_frame():
    dedup = RgbDedup()
    accepted = [dedup.accepts(GREY + np.uint8(2 * i)) for i in range(10)]
    assert np.flatnonzero(accepted).tolist() == [0, 3, 6, 9]  # steps of 2: 36 after three, never after one


def test_differences_do_not_wrap_around():
    dedup = RgbDedup()
    frame = np.zeros((4, 4, 3), np.uint8)
    assert dedup.accepts(frame)
    frame[:] = 255
    assert dedup.accepts(frame)
    assert not dedup.accepts(frame)


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_literal_formula_on_noise(seed):
    rng = np.random.default_rng(seed)
    dedup, last, expected, got = RgbDedup(), None, [], []
    for _ in range(40):
        frame = np.clip(GREY + rng.normal(0, rng.uniform(0, 6), GREY.shape), 0, 255).astype(np.uint8)
        new = last is None or np.mean((frame.astype(float) - last) ** 2) > 20
        last = frame.astype(float) if new else last
        expected.append(new)
        got.append(dedup.accepts(frame))
    assert got == expected and 1 < sum(got) < 40
