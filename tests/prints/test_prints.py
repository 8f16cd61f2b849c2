"""Black-and-white prints: each property against known answers, and the losses of methods on prints."""

import json
import math
import os
import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from cartoonize.color.lab import rgb_to_lab
from cartoonize.color.luma import luma_of_rgb
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.frames import Frame, VideoFormat, area_average
from cartoonize.prints.presets import PRINTS, REC601, Print, find_print
from cartoonize.prints.strike import shifted, strike_print, weave_shift
from cartoonize.tasks.prints import print_frames
from cartoonize.tasks.robustness import RobustnessOptions, try_prints
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.films import pictures


def flat(code, height=480, width=640):
    return np.full((height, width, 3), code, np.uint8)


def noise(height=60, width=80, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def grey(rgb, index=0, **changes):
    return strike_print(rgb, Print(**changes), index)[0]


def test_the_plain_copy_is_rec601_luma():
    picture = noise()
    struck, shift = strike_print(picture, PRINTS["own"], 7)
    assert PRINTS["own"] == Print() and Print().weights == REC601
    assert np.array_equal(struck, luma_of_rgb(picture)) and shift == (0, 0)
    assert struck.dtype == np.uint8 and struck.shape == (60, 80)


@pytest.mark.parametrize("weights", [(0.1, 0.3, 0.6), (1, 0, 0), (0, 0, 1)])
def test_pure_colours_become_their_weights(weights):
    pure = np.eye(3, dtype=np.uint8)[None] * 255
    assert grey(pure, weights=weights).tolist() == [[round(255 * share) for share in weights]]


def test_gamma_and_contrast_of_a_ramp():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    level = np.arange(256) / 255
    for gamma in (0.6, 1.0, 2.2):
        assert abs(grey(ramp, gamma=gamma)[0] - 255 * level**gamma).max() <= 0.51
    contrast = np.clip((level - 0.5) * 0.5 + 0.5 + 0.1, 0, 1)
    assert abs(grey(ramp, gain=0.5, offset=0.1)[0] - 255 * contrast).max() <= 0.51


@pytest.mark.parametrize("height", [240, 480])
def test_softness_is_a_gaussian_in_pixels_of_480_lines(height):
    edge = flat(0, height, 320)
    edge[:, 160:] = 240
    expected = gaussian_filter(edge[..., 0].astype(float), 3 * height / 480)
    assert abs(grey(edge, softness=3) - expected).max() < 2.5
    assert abs(np.diff(grey(edge, softness=3).astype(int), axis=1)).max() < 240 / 3


@pytest.mark.parametrize("size", [0.5, 1.0, 3.0])
def test_grain_has_its_deviation_on_grey_and_none_on_black_and_white(size):
    struck = grey(flat(128), grain=0.05, grain_size=size)
    assert struck.std() == pytest.approx(0.05 * 255, rel=0.05)
    assert struck.mean() == pytest.approx(128, abs=1)
    beside = np.corrcoef(struck[:, 1:].ravel(), struck[:, :-1].ravel())[0, 1]
    blot = np.exp(-(np.arange(-20, 21) ** 2) / (2 * size**2))
    assert beside == pytest.approx((blot[1:] * blot[:-1]).sum() / (blot**2).sum(), abs=0.03)
    assert grey(flat(0), grain=0.2).max() == 0 and grey(flat(255), grain=0.2).min() == 255


def test_the_number_of_specks_and_the_unchanged_rest():
    counts, covered = [], []
    for index in range(20):
        changed = grey(flat(128), index, specks=20) != 128
        counts.append(cv2.connectedComponents(changed.astype(np.uint8))[0] - 1)
        covered.append(changed.mean())
    assert 15 < np.mean(counts) < 22 and 0 < np.mean(covered) < 0.01
    both = grey(flat(128), 0, specks=400)
    assert both.min() < 60 and both.max() > 200  # black and white specks


def test_scratches_run_from_top_to_bottom_and_stay_for_some_frames():
    def columns(index):
        changed = grey(flat(128), index, scratches=4, seed=1) != 128
        assert changed.any(1).all()  # a scratch crosses every line
        return np.flatnonzero(cv2.dilate(changed.mean(0), np.ones((11, 1))) > 0.05)

    first, same_dozen, next_dozen = (set(columns(i).tolist()) for i in (0, 11, 12))
    assert len(first & same_dozen) > 0.6 * len(first)
    assert len(first & next_dozen) < 0.6 * len(first)


def test_the_returned_shift_undoes_the_weave():
    picture = noise(480, 640)
    seen = set()
    for index in range(40):
        struck, (down, right) = strike_print(picture, Print(weave=8), index)
        seen.add((down, right))
        assert max(abs(down), abs(right)) <= 8
        back = shifted(struck, (-down, -right))
        assert np.array_equal(back[8:-8, 8:-8], luma_of_rgb(picture)[8:-8, 8:-8])
    assert len(seen) > 20 and max(abs(d) for d, _ in seen) >= 5 and max(abs(r) for _, r in seen) >= 5
    assert np.array_equal(shifted(picture, (1, -2))[1:, :-2], picture[:-1, 2:])
    assert weave_shift(Print(weave=8), 3, 0.5) != weave_shift(Print(weave=8), 3, 1)


def test_frames_are_reproducible_in_any_order_and_seeds_differ():
    picture, worn = noise(120, 160), PRINTS["worn"]
    forwards = [strike_print(picture, worn, index) for index in range(6)]
    backwards = [strike_print(picture, worn, index) for index in reversed(range(6))][::-1]
    for (one, shift), (other, other_shift) in zip(forwards, backwards, strict=True):
        assert np.array_equal(one, other) and shift == other_shift
    assert not np.array_equal(forwards[0][0], forwards[1][0])
    other_seed = strike_print(picture, replace(worn, seed=1), 0)[0]
    assert not np.array_equal(forwards[0][0], other_seed)


def test_dirt_does_not_change_the_grain():
    with_dirt, without = grey(flat(128), grain=0.05, specks=20), grey(flat(128), grain=0.05)
    assert 0.98 < (with_dirt == without).mean() < 1


def test_presets():
    for name, preset in PRINTS.items():
        struck, _ = strike_print(noise(), preset, 4)
        assert struck.shape == (60, 80) and preset.description
        assert name == "own" or not np.array_equal(struck, luma_of_rgb(noise())) or name == "weave"
    assert PRINTS["gamma"].description == "gamma 1.3"
    assert "red 0.15" in PRINTS["worn"].description and "weave 3" in PRINTS["worn"].description


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"gamma": 0}, ["gamma of a print must be 0.2 to 5, got 0"]),
        ({"gain": 9.0}, ["gain of a print", "got 9"]),
        ({"offset": -0.6}, ["offset of a print", "got -0.6"]),
        ({"grain": math.nan}, ["grain of a print", "got nan"]),
        ({"grain_size": math.inf}, ["grain size of a print", "got inf"]),
        ({"specks": -1}, ["specks of a print", "got -1"]),
        ({"scratches": 51}, ["scratches of a print", "got 51"]),
        ({"weave": 41}, ["weave of a print", "got 41"]),
        ({"softness": 11}, ["softness of a print", "got 11"]),
        ({"seed": -1}, ["seed of a print", "got -1"]),
        ({"weights": (0.3, 0.3, 0.3)}, ["got 0.3 0.3 0.3", "sum to 1"]),
        ({"weights": (1.5, -0.5, 0.0)}, ["got 1.5 -0.5 0"]),
    ],
)
def test_values_out_of_range(changes, words):
    with pytest.raises(UsageError) as error:
        Print(**changes)
    assert all(word in str(error.value) for word in words)


