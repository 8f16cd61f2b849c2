"""Known colours: carried along a shot, before all that is predicted."""

import numpy as np
import pytest

from cartoonize.filters import track as tracks
from cartoonize.filters.track import track_frames
from cartoonize.frames import Frame
from cartoonize.tracking.carry import ColorHints
from tests.support.tracked import (
    BLUE,
    GREEN,
    RED,
    SIZE,
    Y,
    at,
    disc_film,
    near,
    painted,
    predicted,
    scene,
)


def green(n_frames, **options):
    """Return the film of the disc, of which all is predicted to be green."""
    return disc_film(n_frames, colors=lambda t: (GREEN, GREEN), **options)


@pytest.mark.parametrize("number", [0, 6, 12])
def test_a_reference_anywhere_in_the_shot_colours_all_of_it(number):
    given = {number: painted(scene(40 + 6 * number)[1])}
    for t, frame in enumerate(track_frames(green(13), given=given)):
        assert near(RED, at(frame, 40 + 6 * t)) and near(BLUE, at(frame, 5, 5))
        assert near(BLUE, at(frame, 40, 250)) and near(BLUE, at(frame, 250, 128))


def test_a_reference_ends_at_the_cut():
    given = {2: painted(scene(40 + 6 * 2)[1])}
    frames = list(track_frames(green(12, shot=lambda t: t // 6), given=given))
    assert near(RED, at(frames[5], 70)) and near(GREEN, at(frames[6], 76))


def test_what_is_not_painted_stays_as_predicted():
    inside = scene(40)[1]
    frames = list(track_frames(green(8), given={0: painted(inside, where=inside)}))
    assert all(near(RED, at(f, 40 + 6 * t)) and near(GREEN, at(f, 5, 5)) for t, f in enumerate(frames))


def test_paints_that_no_edge_parts_stay_where_they_were_painted():
    """Two paints of one lightness without an outline are one region, and go their way pixel by pixel."""
    ground = np.full((SIZE, SIZE), 120, np.uint8)
    top = SIZE // 2 > Y

    def frames():
        for t in range(6):
            picture = ground.copy()
            picture[10 * t : 10 * t + 20, 100:120] = 220  # something moves, so that drawings differ
            histogram = predicted(top & False, (GREEN, GREEN), np.random.default_rng(t))
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    for frame in track_frames(frames(), given={0: painted(top)}):
        assert near(RED, at(frame, 40, 100)) and near(BLUE, at(frame, 40, 150))


def test_a_colour_that_strays_into_another_track_is_not_shown_there():
    """The disc gives a colour to its track; that it was not given to the ground protects the ground."""
    inside = scene(40)[1]
    halo = scene(40)[0] != 20
    stray = painted(inside | (~inside & halo & (np.roll(inside, 40, 1))), where=halo)
    frames = list(
        track_frames(green(5), given={0: painted(inside), 2: ColorHints(stray.ab, 0.5 * stray.sure)})
    )
    assert all(near(BLUE, at(frame, 100 + 6 * t)) for t, frame in enumerate(frames))


def test_a_nearer_reference_wins():
    inside = [scene(40 + 6 * t)[1] for t in range(12)]
    given = {0: painted(inside[0]), 11: painted(inside[11])}
    frames = list(track_frames(green(12), given=given))
    assert near(RED, at(frames[0], 40)) and near(RED, at(frames[11], 40 + 66))
    assert all(near(RED, at(f, 40 + 6 * t)) for t, f in enumerate(frames))


def test_a_fade_is_no_obstacle():
    def frames():
        for t in range(10):
            picture = np.clip(np.rint(scene(40 + 6 * t)[0] * (1 - 0.08 * t)), 0, 255).astype(np.uint8)
            histogram = predicted(scene(40 + 6 * t)[1], (GREEN, GREEN), np.random.default_rng(t))
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    last = list(track_frames(frames(), given={0: painted(scene(40)[1])}))[-1]
    assert near(RED, at(last, 40 + 54)) and near(BLUE, at(last, 5, 5))


def test_a_long_shot_keeps_what_is_known_in_all_its_parts(monkeypatch):
    monkeypatch.setattr(tracks, "MOST_DRAWINGS", 8)
    given = {1: painted(scene(46)[1])}
    for t, frame in enumerate(track_frames(green(26), given=given)):
        assert near(RED, at(frame, 40 + 6 * t)) and near(BLUE, at(frame, 5, 5))


def test_without_references_nothing_changes():
    plain, given = (list(track_frames(disc_film(6), **more)) for more in ({}, {"given": {99: None}}))
    assert all(np.array_equal(a.ab, b.ab) for a, b in zip(plain, given, strict=True))
