"""Frames of transitions show pictures of one shot, and their chroma is mixed as the film mixes them."""

from itertools import pairwise

import numpy as np
import pytest

from cartoonize.filters import transitions
from cartoonize.filters.number import number_drawings
from cartoonize.filters.transitions import mixed_chroma, without_transitions
from cartoonize.frames import Area, Frame, Mix, PlaneFormat
from cartoonize.wipe_front import Front
from tests.support.scenes import SceneFilm

PLANES = PlaneFormat(4, 4, 2, 2, 8, False, "bt601")


def split(film):
    frames = (Frame(k, k, grey, grey) for k, grey in enumerate(film.frames()))
    return list(without_transitions(frames))


def test_a_dissolve_shows_the_last_picture_before_and_then_the_first_after():
    film = SceneFilm(speed=1).shot(1, 20).dissolve(12).shot(2, 20)
    frames = split(film)
    assert [frame.index for frame in frames] == list(range(52))
    for k, frame in enumerate(frames):
        assert np.array_equal(frame.shown, film.pictures[k]) and np.array_equal(frame.luma, film.pictures[k])
        if frame.mix is None:
            assert frame.mixed is None
            continue
        own = 19 if frame.mix.other == "after" else 32
        assert np.array_equal(frame.grey, film.pictures[own]) and frame.mix.share >= 0.5
        assert abs(frame.mix.share - (1 - (k - 19) / 13 if own == 19 else (k - 19) / 13)) < 0.05
    assert [frame.mix is not None for frame in frames] == [20 <= k < 32 for k in range(52)]


def test_the_middle_of_a_dissolve_is_a_cut():
    frames = list(number_drawings(split(SceneFilm().shot(1, 20).dissolve(12).shot(2, 20))))
    cuts = [two.index for one, two in pairwise(frames) if one.shot != two.shot]
    assert cuts == [26]
    assert len({frame.drawing for frame in frames}) == 2


@pytest.mark.parametrize("level", [0, 4, 250])
def test_faded_frames_are_restored_and_the_fade_keeps_its_shot(level):
    film = SceneFilm().shot(1, 20).fade_out(10, level).flat(6, level).fade_in(10, level).shot(2, 20)
    frames = list(number_drawings(split(film)))
    for frame in frames[20:36]:
        assert frame.shot == 0 and frame.mix.other == "flat"
        assert np.abs(frame.grey.astype(int) - film.pictures[19]).mean() < 3
    for frame in frames[36:46]:
        assert frame.shot == 1 and np.abs(frame.grey.astype(int) - film.pictures[46]).mean() < 3
    assert all(frame.mix.share == 0 for frame in frames[31:36])


@pytest.mark.parametrize("shape", ["right", "diagonal", "iris"])
def test_each_side_of_a_wipe_is_completed_to_a_picture_of_its_own_shot(shape):
    film = SceneFilm().shot(1, 20).wipe(12, shape).shot(2, 20)
    frames = list(number_drawings(split(film)))
    mixed = [frame for frame in frames if frame.mix is not None]
    assert {frame.index for frame in mixed} >= set(range(21, 31))
    for frame in mixed:
        own = 19 if frame.mix.other == "after" else 32
        assert frame.mix.transition == "wipe" and frame.mix.share >= 0.5
        assert np.array_equal(frame.grey, film.pictures[own])
        assert np.array_equal(frame.shown, film.pictures[frame.index])
        assert frame.shot == (own == 32)


def test_the_larger_side_of_a_wiped_frame_goes_on_moving():
    film = SceneFilm(speed=2).shot(1, 20).wipe(16, "down").shot(2, 20)
    for frame in split(film)[22:26]:  # the actor is in the lower half
        still, moment = film.pictures[19], film.moment(1, frame.index)
        assert np.array_equal(frame.grey[150:], moment[150:]) and not np.array_equal(moment, still)


@pytest.mark.parametrize("level", [0, 250])
def test_an_iris_keeps_its_shot_and_hides_no_part_of_the_picture(level):
    film = SceneFilm().shot(1, 20).iris_out(16, level).flat(12, level).iris_in(16, level).shot(2, 20)
    frames = list(number_drawings(split(film)))
    for frame in frames[21:46]:
        assert frame.shot == 0 and frame.mix.other == "flat"
        assert np.array_equal(frame.grey, film.pictures[19])
    for frame in frames[49:63]:
        assert frame.shot == 1 and frame.mix.front is not None
        assert np.array_equal(frame.grey, film.pictures[64])


def test_the_middle_of_a_transition_is_a_cut_even_between_pictures_that_look_alike():
    grey = SceneFilm.picture(1)
    sides = [None, "after", "after", "before", None, "flat", None]
    mixes = [None if side is None else Mix(0.5, side) for side in sides]
    frames = [Frame(k, k, grey, grey, mix=mix) for k, mix in enumerate(mixes)]
    assert [frame.shot for frame in number_drawings(frames)] == [0, 0, 0, 1, 1, 1, 1]


