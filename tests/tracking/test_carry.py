"""Hints are carried along a shot, and count more than predictions."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.filters import predicted_part
from cartoonize.frames import Frame
from cartoonize.tracking.carry import Given, carried
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.tracking.patches import without_patches
from cartoonize.tracking.tracks import paths_between
from tests.support.streams import track
from tests.support.tracked import (
    BLUE,
    GREEN,
    RED,
    SIZE,
    X,
    Y,
    at,
    disc_film,
    near,
    painted,
    predicted,
    scene,
)


def green(n_frames, **options):
    """Yield the film of the disc, for which everything is predicted to be green."""
    return disc_film(n_frames, colors=lambda t: (GREEN, GREEN), **options)


@pytest.mark.parametrize("number", [0, 6, 12])
def test_a_reference_colours_its_whole_shot(number):
    hints = {number: painted(scene(40 + 6 * number)[1])}
    for t, frame in enumerate(track(green(13), hints)):
        assert near(RED, at(frame, 40 + 6 * t)) and near(BLUE, at(frame, 5, 5))
        assert near(BLUE, at(frame, 40, 250)) and near(BLUE, at(frame, 250, 128))


def test_a_reference_ends_at_the_cut():
    hints = {2: painted(scene(40 + 6 * 2)[1])}
    frames = list(track(green(12, shot=lambda t: t // 6), hints))
    assert near(RED, at(frames[5], 70)) and near(GREEN, at(frames[6], 76))


def test_unpainted_regions_stay_as_predicted():
    inside = scene(40)[1]
    frames = list(track(green(8), hints={0: painted(inside, where=inside)}))
    assert all(near(RED, at(f, 40 + 6 * t)) and near(GREEN, at(f, 5, 5)) for t, f in enumerate(frames))


@pytest.mark.parametrize("max_drawings", [99, 8])
@pytest.mark.parametrize(("radius", "beside"), [(9, 20), (21, 25)])
def test_a_patch_is_shown_where_its_pixels_go_and_nowhere_else(radius, beside, max_drawings, monkeypatch):
    """Paint on a part of a region says nothing about the rest of it, also in later parts of a long shot."""
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)
    inside, patch = scene(40)[1], np.hypot(X - 40, Y - 128) < radius
    for t, frame in enumerate(track(green(13), hints={0: painted(inside, where=patch)})):
        x = 40 + 6 * t
        assert near(RED, at(frame, x))
        assert near(GREEN, at(frame, x - beside)) and near(GREEN, at(frame, x + beside))
        assert near(GREEN, at(frame, 5, 5))


def test_paint_on_nearly_all_of_a_region_is_for_all_of_it():
    inside, most = scene(40)[1], np.hypot(X - 40, Y - 128) < 26
    for t, frame in enumerate(track(green(13), hints={0: painted(inside, where=most)})):
        assert near(RED, at(frame, 40 + 6 * t)) and near(RED, at(frame, 40 + 6 * t + 27))
        assert near(GREEN, at(frame, 5, 5))


@pytest.mark.parametrize("kind", ["paint", "pin"])
@pytest.mark.parametrize("max_drawings", [99, 8])
def test_what_is_known_of_one_thing_says_nothing_about_another_of_the_same_lightness(
    kind, max_drawings, monkeypatch
):
    """Of two equally light discs, the larger one is painted. The other one, of which the prediction is not
    very certain, comes later."""
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", max_drawings)

    def discs(t):
        picture, masks = np.full((SIZE, SIZE), 120, np.uint8), []
        for y, radius in ((70, 50), (200, 20))[: 1 + (t >= 10)]:
            distance = np.hypot(X - 60 - 4 * t, Y - y)
            picture[distance < radius + 3] = 20
            picture[distance < radius] = 200
            masks.append(distance < radius)
        return picture, masks

    def frames():
        for t in range(20):
            picture, masks = discs(t)
            histogram = predicted(np.any(masks, 0), (GREEN, BLUE), np.random.default_rng(t), wrong=0)
            histogram = 0.03 * histogram + 0.97 / len(histogram)
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    (inside,) = discs(4)[1]
    hints = painted(inside, where=inside)
    if kind == "pin":
        hints = replace(hints, pinned=inside)
    for t, frame in enumerate(track(frames(), hints={4: hints})):
        assert near(RED, at(frame, 60 + 4 * t, 70))
        assert t < 10 or near(GREEN, at(frame, 60 + 4 * t, 200))


def test_a_patch_says_nothing_about_the_outlines_of_its_region():
    picture, inside = scene(40)
    parts = parts_of_grey(picture)
    patch = np.hypot(X - 40, Y - 128 + 26) < 9  # it covers some of the outline
    hints = painted(inside, where=patch)
    assert len(without_patches(hints, parts)) == 0
    pinned = replace(hints, pinned=patch)  # pins are not paint
    assert without_patches(pinned, parts) is pinned
    both = replace(hints, pinned=patch & (X < 40))
    assert np.array_equal(without_patches(both, parts).confidence > 0, patch & (X < 40))


def test_paints_without_an_edge_between_stay_where_they_were_painted():
    """Two paints of the same lightness without an outline are one region. They are carried pixel by pixel."""
    ground = np.full((SIZE, SIZE), 120, np.uint8)
    top = SIZE // 2 > Y

    def frames():
        for t in range(6):
            picture = ground.copy()
            picture[10 * t : 10 * t + 20, 100:120] = 220  # a box moves, so that the drawings differ
            histogram = predicted(top & False, (GREEN, GREEN), np.random.default_rng(t))
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    for frame in track(frames(), hints={0: painted(top)}):
        assert near(RED, at(frame, 40, 100)) and near(BLUE, at(frame, 40, 150))


def test_a_colour_that_strays_into_another_track_is_not_shown():
    """A less confident hint paints a part of the background red. The more confident hint wins."""
    inside = scene(40)[1]
    halo = scene(40)[0] != 20
    stray = painted(inside | (~inside & halo & (np.roll(inside, 40, 1))), where=halo)
    frames = list(
        track(green(5), hints={0: painted(inside), 2: ColorHints(stray.ab, 0.5 * stray.confidence)})
    )
    assert all(near(BLUE, at(frame, 100 + 6 * t)) for t, frame in enumerate(frames))


def test_hints_on_several_frames_of_one_drawing_all_count():
    inside = scene(40)[1]
    hints = {0: painted(inside, where=inside), 1: painted(inside, where=~inside)}
    frames = list(track(green(4, held=2), hints))
    assert all(near(RED, at(f, 40)) and near(BLUE, at(f, 5, 5)) for f in frames[:2])


def test_a_nearer_reference_wins():
    inside = [scene(40 + 6 * t)[1] for t in range(12)]
    hints = {0: painted(inside[0]), 11: painted(inside[11])}
    frames = list(track(green(12), hints))
    assert near(RED, at(frames[0], 40)) and near(RED, at(frames[11], 40 + 66))
    assert all(near(RED, at(f, 40 + 6 * t)) for t, f in enumerate(frames))


def test_hints_are_carried_through_a_fade():
    def frames():
        for t in range(10):
            picture = np.clip(np.rint(scene(40 + 6 * t)[0] * (1 - 0.08 * t)), 0, 255).astype(np.uint8)
            histogram = predicted(scene(40 + 6 * t)[1], (GREEN, GREEN), np.random.default_rng(t))
            yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)

    last = list(track(frames(), hints={0: painted(scene(40)[1])}))[-1]
    assert near(RED, at(last, 40 + 54)) and near(BLUE, at(last, 5, 5))


def test_hints_are_carried_into_all_parts_of_a_long_shot(monkeypatch):
    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", 8)
    hints = {1: painted(scene(46)[1])}
    for t, frame in enumerate(track(green(26), hints)):
        assert near(RED, at(frame, 40 + 6 * t)) and near(BLUE, at(frame, 5, 5))


def test_hints_of_other_frames_change_nothing():
    plain, hinted = (list(track(disc_film(6), hints)) for hints in ({}, {99: None}))
    assert all(np.array_equal(a.ab, b.ab) for a, b in zip(plain, hinted, strict=True))


def walls(t, *, is_open):
    """Return a picture of two equally light rooms, with a door in the wall between them if it is open. A box
    moves over the left room and hides a part of it at first."""
    picture = np.full((SIZE, SIZE), 150, np.uint8)
    picture[:, 126:130] = 20
    if is_open:
        picture[100:150, 126:130] = 150
    picture[20:60, 10 + 20 * t : 50 + 20 * t] = 230
    return picture


def test_paint_does_not_spread_over_what_was_left_without_paint():
    """The left room is painted. Later, the two rooms are one region."""
    pictures = [walls(0, is_open=False), walls(1, is_open=True), walls(2, is_open=True)]
    parts = [parts_of_grey(picture) for picture in pictures]
    assert parts[0].regions[128, 60] != parts[0].regions[128, 200]
    assert parts[1].regions[128, 60] == parts[1].regions[128, 200]
    paths = [
        paths_between(one, part.lightness, other)
        for one, part, other in zip(pictures, parts, pictures[1:], strict=False)
    ]
    left_room = (X < 126) & (pictures[0] == 150)
    given = Given.by_person(painted(left_room, where=left_room), parts[0])
    for t, one in enumerate(carried(pictures, parts, paths, {0: given})[1:], 1):
        assert one.hints.confidence[128, 20:110].min() > 0
        assert one.hints.confidence[10:245, 140:250].max() == 0
        assert one.hints.confidence[40, 15 + 10 * t] > 0  # the box has moved away


def test_pixels_that_are_unseen_are_no_pixels_that_were_left():
    """The next part of a long shot begins with colours that were carried to it: others may spread there."""
    pictures = [walls(0, is_open=False)] * 2
    parts = [parts_of_grey(picture) for picture in pictures]
    paths = [paths_between(pictures[0], parts[0].lightness, pictures[1])]
    room = (X < 126) & (pictures[0] == 150)
    given = Given(painted(room, where=room & (X < 100)), room & False, room & (X >= 100))
    left = replace(given, unseen=room & False)
    spread, stopped = (carried(pictures, parts, paths, {0: one})[1] for one in (given, left))
    assert (spread.hints.confidence[200, 105:120] > 0).all() and not spread.unseen.all()
    assert (stopped.hints.confidence[200, 105:120] == 0).all() and not stopped.unseen.any()


def test_what_may_be_grey_or_unpainted_is_no_pixel_that_was_left():
    """Most of the room is painted, and the rest is as grey as the film: it gets the colour, too."""
    pictures = [walls(0, is_open=False)] * 2
    parts = [parts_of_grey(picture) for picture in pictures]
    paths = [paths_between(pictures[0], parts[0].lightness, pictures[1])]
    room = (X < 126) & (pictures[0] == 150)
    hints = painted(room, where=room & (X < 100))
    unsure = replace(hints, unsure=room & (X >= 100))
    assert not without_patches(hints, parts[0]).confidence[200, :100].any()
    assert without_patches(unsure, parts[0]).confidence[200, :100].all()
    found, stopped = (
        carried(pictures, parts, paths, {0: Given.by_person(one, parts[0])})[1].hints
        for one in (unsure, hints)
    )
    assert found.confidence[200, 105:120].min() > 0 and stopped.confidence[200, 105:120].max() == 0
    little = replace(painted(room, where=room & (X < 30)), unsure=room & (X >= 30))
    assert not without_patches(little, parts[0]).confidence[200, :30].any()
