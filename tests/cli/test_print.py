"""cartoonize print, and the recipe steps that test methods."""

import json

import numpy as np
import pytest

from cartoonize.prints.presets import PRINTS, REC601
from cartoonize.prints.strike import strike_print
from cartoonize.recipes.recipe import load_recipe
from cartoonize.recipes.run import run_recipe
from cartoonize.sample.trials import TRIALS
from cartoonize.video import list_streams, open_source
from tests.support.files import tree
from tests.support.films import BAD_SOURCES, N_FRAMES, film


def frames_of(path):
    with open_source(path) as source:
        return list(source.frames(rgb=True))


def test_a_grey_film_that_keeps_everything_else(cartoonize, films, tmp_path):
    source, output = films / "e1.mkv", tmp_path / "print.mkv"
    outcome = cartoonize("print", source, "-o", output, "--codec", "ffv1", "-w", tmp_path, "--json")
    assert outcome.code == 0, outcome.err
    summary = outcome.json["output"]
    assert summary["n_frames"] == N_FRAMES and summary["print"] == PRINTS["worn"].description
    assert set(tree(tmp_path)) == {"print.mkv"}
    assert [s.type for s in list_streams(output)] == [s.type for s in list_streams(source)]
    for original, copy in zip(frames_of(source), frames_of(output), strict=True):
        struck, _ = strike_print(original.rgb, PRINTS["worn"], original.index)
        assert copy.pts == original.pts and np.ptp(copy.rgb, axis=2).max() <= 1
        assert abs(copy.grey.astype(int) - struck).max() <= 1


def test_a_preset_and_changes_to_it(cartoonize, films, tmp_path):
    output = tmp_path / "print.mkv"
    changes = ("--weights", "0", "0", "1", "--gain", "0.5", "--seed", "3")
    outcome = cartoonize("print", films / "e2.mkv", "-o", output, "--preset", "own", *changes, "-q")
    assert outcome.code == 0 and outcome.out == "" == outcome.err
    original, copy = frames_of(films / "e2.mkv")[0], frames_of(output)[0]
    blue = 127.5 + (original.rgb[..., 2] - 127.5) / 2
    assert abs(copy.grey - blue).mean() < 1.5  # h264


def test_a_folder_of_stills(cartoonize, films, tmp_path):
    stills = tmp_path / "stills"
    assert cartoonize("print", films / "e1.mkv", "-o", stills, "--preset", "own", "--codec", "png").code == 0
    assert len(list(stills.glob("*.png"))) == N_FRAMES
    assert np.ptp(frames_of(stills)[0].rgb, axis=2).max() == 0


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, bad, tmp_path, name):
    fails("print", bad / name, "-o", tmp_path / "p.mkv", words=[bad / name, BAD_SOURCES[name]])
    assert tree(tmp_path) == {}


def test_a_grey_source_has_no_prints(fails, films, tmp_path):
    stored_grey = film(tmp_path / "stored.mkv", codec="ffv1", pix_fmt="gray")
    for source in (films / "grey.mkv", stored_grey):
        fails("print", source, "-o", tmp_path / "p.mkv", words=[source, "no colour", "coloured episode"])
    assert set(tree(tmp_path)) == {"stored.mkv"}


def test_an_output_that_exists_is_kept_unless_forced(cartoonize, fails, films, tmp_path):
    source, output = film(tmp_path / "e.mkv"), tmp_path / "p.mkv"
    output.write_text("precious")
    before = tree(tmp_path)
    fails("print", source, "-o", output, words=[output, "exists", "--force"])
    for force in ([], ["--force"]):
        fails("print", source, "-o", source, *force, words=[source, "the input itself"])
    fails("print", source, "-o", tmp_path / "e.mkv" / "p.mkv", words=["cannot be written"])
    assert tree(tmp_path) == before
    assert cartoonize("print", source, "-o", output, "--force").code == 0


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--preset", "sepia"], ["sepia", "worn", "own"]),
        (["--gamma", "0"], ["gamma of a print", "got 0", "0.2 to 5"]),
        (["--grain", "nan"], ["grain of a print", "got nan"]),
        (["--weights", "1", "1", "1"], ["weights of a print", "got 1 1 1", "sum to 1"]),
        (["--codec", "mpeg1"], ["mpeg1", "h264"]),
        (["--codec", "ffv1", "--crf", "3"], ["crf"]),
    ],
)
def test_wrong_values(fails, films, tmp_path, arguments, words):
    fails("print", films / "e1.mkv", "-o", tmp_path / "p.mkv", *arguments, words=words, code=2)
    assert tree(tmp_path) == {}


