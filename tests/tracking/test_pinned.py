"""Pins: one colour for a whole thing, in all drawings in which it is followed."""

from dataclasses import replace

import numpy as np

from cartoonize.annotations.hints import ColorHints, fingerprint_of_hints
from cartoonize.annotations.pins import Pin, hints_of_pins
from cartoonize.color.lab import lightness_on_grid
from cartoonize.filters.track_sources import as_predicted
from cartoonize.tracking.borders import Borders
from cartoonize.tracking.decision import Decision
from cartoonize.tracking.memory import Memory
from cartoonize.tracking.parts import parts_of
from cartoonize.tracking.pooling import pool, pool_hints
from cartoonize.tracking.votes import Votes
from tests.support.streams import track
from tests.support.tracked import BLUE, GREEN, RED, SIZE, at, disc_film, near, predicted, scene

#: A red (60, 40), as a person picks it.
PICKED = "#d2303f"


def pinned(frames, index, x, y, color=PICKED):
    """Return the hints of a pin at a pixel of a frame."""
    parts = parts_of(lightness_on_grid(frames[index].grey, SIZE, SIZE))
    pin = Pin("e", index, x / SIZE, y / SIZE, color)
    return {index: hints_of_pins(parts.regions, parts.lines, parts.lightness, [pin])}


def film(n_frames=10):
    """Return a film of a disc that moves, and for which everything but the first drawing says green."""
    return list(disc_film(n_frames, colors=lambda t: (GREEN, BLUE), wrong=0.0))


def place(frame, k):
    """Return the middle of the disc."""
    rows, columns = np.nonzero(frame.grey == 200)
    return int(columns.mean()), int(rows.mean())


def test_a_pin_decides_alone_against_all_predictions():
    frames = film(12)
    x, y = place(frames[0], 0)
    hints = pinned(frames, 0, x, y)
    wanted = hints[0].ab[y, x]
    for k, frame in enumerate(track(frames, hints)):
        ab = frame.ab[0][place(frames[k], k)[::-1]]
        assert np.linalg.norm(ab - wanted) < 1, k
        assert near(BLUE, at(frame, 5, 5))


def test_pins_that_contradict_each_other_count_where_they_are():
    frames = film(8)
    (x0, y0), (x7, y7) = place(frames[0], 0), place(frames[7], 7)
    hints = pinned(frames, 0, x0, y0) | pinned(frames, 7, x7, y7, "#3060d0")
    shown = [frame.ab[0] for frame in track(frames, hints)]
    assert np.linalg.norm(shown[0][y0, x0] - hints[0].ab[y0, x0]) < 8
    assert np.linalg.norm(shown[7][y7, x7] - hints[7].ab[y7, x7]) < 8


def test_a_pin_says_nothing_about_other_things_of_the_same_lightness():
    frames = film(6)
    hints = pinned(frames, 0, *place(frames[0], 0))
    before, after = (list(track(frames, given)) for given in ({}, hints))
    for k, (old, new) in enumerate(zip(before, after, strict=True)):
        outside = frames[k].grey != 200
        moved = np.linalg.norm(new.ab[0] - old.ab[0], axis=-1)
        assert np.percentile(moved[outside], 90) < 0.1, k


def test_of_pins_that_contradict_each_other_the_one_on_the_larger_region_decides():
    picture, inside = scene(128)
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    tracks, region = np.arange(len(parts.areas)), int(parts.regions[128, 128])
    votes, borders = Votes(), Borders()
    votes.add_drawing(tracks, pool(predicted(inside, (GREEN, BLUE), np.random.default_rng(0)), parts))
    borders.add(tracks, parts)
    for order in (1, -1):
        decision = Decision(votes.summed(), borders)
        for color, share in [(RED, 1.0), (BLUE, 0.3)][::order]:
            given = np.where(inside, np.float32(share), np.float32(0))
            hints = ColorHints(np.full((SIZE, SIZE, 2), color, np.float32), given)
            decision.add_pinned(tracks, np.rint(parts.areas * share), pool_hints(hints, parts))
        assert near(RED, tuple(decision.decide(as_predicted)[region, 8, :2]))


def test_a_colour_that_is_only_painted_is_another_hint():
    frames = film(2)
    hints = pinned(frames, 0, *place(frames[0], 0))
    painted = {0: replace(hints[0], pinned=None)}
    assert fingerprint_of_hints(hints, 0, 2) != fingerprint_of_hints(painted, 0, 2)
    both = hints[0].combined_with(painted[0])
    assert (both.pinned == hints[0].pinned).all()
    moved = hints[0].shifted(3, 2).pinned
    assert (moved[3:, 2:] == hints[0].pinned[:-3, :-2]).all() and not moved[:3].any()


def test_the_memory_knows_its_pins_and_forgets_those_that_are_gone():
    picture, _ = scene(150)
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    pin = Pin("e", 0, 150 / SIZE, 0.5, PICKED)
    hints = hints_of_pins(parts.regions, parts.lines, parts.lightness, [pin])
    region = int(parts.regions[128, 150])
    histogram = np.full((313, 32, 32), 1 / 313, np.float32)
    memory = Memory()
    memory.add(histogram, parts, hints, film=1, pins={region: pin.number})
    before = len(memory)
    memory.add(histogram, parts, replace(hints, pinned=None), film=1)
    others = len(memory) - before
    assert memory.pins == {pin.number} and others >= before > 0
    own = Memory.of(memory.arrays()).for_film(1)
    assert own.without_pins({pin.number}).fingerprint == memory.fingerprint
    assert len(own.without_pins(())) == others and own.without_pins(()).pins == frozenset()
    assert len(memory.for_film(0).without_pins(())) == before + others  # pins of other films stay
    assert len(memory.for_film(0).without_pins((), of_all_films=True)) == others
    assert Pin("e", 0, 0.2, 0.5, PICKED).number != pin.number == replace(pin).number > 0
    assert near(RED, tuple(hints.ab[128, 150]))