def test_bars_hide_no_transition():
    """With bars, pictures are replaced as without them; and so are the shares of wipes."""
    pad = (40, 30), (60, 20)
    film = SceneFilm(speed=1).shot(1, 20).dissolve(12).shot(2, 20).wipe(14, "right").shot(3, 20)
    film.iris_out(12, 0).flat(4, 0).iris_in(12, 0).shot(4, 20)
    (top, _), (left, _) = pad
    area = Area(top, top + 256, left, left + 256)
    boxed = (np.pad(grey, pad) for grey in film.frames())
    frames = (Frame(k, k, grey, grey, area=area) for k, grey in enumerate(boxed))
    for one, other in zip(without_transitions(frames), split(film), strict=True):
        assert (area.of(one.grey) != other.grey).mean() < 0.08  # the margin along an edge is wider
        assert (one.mix is None) == (other.mix is None)
        if one.mix is not None:
            assert (one.mix.share, one.mix.other) == (other.mix.share, other.mix.other)
            shares = np.broadcast_to(one.mix.shares(*one.grey.shape), one.grey.shape)
            assert np.abs(area.of(shares) - other.mix.shares(256, 256)).mean() < 0.002


def test_films_without_transitions_stay_as_they_are():
    film = SceneFilm(speed=3).shot(1, 30).shot(2, 30)
    frames = split(film)
    assert all(frame.mix is None and frame.grey is film.pictures[k] for k, frame in enumerate(frames))


def test_few_frames_wait_if_frames_are_large(monkeypatch):
    read = []

    def frames():
        for k, grey in enumerate(SceneFilm().shot(1, 50).frames()):
            read.append(k)
            yield Frame(k, k, grey, grey)

    next(iter(without_transitions(frames())))
    assert len(read) == 50
    read.clear()
    monkeypatch.setattr(transitions, "_MAX_BYTES", 10 * 2 * 256 * 256)
    assert [frame.index for frame in without_transitions(frames())] == list(range(50))
    read.clear()
    next(iter(without_transitions(frames())))
    assert len(read) == 11


def colored(k, code, mix=None):
    plane = np.full((2, 2), code, np.uint8)
    grey = np.zeros((4, 4), np.uint8)
    return Frame(k, k, grey, grey, mix=mix, chroma=(plane, plane + 10))


def codes(frames):
    return [(int(f.chroma[0][0, 0]), int(f.chroma[1][0, 0])) for f in mixed_chroma(frames, planes=PLANES)]


def test_both_halves_of_a_dissolve_mix_the_same_two_colours():
    frames = [
        colored(0, 40),
        colored(1, 40, Mix(0.75, "after")),
        colored(2, 140, Mix(0.5, "before")),
        colored(3, 140, Mix(0.75, "before")),
        colored(4, 140),
    ]
    assert codes(frames) == [(40, 50), (65, 75), (90, 100), (115, 125), (140, 150)]


def test_a_fade_lowers_the_chroma():
    assert codes([colored(0, 28), colored(1, 28, Mix(0.5, "flat")), colored(2, 28, Mix(0.0, "flat"))]) == [
        (28, 38),
        (78, 83),
        (128, 128),
    ]


def test_both_sides_of_a_wipe_have_their_own_colours():
    edge = Front("line", 1, 0, position=0.5)  # the picture at the left
    frames = [
        colored(0, 40),
        colored(1, 40, Mix(0.5, "after", edge)),
        colored(2, 140, Mix(0.5, "before", edge.complement)),
    ]
    _, first, second = mixed_chroma(frames, planes=PLANES)
    for frame in (first, second):
        assert frame.chroma[0].tolist() == [[40, 140], [40, 140]]
        assert frame.chroma[1].tolist() == [[50, 150], [50, 150]]


def test_the_flat_part_of_an_iris_stays_grey():
    edge = Front("line", 1, 0, position=0.5)
    (frame,) = mixed_chroma([colored(0, 40, Mix(0.5, "flat", edge))], planes=PLANES)
    assert frame.chroma[0].tolist() == [[40, 128], [40, 128]]


def test_a_film_that_ends_or_begins_in_a_dissolve_keeps_all_frames():
    assert codes([colored(0, 40), colored(1, 40, Mix(0.75, "after"))]) == [(40, 50), (40, 50)]
    assert codes([colored(0, 40, Mix(0.75, "before")), colored(1, 40)]) == [(40, 50), (40, 50)]


def test_two_dissolves_in_a_row_do_not_mix_with_each_other():
    frames = [
        colored(0, 40, Mix(0.5, "after")),
        colored(1, 80, Mix(0.5, "before")),
        colored(2, 80, Mix(0.5, "after")),
        colored(3, 160, Mix(0.5, "before")),
    ]
    assert [first for first, _ in codes(frames)] == [60, 60, 120, 120]
