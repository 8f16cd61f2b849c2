"""Memory: what is known of a thing in one shot is known of the like in others."""

import numpy as np
import pytest

from cartoonize.color.bins import N_BINS
from cartoonize.color.lab import lightness_on_grid
from cartoonize.filters.track import track_frames
from cartoonize.frames import Frame
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of
from tests.support.tracked import BLUE, GREEN, RED, SIZE, at, bin_of, near, painted, scene


def mistaken(inside, disc=GREEN, ground=(0, 0)):
    """Return what a network says that errs: the disc green, the ground grey."""
    share = inside.reshape(32, 8, 32, 8).mean((1, 3))
    bins = np.where(share > 0.5, bin_of(disc), bin_of(ground))
    histogram = np.full((N_BINS, 32, 32), 0.3 / N_BINS, np.float32)
    np.put_along_axis(histogram, bins[None], 0.7, 0)
    return histogram


def frames(n_frames=4, shot=1, grey=200, **said):
    for t in range(n_frames):
        picture, inside = scene(60 + 6 * t, 90, grey)
        yield Frame(t, t, picture, picture, drawing=t, shot=shot, histogram=mistaken(inside, **said))


@pytest.fixture
def memory():
    """Of a disc of the same lightness, which is red on blue, elsewhere in another shot."""
    picture, inside = scene(150)
    known = Memory()
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    known.add(mistaken(inside), parts, painted(inside))
    assert len(known) >= 2
    return known


def test_the_same_mistake_is_mended_in_another_shot(memory):
    plain = list(track_frames(frames()))
    mended = list(track_frames(frames(), memory=memory))
    for t, (before, after) in enumerate(zip(plain, mended, strict=True)):
        assert near(GREEN, at(before, 60 + 6 * t, 90)) and near(RED, at(after, 60 + 6 * t, 90))
        assert near(BLUE, at(after, 5, 5))


def test_what_is_not_as_light_is_something_else(memory):
    for t, frame in enumerate(track_frames(frames(grey=170), memory=memory)):
        assert near(GREEN, at(frame, 60 + 6 * t, 90))


def test_what_is_taken_for_something_else_is_something_else(memory):
    violet = (60, -60)
    for t, frame in enumerate(track_frames(frames(disc=violet), memory=memory)):
        assert near(violet, at(frame, 60 + 6 * t, 90))


def test_an_empty_memory_changes_nothing():
    plain, empty = list(track_frames(frames())), list(track_frames(frames(), memory=Memory()))
    assert all(np.array_equal(a.ab, b.ab) for a, b in zip(plain, empty, strict=True))


def test_what_was_not_painted_is_not_remembered():
    picture, inside = scene(150)
    known = Memory()
    known.add(
        mistaken(inside), parts_of(lightness_on_grid(picture, SIZE, SIZE)), painted(inside, where=inside)
    )
    frame = list(track_frames(frames(), memory=known))[-1]
    assert near(RED, at(frame, 78, 90)) and near((0, 0), at(frame, 5, 5))
