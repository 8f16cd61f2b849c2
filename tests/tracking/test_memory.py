"""Memory: hints in one shot help similar regions in other shots."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.color.bins import N_BINS
from cartoonize.color.lab import lightness_on_grid
from cartoonize.frames import Frame
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of
from cartoonize.tracking.pooling import pool
from cartoonize.tracking.votes import Appearance
from tests.support.streams import track
from tests.support.tracked import BLUE, GREEN, RED, SIZE, at, bin_of, near, painted, scene


def mistaken(inside, disc=GREEN, ground=(0, 0)):
    """Return a wrong prediction: the disc green, the background grey."""
    share = inside.reshape(32, 8, 32, 8).mean((1, 3))
    bins = np.where(share > 0.5, bin_of(disc), bin_of(ground))
    histogram = np.full((N_BINS, 32, 32), 0.3 / N_BINS, np.float32)
    np.put_along_axis(histogram, bins[None], 0.7, 0)
    return histogram


def frames(n_frames=4, shot=1, grey=200, **predicted):
    for t in range(n_frames):
        picture, inside = scene(60 + 6 * t, 90, grey)
        yield Frame(t, t, picture, picture, drawing=t, shot=shot, histogram=mistaken(inside, **predicted))


def rows(histogram, parts):
    """Return the appearance of the regions of a drawing."""
    pooled = pool(histogram, parts)
    return Appearance(pooled.histograms.astype(np.float32), pooled.means, pooled.descriptors)


@pytest.fixture
def memory():
    """Return the memory of a red disc of the same lightness on blue, at another place in another shot."""
    picture, inside = scene(150)
    known = Memory()
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    known.add(mistaken(inside), parts, painted(inside))
    assert len(known) >= 2
    return known


def test_the_same_wrong_prediction_is_corrected_in_another_shot(memory):
    plain = list(track(frames()))
    corrected = list(track(frames(), recall=memory.recall))
    for t, (before, after) in enumerate(zip(plain, corrected, strict=True)):
        assert near(GREEN, at(before, 60 + 6 * t, 90)) and near(RED, at(after, 60 + 6 * t, 90))
        assert near(BLUE, at(after, 5, 5))


def test_regions_of_another_lightness_are_not_alike(memory):
    for t, frame in enumerate(track(frames(grey=170), recall=memory.recall)):
        assert near(GREEN, at(frame, 60 + 6 * t, 90))


def test_regions_with_another_prediction_are_not_alike(memory):
    violet = (60, -60)
    for t, frame in enumerate(track(frames(disc=violet), recall=memory.recall)):
        assert near(violet, at(frame, 60 + 6 * t, 90))


def test_what_is_not_recognised_stays_bit_for_bit():
    """Also beside a recognised region: no region gets a tint."""
    known = Memory()
    picture, inside = scene(150)
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    known.add(mistaken(inside), parts, painted(inside, where=inside))  # the disc alone
    seen = rows(mistaken(inside), parts)
    elsewhere = known.for_film(1)
    changed = (elsewhere.recall(seen) != seen.histograms).any(1)
    assert changed.any() and not changed.all()
    for similar in (0.9, 0.95, 0.99):  # predictions that are nearly the same are not mixed a little
        mixed = (similar * seen.histograms + (1 - similar) / N_BINS).astype(np.float32)
        difference = np.abs(elsewhere.recall(replace(seen, histograms=mixed)) - mixed).sum(1)
        assert ((difference < 1e-6) | (difference > 0.5)).all()
    plain, corrected = list(track(frames())), list(track(frames(), recall=elsewhere.recall))
    for t, (before, after) in enumerate(zip(plain, corrected, strict=True)):
        assert near(RED, at(after, 60 + 6 * t, 90))
        assert np.array_equal(before.ab[0, :40], after.ab[0, :40])


def test_a_film_recognises_its_own_regions_more_easily():
    known = Memory()
    picture, inside = scene(150)
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    known.add(mistaken(inside), parts, painted(inside), film=2)
    seen = rows(mistaken(inside), parts)
    seen = replace(seen, lightness=seen.lightness + np.float32(1.8))  # similar, and not the same
    for film, recognises in ((2, True), (0, False)):
        assert (known.for_film(film).recall(seen) != seen.histograms).any() == recognises


def test_an_empty_memory_changes_nothing():
    plain, empty = list(track(frames())), list(track(frames(), recall=Memory().recall))
    assert all(np.array_equal(a.ab, b.ab) for a, b in zip(plain, empty, strict=True))


def test_unpainted_regions_are_not_remembered():
    picture, inside = scene(150)
    known = Memory()
    known.add(
        mistaken(inside), parts_of(lightness_on_grid(picture, SIZE, SIZE)), painted(inside, where=inside)
    )
    frame = list(track(frames(), recall=known.recall))[-1]
    assert near(RED, at(frame, 78, 90)) and near((0, 0), at(frame, 5, 5))
