"""paints.json: everything with a paint follows it, in the shots that have it, without a network."""

import json

import numpy as np
import pytest

from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules, write_paint_rules
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import CartoonizeError
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace

BLUE, RED = "#3355bb", "#bb4433"


def pictures():
    """Yield two shots: a bright square on a dark wall, and a dark disc on a bright one."""
    for t in range(8):
        grey = np.full((120, 200), 80, np.uint8)
        grey[40:80, 60 + 2 * t : 100 + 2 * t] = 110
        yield grey[..., None].repeat(3, 2)
    rows, columns = np.mgrid[:120, :200]
    for t in range(8):
        grey = np.where((rows - 60) ** 2 + (columns - 40 - 2 * t) ** 2 < 900, 30, 230).astype(np.uint8)
        yield grey[..., None].repeat(3, 2)


@pytest.fixture
def colored(tmp_path):
    """Return a function: colour the film with rules; return red minus blue of the square, and the summary."""
    write_film(tmp_path / "film.mkv", pictures(), frame_rate=24, codec="ffv1")
    workspace = Workspace(tmp_path / "w")
    write_pins(workspace.pins, [Pin("film", 2, 0.42, 0.5, BLUE, "shot")])

    def color(*rules, again=False):
        write_paint_rules(workspace.paints, rules)
        (done,) = colorize(
            workspace, [tmp_path / "film.mkv"], choice=Choice(variants=("grey",)),
            options=ColorizeOptions(
                refine=RefineOptions("tracks"), render=RenderOptions(codec="ffv1", force=True)
            ),
            run=RunOptions(again=again),
        )  # fmt: skip
        with open_source(workspace.out / "film.mkv") as film:
            frames = [frame.rgb.astype(int) for frame in film.frames(rgb=True)]
        return float(np.mean([f[50:70, 80:90, 0] - f[50:70, 80:90, 2] for f in frames[:8]])), frames, done

    return color


def test_everything_with_a_paint_follows_it(colored):
    before, _, _ = colored()
    assert before < -60
    after, frames, done = colored(PaintRule(BLUE, becomes=RED))
    assert after > 40 and done.n_kept_shots == 1
    _, anew, _ = colored(PaintRule(BLUE, becomes=RED), again=True)
    assert all(np.array_equal(one, other) for one, other in zip(frames, anew, strict=True))
    named, _, done = colored(PaintRule(BLUE, becomes=RED, name="Coat", group="Boris"))
    assert named == after and done.as_before
    back, _, done = colored()
    assert back == before and done.n_kept_shots == 1


@pytest.mark.parametrize(
    "change",
    [{"color": "red"}, {"color": "#GG0000"}, {"name": 3}, {"name": "x" * 99}, {"is_locked": 1}, {"x": 1}],
)
def test_damaged_paints_are_named(tmp_path, change):
    path = tmp_path / "paints.json"
    good = {"color": BLUE, "name": "", "group": "", "becomes": "", "is_locked": False}
    path.write_text(json.dumps({"format": "cartoonize-paints", "version": 1, "paints": [{**good, **change}]}))
    with pytest.raises(CartoonizeError):
        read_paint_rules(path)
