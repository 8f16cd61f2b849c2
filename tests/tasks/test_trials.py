"""Trials: the drawn clips, and methods with known changes of colour."""

import itertools
import json
import math
import time

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.frames import Frame
from cartoonize.sample.trials import N_FRAMES, SETTINGS, TRIALS, draw_trial
from cartoonize.tasks.trials import TrialsOptions, try_changes
from cartoonize.workspace import Workspace

EVERYTHING = list(itertools.product(TRIALS, SETTINGS))


@pytest.fixture(scope="module")
def clips():
    """Clips of the first setting, by trial."""
    return {trial: list(draw_trial(trial, SETTINGS[0])) for trial in TRIALS}


def area(drawn):
    return np.count_nonzero(drawn.parts)


def extent(drawn):
    rows, columns = np.nonzero(drawn.parts)
    return np.ptp(rows), np.ptp(columns)


@pytest.mark.parametrize("trial, setting", EVERYTHING, ids=lambda v: getattr(v, "name", v))
def test_every_part_has_its_true_colour(trial, setting):
    for drawn in list(draw_trial(trial, setting))[::6]:
        assert drawn.rgb.shape == (192, 256, 3) and drawn.parts.shape == (192, 256)
        assert len(drawn.colors) == len(setting.thing.paints)
        for number, color in enumerate(drawn.colors, 1):
            assert (drawn.rgb[drawn.parts == number] == color).all()
    first = next(draw_trial(trial, setting))
    assert all(np.count_nonzero(first.parts == k + 1) >= 12 for k in range(len(first.colors)))


def test_each_trial_makes_its_change(clips):
    assert all(len(clip) == N_FRAMES for clip in clips.values())
    areas = {trial: [area(drawn) for drawn in clip] for trial, clip in clips.items()}
    assert areas["grow"] == sorted(areas["grow"]) and areas["grow"] == areas["shrink"][::-1]
    tall, wide = extent(clips["grow"][-1])
    assert tall == pytest.approx(2 * extent(clips["grow"][0])[0], rel=0.1)
    tall, wide = extent(clips["turn"][0])
    assert extent(clips["turn"][-1]) == pytest.approx((wide, tall), abs=3)
    assert min(areas["occlude"]) < 0.7 * areas["occlude"][0]
    assert len(set(areas["neighbour"])) == 1 and len(set(areas["fade"])) == 1
    near = [np.abs(d.rgb.astype(int) - clips["neighbour"][0].rgb).sum() for d in clips["neighbour"]]
    assert near[0] == 0 and all(near[1:])
    assert clips["fade"][-1].opacity == pytest.approx(0.2)
    ratio = clips["fade"][-1].rgb.mean() / clips["fade"][0].rgb.mean()
    assert ratio == pytest.approx(0.2, abs=0.01)


def test_seeds_are_reproducible_and_differ():
    one, same, other = (list(draw_trial("turn", SETTINGS[1], seed=s))[3].rgb for s in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_an_unknown_trial():
    with pytest.raises(UnknownNameError, match="melt.*grow"):
        list(draw_trial("melt", SETTINGS[0]))


def method(ab_of):
    """Return a method that colours each frame by a function of its 256x256 pictures, grey and coloured."""

    def color(frames):
        for frame in frames:
            rgb = cv2.resize(frame.rgb, (256, 256), interpolation=cv2.INTER_NEAREST)
            grey = cv2.resize(frame.grey, (256, 256), interpolation=cv2.INTER_NEAREST)
            yield frame.having(ab=ab_of(grey, rgb).astype(np.float32)[None])

    return color


def truth(grey, rgb):
    return rgb_to_lab(rgb)[..., 1:]


def nothing(grey, rgb):
    return np.zeros((256, 256, 2))


def by_luminance(grey, rgb):
    return np.stack([grey / 4.0, 30 - grey / 4.0], -1)


def by_place(grey, rgb):
    across = np.tile(np.linspace(-40, 40, 256), (256, 1))
    return np.stack([across, 0 * across], -1)


def by_the_scene(grey, rgb):
    """Give all pixels one colour, which depends on the brightness of the right quarter of the picture."""
    return np.full((256, 256, 2), grey[:, 192:].mean() / 2 - 60)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("trials") / "workspace")
    kinds = (truth, nothing, by_luminance, by_place, by_the_scene)
    options = TrialsOptions(n_settings=2)
    result = try_changes(workspace, {k.__name__: method(k) for k in kinds}, options=options)
    return workspace, result, {row["method"]: row for row in result["rows"]}


