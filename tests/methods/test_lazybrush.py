"""LazyBrush 2009: imprecise strokes fill regions up to their outlines."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.scribbles import Scribbles, luma_for_flow
from cartoonize.color.bins import AB_BINS
from cartoonize.frames import Place
from cartoonize.methods.classical.lazybrush.lazybrush import (
    HARD_WEIGHT,
    SOFT_WEIGHT,
    LazyBrush,
    multiway_cut,
    paint,
    step_costs,
)
from cartoonize.methods.classical.lazybrush.strokes import Strokes, strokes_of, strokes_of_network

RED, BLUE, GREEN = (60.0, 40.0), (10.0, -50.0), (-50.0, 40.0)
SIDE = 256


def box(top=80, left=80, size=96, gap=0, paint=0.8, ground=0.8):
    """Return L x 0.01 of an outlined box with a gap in the middle of its upper side."""
    picture = np.full((SIDE, SIDE), ground, np.float32)
    picture[top : top + size, left : left + size] = 0.05
    picture[top + 2 : top + size - 2, left + 2 : left + size - 2] = paint
    middle = left + size // 2
    picture[top : top + 2, middle - gap // 2 : middle + (gap + 1) // 2] = paint
    return picture


def strokes(*painted, shape=(SIDE, SIDE), hard=()):
    """Return strokes from pairs of a colour and a place; indices in ``hard`` are hard strokes."""
    labels = np.full(shape, -1, np.int16)
    for number, (_, where) in enumerate(painted):
        labels[where] = number
    colors = np.array([color for color, _ in painted], np.float32)
    return Strokes(colors, labels, np.ones(shape, np.float32), np.isin(labels, hard))


#: Places inside the default box and above it.
INSIDE, OUTSIDE = np.s_[85:171, 85:171], np.s_[:75]


def colored(picture, *painted, **more):
    return paint(picture, strokes(*painted, **more))


@pytest.mark.parametrize("gap", [0, 4, 14])
@pytest.mark.parametrize("levels", [(0.8, 0.8), (0.5, 0.8), (0.3, 0.3)])
def test_a_stroke_fills_its_region_and_does_not_leak_through_a_gap(gap, levels):
    picture = box(gap=gap, paint=levels[0], ground=levels[1])
    ab = colored(picture, (RED, np.s_[120:130, 100:160]), (BLUE, np.s_[20:30, 20:200]))
    assert (ab[INSIDE] == RED).all() and (ab[OUTSIDE] == BLUE).all()
    if not gap:
        assert ((ab == RED).all(-1).sum() - 96 * 96) < 4 * 96  # red hardly extends beyond the box


def test_a_large_gap_is_closed_by_the_shortest_line():
    ab = colored(box(gap=30), (RED, np.s_[120:130, 100:160]), (BLUE, np.s_[20:30, 20:200]))
    assert (ab[:78, 100:156] == BLUE).all() and (ab[84:90, 100:156] == RED).all()


def test_a_soft_stroke_is_cut_off_at_an_outline_and_a_hard_one_is_not():
    over = np.s_[120:128, 100:180]  # crosses the right side of the box by four pixels
    soft = colored(box(), (RED, over), (BLUE, np.s_[20:30, 20:200]))
    assert (soft[INSIDE] == RED).all() and (soft[:, 178:] == BLUE).all()
    hard = colored(box(), (RED, over), (BLUE, np.s_[20:30, 20:200]), hard=[0])
    assert (hard[INSIDE] == RED).all() and (hard[over] == RED).all()
    assert (hard[:, 180:] == BLUE).all() and (hard[60:110, 178:] == BLUE).all()


def test_many_colours_and_regions_without_a_stroke():
    picture = np.minimum(box(20, 20, 80), box(140, 140, 80))
    ab = colored(
        picture, (RED, np.s_[50:60, 40:80]), (BLUE, np.s_[5:12, 20:220]), (GREEN, np.s_[170:180, 160:200])
    )
    assert (ab[30:90, 30:90] == RED).all() and (ab[150:210, 150:210] == GREEN).all()
    assert (ab[110:130] == BLUE).all()
    without = colored(picture, (RED, np.s_[50:60, 40:80]), (BLUE, np.s_[5:12, 20:220]))
    assert (without[30:90, 30:90] == RED).all()
    assert len(np.unique(without[150:210, 150:210].reshape(-1, 2), axis=0)) == 1  # one of the colours


def test_two_colours_reach_the_minimum_energy():
    """Compare with the minimum of equation 1 over all colourings of a small picture."""
    rng = np.random.default_rng(1)
    shape, perimeter = (3, 4), 14
    for _ in range(8):
        intensity = rng.random(shape)
        labels = rng.choice([-1, -1, 0, 1], shape).astype(np.int16)
        labels[0, 0], labels[2, 3] = 0, 1
        given = Strokes(
            np.array([RED, BLUE], np.float32), labels, np.ones(shape, np.float32), np.zeros(shape, bool)
        )
        steps = step_costs(intensity)

        def energy(colors):
            smooth = sum(
                np.minimum(a, b)[one != other].sum()
                for a, b, one, other in (
                    (steps[:, 1:], steps[:, :-1], colors[:, 1:], colors[:, :-1]),  # noqa: B023
                    (steps[1:], steps[:-1], colors[1:], colors[:-1]),  # noqa: B023
                )
            )
            lost = ((labels >= 0) & (labels != colors)).sum()  # noqa: B023
            return smooth + round(SOFT_WEIGHT * perimeter) * lost

        every = (np.reshape(colors, shape) for colors in itertools.product([0, 1], repeat=12))
        assert energy(multiway_cut(intensity, given)) == min(map(energy, every))
    assert 4 + 1 / perimeter < HARD_WEIGHT  # the cost of a cut around one pixel


def test_a_boundary_is_cheap_only_on_lines():
    costs = step_costs(box())
    assert costs[120, 120] == costs[20, 20] == 2 * (SIDE + SIDE) + 1
    assert costs[120, 80:82].max() == 1


def marks(*painted, hard=False):
    """A user's scribbles, as read from a picture."""
    positions, colors = [], []
    for color, where in painted:
        found = np.flatnonzero(np.isin(np.arange(SIDE * SIDE).reshape(SIDE, SIDE), _cells(where)))
        positions.append(found)
        colors.append(np.tile(np.float32(color), (len(found), 1)))
    hints = ColorHints.at(np.concatenate(positions), np.concatenate(colors), (SIDE, SIDE))
    return replace(hints, exact=hints.confidence > 0) if hard else hints


