"""Divided and joined things: their colours in the film, from the cache and without it."""

from pathlib import Path

import numpy as np
import pytest

from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.annotations.track_edits import Join, Split, write_track_edits
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace

N = 20
BLUE, RED = "#3355bb", "#bb4433"


def position(t):
    """Return the column of the middle of the square."""
    return 60 + 4 * t


def pictures():
    """Yield a bright square that moves over a dark wall. It is away for two frames in the middle."""
    for t in range(N):
        grey = np.full((120, 200), 80, np.uint8)
        if t not in (12, 13):
            grey[40:80, position(t) - 20 : position(t) + 20] = 190
        yield grey[..., None].repeat(3, 2)


@pytest.fixture
def colored(tmp_path):
    """Return a function: colour the film with pins and edits; return the chroma of the square by frame."""
    write_film(tmp_path / "film.mkv", pictures(), frame_rate=24, codec="ffv1")
    workspace = Workspace(tmp_path / "w")

    def color(pins, edits, *, again=False):
        write_pins(workspace.pins, [Pin("film", t, position(t) / 200, 0.5, c, "shot") for t, c in pins])
        write_track_edits(workspace.tracks, edits)
        render = RenderOptions(codec="ffv1", force=True)
        (done,) = colorize(
            workspace, [tmp_path / "film.mkv"], choice=Choice(variants=("grey",)),
            options=ColorizeOptions(refine=RefineOptions("tracks"), render=render),
            run=RunOptions(again=again),
        )  # fmt: skip
        with open_source(Path(done.output)) as film:
            frames = [frame.rgb.astype(int) for frame in film.frames(rgb=True)]
        squares = [f[45:75, position(t) - 15 : position(t) + 15].mean((0, 1)) for t, f in enumerate(frames)]
        return [round(float(rgb[0] - rgb[2])) for rgb in squares], frames

    return color


def split(t):
    return Split("film", t, position(t) / 200, 0.5)


def test_a_thing_that_is_divided_has_two_colours(colored):
    (whole, _) = colored([(2, BLUE)], [])
    assert all(value < -60 for value in whole[:12])
    (parts, cached) = colored([(2, BLUE), (9, RED)], [split(6)])
    assert all(value < -60 for value in parts[:6]) and all(value > 40 for value in parts[6:12]), parts
    (_, anew) = colored([(2, BLUE), (9, RED)], [split(6)], again=True)
    assert all(np.array_equal(one, other) for one, other in zip(cached, anew, strict=True))


def test_a_pin_ends_where_its_thing_is_divided(colored):
    (parts, _) = colored([(2, BLUE)], [split(6)])
    assert all(value < -60 for value in parts[:6])
    assert all(abs(value) < 25 for value in parts[6:12]), parts


def test_two_things_that_are_one_share_a_colour(colored):
    (apart, _) = colored([(2, BLUE)], [])
    assert all(abs(value) < 25 for value in apart[15:]), apart
    join = Join("film", 8, position(8) / 200, 0.5, 16, position(16) / 200, 0.5)
    (joined, _) = colored([(2, BLUE)], [join])
    assert all(value < -60 for value in joined[15:]), joined
    (again, _) = colored([(2, BLUE)], [])
    assert again == apart