def test_an_unknown_print():
    with pytest.raises(UnknownNameError, match="sepia.*worn"):
        find_print("sepia")


@pytest.mark.parametrize(
    "bit_depth, full_range, black, white", [(8, False, 16, 235), (8, True, 0, 255), (10, False, 64, 940)]
)
def test_print_frames_codes_luma_as_the_film_does(bit_depth, full_range, black, white):
    rgb = np.zeros((2, 3, 3), np.uint8)
    rgb[:, 2] = 255
    frame = Frame(0, 5, np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8), rgb, duration=1)
    form = VideoFormat(2, 3, None, None, bit_depth=bit_depth, full_range=full_range)
    (out,) = print_frames([frame], print_=Print(), format=form)
    assert out.luma.dtype == (np.uint8 if bit_depth == 8 else np.uint16)
    assert out.luma[0].tolist() == [black, black, white] and out.grey[0].tolist() == [0, 0, 255]
    assert out.rgb is None and (out.pts, out.duration) == (5, 1)
    (kept,) = print_frames([frame], print_=Print(), format=form, keep_color=True)
    assert kept.rgb is rgb


# Methods with known results. The film is e1 of the fixtures, and there are three prints.
NAMES = ("own", "gamma", "weave")
FILM = {index: picture for index, picture in enumerate(pictures(1))}


def coloring(ab_of):
    """Return a method that colours each frame with a function of the frame."""

    def color(frames):
        for frame in frames:
            yield frame.having(ab=ab_of(frame).astype(np.float32)[None])

    return color


def true_ab(frame, *, moved):
    rgb = FILM[frame.index]
    if moved and frame.drawing:
        rgb = shifted(rgb, weave_shift(PRINTS[NAMES[frame.drawing - 1]], frame.index, 64 / 480))
    return rgb_to_lab(area_average(rgb))[..., 1:]


def by_luminance(frame):
    level = cv2.resize(frame.grey, (256, 256), interpolation=cv2.INTER_AREA)
    return np.stack([level / 4.0, 0 * level], -1)