def test_the_truth_and_grey_do_not_change(tried):
    _, result, rows = tried
    assert result["trials"] == list(TRIALS)
    for trial in TRIALS:
        assert rows["truth"]["change"][trial] == pytest.approx(0, abs=0.4)  # the table of `chroma_of_ab`
        assert rows["truth"]["error"][trial] < 1.5
        assert rows["nothing"]["change"][trial] == pytest.approx(0, abs=0.01)
        assert rows["nothing"]["error"][trial] > 10  # stable but wrong
    assert rows["nothing"]["n_frames"] == 2 * len(TRIALS) * N_FRAMES


def test_a_method_of_luminance_changes_only_in_a_fade(tried):
    change = tried[2]["by_luminance"]["change"]
    assert change["fade"] > 5
    assert all(change[trial] == pytest.approx(0, abs=1e-6) for trial in TRIALS if trial != "fade")


def test_a_method_of_position_changes_where_the_visible_part_moves(tried):
    change = tried[2]["by_place"]["change"]
    assert change["occlude"] > 0.5
    assert change["neighbour"] == pytest.approx(0, abs=1e-6)


def test_a_method_of_the_whole_scene_changes_when_something_comes_near(tried):
    change = tried[2]["by_the_scene"]["change"]
    assert change["neighbour"] > 0.5 and change["fade"] > 1


def test_the_numbers_and_the_pictures_are_written(tried):
    workspace, result, _ = tried
    text = (workspace.reports / "trials.json").read_text()
    assert json.loads(text) == result and "NaN" not in text
    pictures = {path.stem: cv2.imread(str(path)) for path in (workspace.reports / "trials").iterdir()}
    assert set(pictures) == set(TRIALS)
    strip = pictures["fade"]
    rows = strip.shape[0] // 6  # the truth and five methods
    assert strip.shape[0] == 6 * rows and strip[:rows, 140:].max() > 150
    grey_row = strip[2 * rows : 3 * rows, 140:].astype(int)
    assert np.ptp(grey_row, axis=2).max() <= 2 and grey_row.max() > 150


def test_a_slow_method_gets_fewer_frames(tmp_path):
    def slow(frames):
        for frame in frames:
            time.sleep(0.02)
            yield frame.having(ab=np.zeros((1, 256, 256, 2), np.float32))

    options = TrialsOptions(n_settings=1, minutes=6 * 3.5 * 0.02 / 60)
    (row,) = try_changes(Workspace(tmp_path), {"slow": slow}, options=options)["rows"]
    assert row["n_frames"] == 6 * 2 or row["n_frames"] == 6 * 3
    assert all(math.isfinite(row["change"][trial]) for trial in TRIALS)


def test_frames_have_the_format_of_network_inputs(tmp_path):
    seen = []

    def spy(frames):
        for frame in frames:
            seen.append(frame)
            yield frame.having(ab=np.zeros((1, 256, 256, 2), np.float32))

    try_changes(Workspace(tmp_path), {"spy": spy}, options=TrialsOptions(n_settings=1))
    clip = seen[2 : 2 + N_FRAMES]  # the first two measure the time
    assert all(isinstance(frame, Frame) and frame.rgb is not None for frame in clip)
    assert [frame.drawing for frame in clip] == list(range(N_FRAMES))


@pytest.mark.parametrize("wrong", [{"n_settings": 0}, {"n_settings": 5}, {"minutes": 0.0}, {"seed": -1}])
def test_options_out_of_range(wrong):
    with pytest.raises(UsageError, match=str(next(iter(wrong.values())))[:1]):
        TrialsOptions(**wrong)