def test_wrong_usage(misused, films):
    misused("print", films / "e1.mkv", words=["--output"])
    misused("print", films / "e1.mkv", "-o", "p.mkv", "--gamma", "much", words=["--gamma", "much"])


RECIPE = """
[[stage]]
stage = "print"
preset = "weights"
gamma = 1.2
codec = "ffv1"
output = "out/print.mkv"

[[stage]]
stage = "robustness"
n_frames = 2
prints = ["own", "worn"]

[[stage]]
stage = "trials"
variants = ["lookup", "grey"]
n_settings = 1
"""


def run(workspace, path):
    outcomes = run_recipe(workspace, load_recipe(str(path)), device="cpu")
    return {outcome.name.split()[0]: outcome for outcome in outcomes}


def test_steps_of_a_recipe(studio, tmp_path):
    path = tmp_path / "try.toml"
    path.write_text(RECIPE)
    first = run(studio, path)
    assert not any(outcome.cached for outcome in first.values())
    assert first["print"].summary["print"] == f"{PRINTS['weights'].description}; gamma 1.2"
    assert PRINTS["weights"].weights != REC601
    prints = json.loads((studio.reports / "prints.json").read_text())
    assert prints == first["robustness"].summary and prints["episode"] == "e1"
    assert [row["method"] for row in prints["rows"]] == ["plain-l2", "lookup", "grey"]
    assert prints["rows"][2]["loss"]["own"]["ciede2000"] == pytest.approx(0, abs=1e-9)
    trials = json.loads((studio.reports / "trials.json").read_text())
    lookup, grey = trials["rows"]
    assert (lookup["method"], grey["method"]) == ("lookup", "grey") and set(grey["change"]) == set(TRIALS)
    assert lookup["change"]["turn"] < 0.01 < 1 < lookup["change"]["fade"]

    again = run(studio, path)
    assert all(outcome.cached for outcome in again.values())
    (studio.reports / "trials" / "fade.png").unlink()
    path.write_text(RECIPE.replace("n_frames = 2", "n_frames = 3"))
    changed = run(studio, path)
    assert changed["print"].cached and changed["robustness"].reason == "option n_frames changed"
    assert changed["trials"].reason == "its result was changed or removed"
    assert changed["robustness"].summary["n_frames"] == 3


@pytest.mark.parametrize(
    "change, words",
    [
        (('preset = "weights"', 'preset = "sepia"'), ["sepia", "worn"]),
        (("gamma = 1.2", "gamma = 9"), ["gamma of a print", "got 9"]),
        (("gamma = 1.2", 'gamma = "high"'), ["gamma", "a number"]),
        (('["own", "worn"]', '["own", "torn"]'), ["torn", "worn"]),
        (('["own", "worn"]', '"own"'), ["prints", "a list"]),
        (('["lookup", "grey"]', '["magic"]'), ["magic", "lookup"]),
        (("n_settings = 1", "n_settings = 9"), ["n_settings must be 1 to 4, got 9"]),
        (('"out/print.mkv"', '"../print.mkv"'), ["outside the workspace"]),
    ],
)
def test_wrong_recipes_are_refused_before_anything_runs(fails, studio, tmp_path, change, words):
    path = tmp_path / "try.toml"
    path.write_text(RECIPE.replace(*change))
    before = tree(studio.root)
    fails("run", path, "-w", studio.root, "--device", "cpu", "-q", words=words, code=2)
    assert tree(studio.root) == before
