"""Faults that mutants and the fuzzer found, each as a small test."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from cartoonize.annotations.pins import read_pins
from cartoonize.errors import CartoonizeError, CheckpointError, SourceError, WorkspaceError
from cartoonize.methods.checkpoint import read_header, write_checkpoint
from cartoonize.recipes.recipe import load_recipe
from cartoonize.recipes.run import run_recipe
from cartoonize.recipes.steps import STEPS
from cartoonize.video import open_source
from cartoonize.video.images import read_picture
from cartoonize.workspace import Workspace
from tests.support.films import film

pytestmark = pytest.mark.fault(8)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Work in a folder of the test. A crash leaves a report in the current folder."""
    monkeypatch.chdir(tmp_path)


def checkpoint(path, **header):
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    write_checkpoint(path, {"weight": torch.ones(2)}, {"variant": "tiny", "width": 0.125, **header})
    return path


def with_header(path, change):
    """Change the header of a checkpoint. Its hash covers the weights only."""
    data = path.read_bytes()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    header["__metadata__"]["cartoonize"] = change(header["__metadata__"]["cartoonize"])
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + n :])


def test_a_checkpoint_with_too_deep_nesting_is_damaged(tmp_path):
    path = checkpoint(tmp_path / "model.safetensors")
    with_header(path, lambda text: '{"variant": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read_header(path)


@pytest.mark.parametrize("key", ["sha256", "adapted", "variant", "data", "validation", "changes", "width"])
def test_a_checkpoint_with_header_values_of_a_wrong_type_is_damaged(key, fails, tmp_path):
    path = checkpoint(tmp_path / "runs" / "tiny" / "model.safetensors", validation={"ab_error": 1.0})
    with_header(path, lambda text: json.dumps({**json.loads(text), key: [0]}))
    fails("colorize", film(tmp_path / "e.mkv", 1, 4), "-w", tmp_path, "-o", tmp_path / "o.mkv", words=[path])


@pytest.mark.parametrize(
    "width", [math.inf, math.nan, -1.0, 1e18, 10**400, True], ids=lambda width: str(width)[:6]
)
def test_a_checkpoint_with_an_impossible_width_is_damaged(width, fails, tmp_path):
    path = checkpoint(tmp_path / "model.safetensors")
    with_header(path, lambda text: json.dumps({**json.loads(text), "width": width}))
    source = film(tmp_path / "e.mkv", 1, 4)
    fails("colorize", source, "--checkpoint", path, "-w", tmp_path, "-o", tmp_path / "o.mkv", words=[path])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("rate", ["1e999999999", "0/1", "-12", "1e400", "9" * 4000, "12/0", ""])
def test_an_impossible_frame_rate_is_an_error_and_takes_no_time(rate, workspace):
    data = json.loads(workspace.manifest_path.read_text())
    data["episodes"]["e1"]["frame_rate"] = rate
    workspace.manifest_path.write_text(json.dumps(data))
    with pytest.raises(WorkspaceError, match="damaged"):
        workspace.load()


@pytest.mark.parametrize("number", [10**400, -(10**400), math.nan, math.inf], ids=lambda n: str(n)[:6])
@pytest.mark.parametrize("key", ["x", "y", "frame"])
def test_a_pin_at_an_impossible_place_is_an_error(key, number, tmp_path):
    pin = {"episode": "e1", "frame": 3, "x": 0.5, "y": 0.25, "color": "#ff8000", key: number}
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"format": "cartoonize-pins", "version": 1, "pins": [pin]}))
    if (key, number) == ("frame", 10**400):
        assert len(read_pins(path)) == 1  # the length of the film is checked later
        return
    with pytest.raises(CartoonizeError) as caught:
        read_pins(path)
    assert "pin" in str(caught.value)


