"""Corrected cuts: shots are divided and joined as the user says, and the others keep their colours."""

import numpy as np
import pytest

from cartoonize.annotations.cuts import Cut, write_cuts
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.number import number_drawings
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Frame
from cartoonize.tasks.colorize import colorize
from cartoonize.tracking.confidence_file import read_confidence
from cartoonize.video import write_film
from cartoonize.workspace import Workspace
from tests.support.reporters import Recorder
from tests.support.scenes import SceneFilm

CUTS = [0, 20, 34]


@pytest.fixture
def colored(tmp_path):
    """Return a function: colour a film of three shots with corrections of its cuts."""
    film = SceneFilm(speed=2).shot(1, 20).shot(2, 14).shot(3, 12)
    write_film(tmp_path / "film.mkv", (g[..., None].repeat(3, 2) for g in film.frames()), frame_rate=24)
    workspace, reporter = Workspace(tmp_path / "w"), Recorder()

    def color(*cuts):
        write_cuts(workspace.cuts, [Cut(episode, frame, is_cut) for episode, frame, is_cut in cuts])
        (done,) = colorize(
            workspace, [tmp_path / "film.mkv"], choice=Choice(variants=("grey",)),
            options=ColorizeOptions(refine=RefineOptions("tracks"), render=RenderOptions(force=True)),
            reporter=reporter,
        )  # fmt: skip
        shots = read_confidence(workspace.out / "film.confidence.json").shots
        return done, [(shot.start, shot.stop) for shot in shots], [shot.shot for shot in shots]

    return color, reporter


def test_a_cut_that_was_missed_divides_its_shot_alone(colored):
    color, _ = colored
    assert color()[1] == [(0, 20), (20, 34), (34, 46)]
    done, shots, numbers = color(("film", 27, True))
    assert shots == [(0, 20), (20, 27), (27, 34), (34, 46)] and numbers == [0, 1, 2, 3]
    assert done.n_kept_shots == 2
    assert color(("film", 27, True))[0].as_before


def test_a_wrong_cut_joins_its_shots_and_comes_back(colored):
    color, _ = colored
    color()
    done, shots, numbers = color(("film", 20, False))
    assert shots == [(0, 34), (34, 46)] and numbers == [0, 1] and done.n_kept_shots == 1
    done, shots, _ = color()
    assert shots == [(0, 20), (20, 34), (34, 46)] and done.n_kept_shots == 2


def test_a_cut_is_moved(colored):
    color, _ = colored
    color()
    assert color(("film", 20, False), ("film", 23, True))[1] == [(0, 23), (23, 34), (34, 46)]


def test_cuts_of_an_unknown_episode_are_named(colored):
    color, reporter = colored
    assert color(("other", 20, False))[1] == [(0, 20), (20, 34), (34, 46)]
    assert any("cuts.json has 1 cut for 'other'" in line for line in reporter.warnings)


def test_a_shot_begins_where_the_area_changes_whatever_is_said():
    from cartoonize.frames import Area

    grey = np.zeros((8, 8), np.uint8)
    areas = [None, None, Area(0, 2, 8, 6)]
    frames = [Frame(k, k, grey, grey, area=area) for k, area in enumerate(areas)]
    assert [f.shot for f in number_drawings(frames, known_cuts={1: True, 2: False})] == [0, 1, 2]
