"""Dissolves and fades are found; motion, cuts and flashes are not. Wipes: test_wipes.py."""

import numpy as np
import pytest

from cartoonize.detect.transitions import TransitionDetector, is_flat
from tests.support.scenes import SIZE, SceneFilm


def found_in(frames):
    detector = TransitionDetector()
    found = [one for frame in frames for one in detector.add(frame)]
    return found + detector.finish()


def is_at(one, start, stop, tolerance=2):
    return abs(one.start - start) <= tolerance and abs(one.stop - stop) <= tolerance


@pytest.mark.parametrize("n", [6, 12, 24, 48])
@pytest.mark.parametrize("speed", [0, 1])
def test_a_dissolve_is_found(n, speed):
    film = SceneFilm(speed=speed).shot(1, 30).dissolve(n).shot(2, 30)
    (one,) = found_in(film.frames())
    assert one.kind == "dissolve" and is_at(one, 30, 30 + n)
    assert np.all(np.diff(one.shares) > -0.02) and one.shares[0] < 0.3 < 0.7 < one.shares[-1]


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("n", [6, 24])
def test_fades_out_and_in_are_found(n, level):
    film = SceneFilm(speed=1).shot(1, 30).fade_out(n, level).flat(4, level).fade_in(n, level).shot(2, 30)
    out, into = found_in(film.frames())
    assert (out.kind, into.kind) == ("fade out", "fade in")
    assert is_at(out, 30, 30 + n) and is_at(into, 34 + n, 34 + 2 * n)
    assert abs(out.level - level) < 3 and abs(into.level - level) < 3


def test_fades_with_one_black_frame_between_are_both_found():
    film = SceneFilm().shot(1, 20).fade_out(8, 4).flat(1, 4).fade_in(8, 4).shot(2, 20)
    assert [one.kind for one in found_in(film.frames())] == ["fade out", "fade in"]


def test_two_dissolves_close_together_are_both_found():
    film = SceneFilm().shot(1, 20).dissolve(10).shot(2, 8).dissolve(10).shot(3, 20)
    assert [one.kind for one in found_in(film.frames())] == ["dissolve", "dissolve"]


def test_cuts_motion_and_flashes_are_no_transitions():
    film = SceneFilm(speed=4).shot(1, 40).shot(2, 40).flat(2, 255).shot(2, 20)
    assert not found_in(film.frames())


def test_a_pan_is_no_dissolve():
    wide = SceneFilm.picture(5, (SIZE, 6 * SIZE))
    assert not found_in(wide[:, 6 * t : 6 * t + SIZE] for t in range(160))


def test_a_title_that_appears_over_a_picture_is_no_transition():
    below = SceneFilm.picture(1)
    title = below.copy()
    title[100:130, 40:200] = 255
    shares = np.clip((np.arange(60) - 20) / 12, 0, 1)
    assert not found_in(((1 - s) * below + s * title).astype(np.uint8) for s in shares)


def test_a_dark_curtain_that_opens_is_no_fade():
    below = SceneFilm.picture(1)

    def frames():
        for t in range(60):
            picture = below.copy()
            picture[:, : int(SIZE * np.clip(1 - (t - 20) / 14, 0, 1))] = 2
            yield picture

    assert not found_in(frames())


def test_the_end_of_the_film_may_be_a_fade():
    (one,) = found_in(SceneFilm().shot(1, 30).fade_out(12, 0).flat(6, 0).frames())
    assert one.kind == "fade out" and is_at(one, 30, 42)


@pytest.mark.parametrize(("code", "noise", "flat"), [(0, 0, True), (255, 3, True), (128, 60, False)])
def test_a_picture_of_one_lightness_is_flat(code, noise, flat):
    rng = np.random.default_rng(0)
    coarse = np.kron(rng.normal(code, noise, (8, 8)), np.ones((32, 32)))
    assert is_flat(np.clip(coarse, 0, 255).astype(np.uint8)) is flat