@pytest.fixture(scope="module")
def tried(extracted, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("tried") / "workspace")
    shutil.copytree(extracted.root, workspace.root)
    methods = {
        "truth": coloring(lambda frame: true_ab(frame, moved=True)),
        "unmoved truth": coloring(lambda frame: true_ab(frame, moved=False)),
        "by luminance": coloring(by_luminance),
        "grey": coloring(lambda frame: np.zeros((256, 256, 2))),
    }
    options = RobustnessOptions(prints=NAMES, n_frames=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRINTS, "weave", Print(weave=30))  # the film is only 64 lines high
        result = try_prints(workspace, methods, options=options)
    return workspace, result, {row["method"]: row for row in result["rows"]}


def test_a_method_that_knows_the_truth_has_no_loss(tried):
    _, result, rows = tried
    assert (result["episode"], result["n_frames"]) == ("e1", 5)
    assert [p["name"] for p in result["prints"]] == list(NAMES)
    truth = rows["truth"]
    assert truth["n_frames"] == 5 and set(truth["loss"]) == set(NAMES)
    assert truth["own"]["ciede2000"] < 2 and truth["own"]["share_within_10"] > 0.97
    assert truth["own"]["vivid_within_10"] > 0.85 and rows["grey"]["own"]["vivid_within_10"] < 0.2
    for name in NAMES:
        assert truth["loss"][name]["ciede2000"] == pytest.approx(0, abs=0.3)
        assert rows["grey"]["loss"][name]["ciede2000"] == pytest.approx(0, abs=0.3)
    assert rows["grey"]["own"]["ciede2000"] > 10


def test_losses_occur_on_the_prints_that_cause_them(tried):
    _, _, rows = tried
    unmoved = rows["unmoved truth"]["loss"]
    assert unmoved["weave"]["ciede2000"] > 0.5 and unmoved["weave"]["share_within_10"] < -0.03
    assert abs(unmoved["gamma"]["ciede2000"]) < 1e-9 and abs(unmoved["own"]["ciede2000"]) < 1e-9
    looked_up = rows["by luminance"]["loss"]
    own = looked_up["own"]["ciede2000"]  # the film is coded by Rec.709, its plain copy by Rec.601
    assert abs(own) < 1 and looked_up["gamma"]["ciede2000"] - own > 1
    assert looked_up["weave"]["ciede2000"] == pytest.approx(own, abs=0.05)


def test_the_report_is_json_without_nan(tried):
    workspace, result, _ = tried
    text = (workspace.reports / "prints.json").read_text()
    assert json.loads(text) == result and "NaN" not in text


def test_methods_see_colours_only_on_the_original_film(workspace):
    seen = []

    def color(frames):
        for frame in frames:
            seen.append((frame.drawing, frame.rgb is not None))
            yield frame.having(ab=np.zeros((1, 256, 256, 2), np.float32))

    try_prints(workspace, {"spy": color}, options=RobustnessOptions(prints=("own", "worn"), n_frames=1))
    assert seen[-3:] == [(0, True), (1, False), (2, False)]


def test_a_slow_method_gets_fewer_drawings(workspace):
    import time

    def slow(frames):
        for frame in frames:
            time.sleep(0.03)
            yield frame.having(ab=np.zeros((1, 256, 256, 2), np.float32))

    quick = coloring(lambda frame: np.zeros((256, 256, 2)))
    options = RobustnessOptions(prints=("own",), n_frames=8, minutes=0.2 / 60)
    rows = try_prints(workspace, {"slow": slow, "quick": quick}, options=options)["rows"]
    assert [row["n_frames"] for row in rows] == [2, 8]


def test_robustness_needs_a_test_episode_and_known_prints(workspace):
    split(workspace, options=SplitOptions(test=("none",)))
    with pytest.raises(UsageError, match="no test episode"):
        try_prints(workspace, {})
    for wrong in ({"prints": ()}, {"n_frames": 0}, {"minutes": 0}, {"prints": ("sepia",)}):
        with pytest.raises(UsageError):
            RobustnessOptions(**wrong)


DATA = Path(os.environ.get("CARTOONIZE_TEST_DATA", "nowhere"))


@pytest.mark.skipif(not DATA.is_dir(), reason="CARTOONIZE_TEST_DATA names no folder of real cartoons")
def test_a_copy_with_the_weights_of_a_real_cartoon_equals_its_grey():
    with open_source(DATA / "munchausen" / "e03.mp4") as source:
        rec709 = (0.2126, 0.7152, 0.0722)
        for frame in islice(source.frames(rgb=True), 100, 400, 100):
            struck, _ = strike_print(frame.rgb, Print(weights=rec709), frame.index)
            assert abs(struck.astype(int) - frame.grey).mean() < 1
            worn, _ = strike_print(frame.rgb, PRINTS["worn"], frame.index)
            assert abs(worn.astype(int) - frame.grey).mean() > 5