def _cells(where):
    return np.arange(SIDE * SIDE).reshape(SIDE, SIDE)[where].ravel()


def test_nearly_equal_colours_are_merged():
    found = strokes_of(
        marks((RED, np.s_[:9, :9]), ((62.0, 41.0), np.s_[20:22, :9]), (BLUE, np.s_[40:42, :9]))
    )
    assert len(found.colors) == 2 and not found.is_hard.any()
    assert found.labels[0, 0] == found.labels[20, 0] != found.labels[40, 0] and found.labels[60, 60] == -1
    assert np.abs(found.colors[found.labels[0, 0]] - RED).max() < 2


def test_hard_marks_take_precedence():
    both = marks((BLUE, np.s_[4:20, :9]), hard=True).combined_with(marks((RED, np.s_[:9, :9])))
    found = strokes_of(both)
    positions = both.pixels()[0]
    assert len(np.unique(positions)) == len(positions) == len(both) == 20 * 9
    assert found.is_hard[4:20, :9].all() and found.is_hard.sum() == 16 * 9
    assert np.allclose(found.colors[found.labels[5, 5]], BLUE)


def test_strokes_follow_the_motion_of_the_picture():
    painted_on, now = box(left=80), box(left=92)
    given = marks((RED, np.s_[120:130, 84:100]), (BLUE, np.s_[20:30, 20:200]))
    texture = np.random.default_rng(0).normal(0, 0.02, (SIDE, SIDE)).astype(np.float32)
    painted_on, now = painted_on + texture, now + texture
    scribbles = Scribbles({3: given}).on({3: luma_for_flow(painted_on)})
    module = LazyBrush(scribbles)
    assert module.guided_at == {3}
    pictures = torch.from_numpy(np.stack([painted_on, now])[:, None])
    here, there = module(pictures, places=[Place(3, 0), Place(9, 0)]).permute(0, 2, 3, 1).numpy()
    assert (here[90:160, 90:160] == RED).all() and (there[90:160, 102:172] == RED).all()
    assert (there[60:200, :88] == BLUE).all() and (there[:70] == BLUE).all()
    assert not module(pictures[:1], places=[Place(2, 0)]).any()  # no strokes apply yet


def test_without_strokes_it_is_grey_or_uses_the_confident_half_of_a_network():
    picture = torch.from_numpy(box())[None, None]
    assert not LazyBrush()(picture).any()
    histogram = np.full((313, 56, 56), 1e-3, np.float32)
    red, blue = (int(((AB_BINS - color) ** 2).sum(1).argmin()) for color in (RED, BLUE))
    histogram[blue] = 0.4
    histogram[:, 18:39, 18:39] = 1e-3
    histogram[red, 18:39, 18:39] = 0.6
    histogram[:, 26:30, 24:28] = 1e-3  # an uncertain area inside the box
    histogram[blue, 26:30, 24:28] = 0.1
    histogram /= histogram.sum(0)
    found = strokes_of_network(histogram)
    assert len(found.colors) == 2 and (found.labels >= 0).mean() >= 0.5
    assert found.firmness[120, 140] > found.firmness[10, 10]
    ab = LazyBrush()(picture, histogram=torch.from_numpy(histogram)[None])[0].permute(1, 2, 0).numpy()
    wanted = [
        np.einsum("q,qc->c", histogram[:, 22, 22], AB_BINS),
        np.einsum("q,qc->c", histogram[:, 2, 2], AB_BINS),
    ]
    assert np.abs(ab[INSIDE] - wanted[0]).max() < 1 and np.abs(ab[OUTSIDE] - wanted[1]).max() < 1