_NEEDED = {
    "extract": {"sources": ["x"]},
    "sample": {"folder": "s"},
    "train": {"variants": ["plain"]},
    "adapt": {"variants": ["plain"], "references": ["r"]},
    "print": {"output": "o.mkv"},
    "colorize": {"output": "o.mkv"},
    "compare": {"videos": ["a", "b"], "output": "o.mkv"},
    "evaluate": {"colorized": ["a"], "output": "s.json"},
    "times": {"variants": ["grey"]},
}
_ODD = [
    *("2" * 400, "-" + "2" * 400, str(2**63), "0", "-1", "nan", "inf", "-inf", "1e308", "true", "1979-05-27"),
    *('""', r'"a\u0000b"', '"../x"', '"/etc/x"', '"***"', f'"{"x" * 5000}"', '"{x}"', '"*\\u0000"'),
    *(
        "[]",
        "[[]]",
        "[nan, nan]",
        "[0, inf]",
        r'["a\u0000b"]',
        '["x/***"]',
        f"[{'2' * 400}, 1]",
        "{}",
        "{x = 1}",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("stage", STEPS)
def test_nonsense_options_of_a_stage_are_an_error_or_accepted(stage, tmp_path):
    """The checks before a recipe begins raise only errors that name the recipe."""
    path = tmp_path / "recipe.toml"
    wrong = []
    for key in STEPS[stage].keys():  # noqa: SIM118, not a dictionary
        for value in _ODD:
            others = {k: json.dumps(v) for k, v in _NEEDED.get(stage, {}).items() if k != key}
            lines = [f'stage = "{stage}"', *(f"{k} = {v}" for k, v in others.items()), f"{key} = {value}"]
            path.write_text("[[stage]]\n" + "\n".join(lines) + "\n")
            try:
                for table in load_recipe(str(path)).stages:
                    options = {k: v for k, v in table.items() if k != "stage"}
                    STEPS[stage](Workspace(tmp_path), options, "cpu").check()
            except CartoonizeError as error:
                assert str(error)
            except OSError as error:  # it names the file, and `main` prints it as one line
                assert error.filename
            except Exception as error:
                wrong.append(f"{key} = {value[:40]}: {type(error).__name__}: {error}"[:200])
    assert not wrong, "\n".join(wrong)


#: Stages with an error.
_REFUSED = {
    "NUL in a source": r'stage = "extract", sources = ["a\u0000b"]',
    "no pattern": 'stage = "extract", sources = ["x/***"]',
    "a long source": f'stage = "extract", sources = ["{"x" * 300}"]',
    "NUL in a result": r'stage = "colorize", sources = ["e.mkv"], output = "a\u0000b.mkv"',
    "a long result": f'stage = "colorize", sources = ["e.mkv"], output = "{"x" * 300}.mkv"',
    "no result": 'stage = "colorize", sources = ["e.mkv"], output = []',
    "NUL in a variant": r'stage = "train", variants = ["a\u0000b"]',
    "nothing to compare": 'stage = "compare", videos = [], output = "o.mkv"',
    "endless share": 'stage = "credits", background_share = inf',
    "no such episode": 'stage = "credits", episodes = ["e9"]',
    "a long stage": f'stage = "{"x" * 100_000}"',
}


@pytest.mark.parametrize("what", _REFUSED)
def test_the_error_of_a_recipe_is_one_short_line_that_names_it(what, cartoonize, tmp_path):
    film(tmp_path / "e.mkv", 1, 4)
    (tmp_path / "mutant.toml").write_text(f"stage = [{{{_REFUSED[what]}}}]\n")
    outcome = cartoonize("run", "mutant.toml")
    error = outcome.err.splitlines()[-1]
    assert outcome.code in (1, 2) and error.startswith("Error: ") and len(error) < 1500, error[:2000]
    assert "unexpected error" not in error
    assert "mutant" in error or what.startswith("a long"), error


@pytest.mark.timeout(20)
def test_a_recipe_of_too_many_stages_is_an_error(tmp_path):
    """Three short lists would become a billion stages and fill all memory."""
    numbers = json.dumps(list(range(1000)))
    path = tmp_path / "recipe.toml"
    each = f"each = {{ a = {numbers}, b = {numbers}, c = {numbers} }}"
    path.write_text(f'[[stage]]\nstage = "split"\n{each}\n')
    with pytest.raises(CartoonizeError, match="recipe"):
        run_recipe(Workspace(tmp_path / "w"), load_recipe(str(path)))


def noise(kind):
    return bytearray(cv2.imencode(kind, np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))[1])


@pytest.mark.parametrize("kind", [".gif", ".jp2", ".avif", ".ppm", ".hdr"])
def test_pictures_of_other_formats_are_never_decoded_whatever_their_name(kind, tmp_path):
    """Their size has no bound: a thousand bytes of JPEG 2000 can become gigabytes."""
    picture = np.zeros((64, 64, 3), np.float32 if kind == ".hdr" else np.uint8)
    try:
        data = cv2.imencode(kind, picture)[1]
    except cv2.error:
        pytest.skip(f"this OpenCV does not write {kind}")
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="damaged picture"):
        read_picture(path)


@pytest.mark.parametrize("kind", [".png", ".jpg", ".tif", ".webp", "zeroed.png"])
def test_damaged_pictures_are_an_error_and_libraries_print_nothing(kind, tmp_path, capfd):
    """The data end in the middle, or are zero there. Only the checksums of PNG reveal zeros."""
    data = noise(kind.removeprefix("zeroed"))
    half = len(data) // 2
    data[half:] = bytes(90) + data[half + 90 :] if kind.startswith("zeroed") else b""
    path = tmp_path / f"picture{kind}"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="damaged picture"):
        read_picture(path)
    assert capfd.readouterr() == ("", "")


def test_missing_frames_within_a_matroska_file_are_reported(tmp_path):
    """FFmpeg continues after damage without an error, and the file does not say how many frames it has."""
    path = film(tmp_path / "film.mkv", 1, 60, gop=12)
    data = bytearray(path.read_bytes())
    at = data.index(b"\x1f\x43\xb6\x75") + 3000
    data[at : at + 400] = bytes(400)
    path.write_bytes(data)
    with open_source(path, allow_damaged=True) as source:
        n_frames = sum(1 for _ in source.frames())
        assert n_frames < 60 and source.damage
