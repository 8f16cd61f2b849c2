"""Paints that are replaced or fixed: which colours move, how far, and which shots they touch."""

import numpy as np
import pytest

from cartoonize.annotations.paint_rules import PaintRule
from cartoonize.color.lab import rgb_to_lab
from cartoonize.tracking.paint_changes import ColorNotes, PaintChanges

BLUE, RED = "#3355bb", "#bb4433"


def lab(color):
    return rgb_to_lab(np.array([[[int(color[k : k + 2], 16) for k in (1, 3, 5)]]], np.uint8))[0, 0]


def applied(rule, colors):
    colors = np.array(colors, np.float32)[None]
    return PaintChanges.of([rule]).applied(colors[..., 1:], colors[..., 0])[0]


def test_a_replaced_paint_takes_its_shades_with_it_and_nothing_else():
    blue, red = lab(BLUE), lab(RED)
    shades = [blue, blue + [6, 2, -3], blue + [-6, 0, 4]]
    moved = applied(PaintRule(BLUE, becomes=RED), shades)
    assert np.allclose(moved - np.array(shades)[:, 1:], red[1:] - blue[1:], atol=0.01)
    others = [blue + [0, 20, 0], blue + [40, 0, 0], red, [50, 0, 0]]
    assert np.allclose(applied(PaintRule(BLUE, becomes=RED), others), np.array(others)[:, 1:], atol=0.01)


def test_a_change_fades_out():
    blue = lab(BLUE)
    ways = [np.linalg.norm(applied(PaintRule(BLUE, becomes=RED), [blue + [0, d, 0]])[0] - blue[1:] - [d, 0])
            for d in (8, 10, 12, 14)]  # fmt: skip
    assert all(one > other for one, other in zip(ways, ways[1:], strict=False)) and ways[-1] == pytest.approx(
        0
    )


def test_a_fixed_paint_takes_in_what_is_a_little_off():
    blue = lab(BLUE)
    fixed = applied(
        PaintRule(BLUE, is_locked=True), [blue + [5, 8, -7], blue + [0, -12, 0], blue + [0, 25, 0]]
    )
    assert np.allclose(fixed[:2], blue[1:], atol=0.01)
    assert np.allclose(fixed[2], blue[1:] + [25, 0], atol=0.01)
    both = applied(PaintRule(BLUE, becomes=RED, is_locked=True), [blue + [5, 8, -7]])
    assert np.allclose(both[0], lab(RED)[1:], atol=0.01)


def test_of_two_paints_the_nearer_one_counts():
    blue = lab(BLUE)
    near = blue + [0, 10, 0]
    rules = [PaintRule(BLUE, becomes=RED), PaintRule("#000000", is_locked=True)]
    changes = PaintChanges.of(rules)
    found = changes.applied(np.array([[[0.5, 0.5]]], np.float32), np.array([[3.0]], np.float32))
    assert np.allclose(found, 0, atol=0.01)
    assert applied(PaintRule(BLUE, becomes=RED), [near])[0][0] > near[1]


def test_names_change_nothing():
    assert PaintChanges.of([PaintRule(BLUE, name="Coat", group="Boris")]).rules == ()


def test_only_shots_with_the_paint_are_touched():
    blue, rng = lab(BLUE), np.random.default_rng(0)
    changes = PaintChanges.of([PaintRule(BLUE, becomes=RED)])
    for distance in rng.uniform(0, 40, 60):
        way = rng.normal(size=3)
        color = blue + distance * way / np.linalg.norm(way * [0.5, 1, 1])
        notes = ColorNotes()
        notes.add(color[None, None, 1:].astype(np.float32), color[None, None, 0].astype(np.float32))
        before = color[None, None, 1:].astype(np.float32)
        moves = not np.allclose(changes.applied(before, color[None, None, 0].astype(np.float32)), before)
        touched = changes.fingerprint(notes.colors()) != ""
        assert touched or not moves, distance
        assert not touched or distance < 13.5 + 8
    assert PaintChanges().fingerprint(notes.colors()) == ""
