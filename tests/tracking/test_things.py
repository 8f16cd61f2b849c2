"""Suggested frames: what a painted frame mends in other shots."""

import numpy as np

from cartoonize.tracking.things import Things, select_frames
from cartoonize.tracking.votes import TrackVotes

HAT, HILL, SKY = np.eye(4, dtype=np.float32)[:3]


def things(doubt, looks, shown, lightness=50.0):
    """Return things with this doubt and these descriptors, and the frames that show them."""
    return Things.of(np.array(doubt, float), np.array(shown, bool), votes_of(looks, lightness))


def votes_of(looks, lightness):
    n = len(looks)
    return TrackVotes(
        np.arange(n) * 11,
        np.zeros((n, 313), np.float16),
        np.full(n, 10 * lightness, np.float32),
        np.full(n, 10, np.float32),
        np.ones(n, np.float32),
        n,
        np.array(looks, np.float16).reshape(n, 4),
    )


def test_a_frame_counts_for_the_same_things_in_other_shots():
    """A hat in one shot alone is worth less than a hill that is in two, and is not worth painting twice."""
    film = [
        things([50], [HAT], [[True]]),
        things([40], [HILL], [[True]]),
        things([30], [HILL], [[True]]),
    ]
    (first, *rest) = select_frames(film, 9)
    assert first[:2] == (1, 0) and 68 < first[2] <= 70
    assert [(part, round(gain)) for part, _, gain in rest] == [(0, 50), (2, 1)]


def test_things_of_another_lightness_or_look_are_others():
    dark = things([30], [HILL], [[True]], lightness=20.0)
    for other in (dark, things([30], [SKY], [[True]])):
        found = select_frames([things([40], [HILL], [[True]]), other], 9)
        assert [(part, gain) for part, _, gain in found] == [(0, 40), (1, 30)]


def test_of_one_shot_the_frames_count_for_what_they_show():
    film = [
        things(
            [50, 20, 10], [HAT, HILL, SKY], [[True, False, True], [False, True, True], [True, True, False]]
        )
    ]
    found = select_frames(film, 9)
    assert [(position, gain) for _, position, gain in found] == [(2, 70), (0, 10)]
    assert select_frames(film, 1) == found[:1]


def test_what_is_half_recognised_counts_once():
    """A frame is not suggested again, nor one that shows the same, for a thing that it may not mend."""
    like_a_hat = (0.55 * HAT + np.sqrt(1 - 0.55**2) * SKY).astype(np.float32)
    alone = select_frames([things([5], [HAT], [[True]]), things([1000], [like_a_hat], [[False]])], 9)
    ((_, _, gain),) = alone
    assert 300 < gain < 700
    twice = [things([5], [HAT], [[True], [True]]), things([1000], [like_a_hat], [[False]])]
    assert select_frames(twice, 9) == alone


def test_without_descriptors_shots_are_apart():
    votes = None
    film = [Things.of(np.array([doubt]), np.ones((1, 1), bool), votes) for doubt in (3.0, 7.0)]
    assert select_frames(film, 9) == [(1, 0, 7.0), (0, 0, 3.0)]
    with_some = [*film, things([5], [HAT], [[True]])]
    assert [part for part, _, _ in select_frames(with_some, 9)] == [1, 2, 0]


def test_nothing_to_paint():
    assert select_frames([], 9) == []
    assert select_frames([things([0.0], [HAT], [[True]]), things([], [], np.zeros((0, 0)))], 9) == []


def test_the_most_doubtful_tracks_count(monkeypatch):
    monkeypatch.setattr("cartoonize.tracking.things._N_OF_SHOT", 2)
    some = things([5, 50, 20], [HAT, HILL, SKY], [[True, False, True]])
    assert some.doubt.tolist() == [50, 20] and some.shown.tolist() == [[False, True]]
    assert np.array_equal(some.descriptors, [HILL, SKY])
    monkeypatch.setattr("cartoonize.tracking.things._N_OF_FILM", 1)
    assert select_frames([things([5], [HAT], [[True]]), things([9], [SKY], [[True]])], 9) == [(1, 0, 9.0)]


def test_tracks_that_the_user_divided_off_have_no_looks():
    one = Things.of(np.array([1.0, 2.0]), np.ones((1, 2), bool), votes_of([HAT], 30.0))
    assert one.doubt.tolist() == [2, 1] and one.lightness.tolist() == [0, 30]
    assert np.array_equal(one.descriptors, [0 * HAT, HAT])
