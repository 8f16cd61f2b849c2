"""Kept shots: unchanged shots of a film are not coloured again, and are the same bit for bit."""

import json

import numpy as np
import pytest

from cartoonize.annotations.pins import write_pins
from cartoonize.coloring.accepted import AcceptedShots
from cartoonize.coloring.accepted_files import accepted_folder
from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.filters import predict as predict_filter
from cartoonize.video import open_source
from cartoonize.workspace import Workspace, fingerprint
from tests.support.two_shots import GREEN, RED, write_two_shots


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return write_two_shots(tmp_path_factory.mktemp("grey"))


@pytest.fixture
def colored(cartoonize, grey, tmp_path):
    """Colour the grey film, which has two shots; return its pictures, its confidence and the cached shots."""

    def call(*arguments, root="w"):
        output = tmp_path / "x.mkv"
        output.unlink(missing_ok=True)  # otherwise it would be up to date
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", tmp_path / root)
        tracks = ("--variant", "grey", "--refine", "tracks", "--json")
        outcome = cartoonize("colorize", grey, *tracks, *fixed, *arguments)
        assert outcome.code == 0, outcome.err
        (summary,) = json.loads(outcome.out)["outputs"]
        with open_source(output) as source:
            frames = np.stack([frame.rgb for frame in source.frames(rgb=True)])
        confidence = json.loads((tmp_path / "x.confidence.json").read_text())["shots"]
        return frames, confidence, summary["n_kept_shots"]

    return call


def test_unchanged_shots_are_not_coloured_again(colored, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # an unexpected error leaves a report
    frames, confidence, n_kept = colored()
    assert n_kept == 0
    monkeypatch.setattr(predict_filter, "_histograms", _never)
    again, same_confidence, n_kept = colored()
    assert n_kept == 2 and (again == frames).all() and same_confidence == confidence
    with pytest.raises(AssertionError, match="a network runs"):
        colored("--again")


def _never(*arguments):
    raise AssertionError("a network runs")


def test_a_pin_recolours_only_its_shot(colored, tmp_path):
    colored()
    for pins, n_kept in (
        ([RED], 1),
        ([RED, GREEN], 1),
        ([GREEN], 1),
        ([GREEN], 2),
        ([], 1),
        ([RED, GREEN], 0),
    ):
        write_pins(tmp_path / "w" / "pins.json", pins)
        frames, confidence, n = colored()
        assert n == n_kept, pins
        write_pins(tmp_path / "other" / "pins.json", pins)
        afresh, confidence_afresh, n = colored("--again", root="other")
        assert n == 0 and (frames == afresh).all() and confidence == confidence_afresh


def test_an_accepted_shot_keeps_its_colours_with_later_pins_and_options(colored, grey, tmp_path):
    workspace = Workspace(tmp_path / "w")
    write_pins(workspace.pins, [RED])
    before, _, _ = colored()
    first, second = sorted(workspace.cache.glob("shots/*/*/*.npz"))
    accepted = AcceptedShots(accepted_folder(workspace, fingerprint(grey)))
    accepted.add(first)
    cut = CachedShot.read(second, tracked=True).start
    write_pins(workspace.pins, [GREEN])
    for arguments in ((), ("--no-denoise",), ("--start", "0")):
        frames, _, _ = colored(*arguments)
        assert (frames[:cut] == before[:cut]).all() and (frames[cut:] != before[cut:]).any()
    accepted.remove(0)
    frames, _, _ = colored()
    assert (frames[:cut] != before[:cut]).any()


def test_accepting_a_shot_makes_a_result_out_of_date(cartoonize, grey, tmp_path):
    workspace = Workspace(tmp_path / "w")
    how = ("--variant", "grey", "--refine", "tracks", "--force", "--json")
    arguments = ("colorize", grey, *how, "-w", workspace.root)
    color = lambda: json.loads(cartoonize(*arguments).out)["outputs"][0]["as_before"]  # noqa: E731
    assert [color(), color()] == [False, True]
    first = min(workspace.cache.glob("shots/*/*/*.npz"))
    AcceptedShots(accepted_folder(workspace, fingerprint(grey))).add(first)
    assert [color(), color()] == [False, True]


@pytest.mark.parametrize("arguments", [("--no-denoise",), ("--pix-fmt", "yuv420p"), ("--variant", "grey")])
def test_other_options_colour_everything_again(colored, arguments):
    colored()
    assert colored(*arguments)[2] == 0
    assert colored(*arguments)[2] == 2
    assert colored()[2] == 0  # only the shots of the last options are cached


def test_parts_and_previews_do_not_use_the_cache(colored):
    whole, _, _ = colored()
    part, _, n_kept = colored("--preview", "3")
    assert len(part) == 3 and n_kept == 0
    assert colored()[2] == 2


@pytest.mark.parametrize("damage", [b"", b"PK no archive", None])
def test_damaged_files_are_coloured_again(colored, tmp_path, damage):
    frames, _, _ = colored()
    first, second = sorted((tmp_path / "w" / "cache" / "shots").glob("*/*/*.npz"))
    data = first.read_bytes()
    first.write_bytes(data[: len(data) // 2] if damage is None else damage)
    again, _, n_kept = colored()
    assert n_kept == 1 and (again == frames).all()
    second.unlink()
    assert colored()[2] == 1


def test_a_film_is_coloured_if_its_shots_cannot_be_cached(cartoonize, grey, tmp_path):
    (tmp_path / "w" / "cache").mkdir(parents=True)
    (tmp_path / "w" / "cache" / "shots").write_text("in the way")
    fixed = ("-o", tmp_path / "x.mkv", "-w", tmp_path / "w")
    outcome = cartoonize("colorize", grey, "--variant", "grey", "--refine", "tracks", *fixed)
    assert outcome.code == 0 and "shots are not cached: " in outcome.err
    assert outcome.err.count("not cached") == 1 and (tmp_path / "x.mkv").exists()
