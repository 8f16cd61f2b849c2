"""Known colours of pixels: moving them."""

import numpy as np

from cartoonize.annotations.hints import ColorHints


def test_shifted_hints_lie_beside_and_nothing_is_known_where_they_did_not_reach():
    ab = np.random.default_rng(0).random((6, 8, 2), np.float32)
    exact = np.zeros((6, 8), bool)
    exact[0, 0] = exact[2, 3] = True
    hints = ColorHints(ab, np.full((6, 8), 0.5, np.float32), exact)
    moved = hints.shifted(1, -2)
    assert np.array_equal(moved.ab[1:, :-2], ab[:-1, 2:])
    assert (moved.confidence[1:, :-2] == 0.5).all()
    assert not moved.confidence[0].any() and not moved.confidence[:, -2:].any()
    assert np.argwhere(moved.exact).tolist() == [[3, 1]]
    same = hints.shifted(0, 0)
    assert np.array_equal(same.ab, ab) and np.array_equal(same.confidence, hints.confidence)
    assert hints.shifted(0, 0).exact.sum() == 2 and ColorHints.everywhere(ab).shifted(2, 2).exact is None
