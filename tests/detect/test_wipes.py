"""Wipes and irises are found, with the place of their edge; pans, actors and curtains are not."""

import numpy as np
import pytest

from cartoonize.detect.transitions import TransitionDetector
from tests.support.scenes import SIZE, SceneFilm


def found_in(frames):
    detector = TransitionDetector()
    found = [one for frame in frames for one in detector.add(frame)]
    return found + detector.finish()


def check_edges(one, film, *, tolerance=0.03):
    """The sides that were found are those that were drawn."""
    errors = [
        np.abs(front.share(SIZE, SIZE) - film.sides[k]).mean()
        for k, front in zip(range(one.start, one.stop), one.fronts, strict=True)
        if k in film.sides
    ]
    assert len(errors) >= len(film.sides) - 3 and np.mean(errors) < tolerance
    assert np.all(np.diff(one.shares) >= 0)


@pytest.mark.parametrize("n", [6, 14, 48])
@pytest.mark.parametrize("shape", ["right", "down", "diagonal", "iris"])
def test_a_wipe_is_found_where_it_is(shape, n):
    film = SceneFilm(speed=1).shot(1, 24).wipe(n, shape).shot(2, 24)
    (one,) = found_in(film.frames())
    assert one.kind == "wipe" and one.fronts[0].shape == ("circle" if shape == "iris" else "line")
    assert abs(one.start - 24) <= 2 and abs(one.stop - 24 - n) <= 2
    check_edges(one, film)


@pytest.mark.parametrize("level", [0, 128])
@pytest.mark.parametrize("n", [6, 30])
def test_irises_to_and_from_a_flat_colour_are_found(n, level):
    film = SceneFilm(speed=1).shot(1, 24).iris_out(n, level).flat(10, level).iris_in(n, level).shot(2, 24)
    out, into = found_in(film.frames())
    assert (out.kind, into.kind) == ("iris out", "iris in")
    assert abs(out.stop - 24 - n) <= 2 and abs(into.start - 34 - n) <= 2
    assert abs(out.level - level) < 2 and abs(into.level - level) < 2
    assert {front.shape for front in (*out.fronts, *into.fronts)} == {"circle"}
    film.sides = {k: side for k, side in film.sides.items() if k < 24 + n}
    check_edges(out, film)


def test_a_picture_that_pushes_the_other_away_is_not_a_wipe():
    both = np.hstack([SceneFilm.picture(1), SceneFilm.picture(2)])
    places = np.clip((np.arange(70) - 20) * SIZE // 25, 0, SIZE)
    assert not found_in(both[:, k : k + SIZE] for k in places)


def test_someone_who_walks_across_the_picture_is_not_a_wipe():
    behind = SceneFilm.picture(1)

    def frames():
        for t in range(80):
            picture = behind.copy()
            left = 8 * (t - 20)
            picture[40:, max(left, 0) : max(left + 80, 0)] = 30
            yield picture

    assert not found_in(frames())


def test_a_door_that_opens_is_not_a_wipe():
    room, outside = SceneFilm.picture(1), SceneFilm.picture(2)

    def frames():
        for t in range(70):
            picture = room.copy()
            half = int(50 * np.clip((t - 20) / 20, 0, 1))
            picture[60:240, 128 - half : 128 + half] = outside[60:240, 128 - half : 128 + half]
            yield picture

    assert not found_in(frames())


def test_cuts_close_to_each_other_are_not_a_wipe():
    film = SceneFilm(speed=2)
    for scene in (1, 2, 3, 4, 5, 6):
        film.shot(scene, 9)
    assert not found_in(film.frames())


def test_a_fade_soon_after_a_wipe_does_not_hide_it():
    film = SceneFilm(speed=1).shot(1, 24).wipe(12, "right").shot(2, 24).fade_out(12, 0).flat(10, 0)
    assert {one.kind for one in found_in(film.frames())} == {"wipe", "fade out"}
