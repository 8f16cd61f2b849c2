"""cartoonize extract."""

import json
import os
import shutil
from pathlib import Path

import cv2
import pytest

from tests.support.files import tree
from tests.support.films import BAD_SOURCES, N_FRAMES, film, pictures


def names(workspace):
    return sorted(workspace.load().episodes)


def test_files_and_messages(cartoonize, films, tmp_path):
    outcome = cartoonize("extract", films / "e1.mkv", films / "e2.mkv", "-w", tmp_path, "--json")
    assert outcome.code == 0
    keys = {"name", "n_decoded", "n_accepted", "frame_rate", "size"}
    one, two = outcome.json["episodes"]
    assert keys <= set(one) and one["name"] == "e1" and two["name"] == "e2"
    held_on_twos = [f"{index:06d}.png" for index in range(0, N_FRAMES, 2)]
    assert (one["n_decoded"], one["n_accepted"], one["frame_rate"], one["size"]) == (N_FRAMES, 12, 12, 256)
    wanted = {f"frames/{name}/{file}" for name in ("e1", "e2") for file in [*held_on_twos, ".made-from"]}
    kept = {file for file in tree(tmp_path) if file.startswith("cache/areas/")}
    assert len(kept) == 2 and set(tree(tmp_path)) == wanted | kept | {"manifest.json"}
    assert cv2.imread(str(tmp_path / "frames/e1/000000.png")).shape == (256, 256, 3)
    said = outcome.err.splitlines()
    assert said[0] == "e1: kept 12 of 24 frames, 12 frames/s." and "cartoonize split" in said[-1]


def test_kept_pictures_have_the_films_colours(cartoonize, films, tmp_path):
    cartoonize("extract", films / "e1.mkv", "-w", tmp_path)
    kept = cv2.imread(str(tmp_path / "frames/e1/000012.png"))[..., ::-1].astype(int)
    drawn = cv2.resize(list(pictures(1))[12], (256, 256), interpolation=cv2.INTER_AREA).astype(int)
    assert abs(kept - drawn).mean() < 3


def test_options(cartoonize, films, tmp_path):
    everything = cartoonize("extract", films / "e1.mkv", "-w", tmp_path, "--threshold", 0, "--json")
    nothing = cartoonize("extract", films / "e1.mkv", "-w", tmp_path, "--threshold", 1e6, "--json")
    assert everything.json["episodes"][0]["n_accepted"] >= 12
    assert nothing.json["episodes"][0]["n_accepted"] == 1
    assert [f.name for f in (tmp_path / "frames/e1").glob("*.png")] == ["000000.png"]
    small = cartoonize("extract", films / "e1.mkv", "-w", tmp_path, "--size", 64, "--json")
    assert small.json["episodes"][0]["size"] == 64
    assert cv2.imread(str(tmp_path / "frames/e1/000000.png")).shape == (64, 64, 3)


@pytest.mark.parametrize(
    "option, value",
    [("--threshold", "-1"), ("--threshold", "nan"), ("--size", "1"), ("--size", "100000")],
)
def test_options_out_of_range(fails, films, tmp_path, option, value):
    fails("extract", films / "e1.mkv", "-w", tmp_path, option, value, words=[value], code=2)
    assert tree(tmp_path) == {}


def test_a_folder_of_stills(cartoonize, tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for number, picture in enumerate(pictures(1)):
        cv2.imwrite(str(folder / f"{number}.png"), picture[..., ::-1])
    outcome = cartoonize("extract", folder, "-w", tmp_path / "w", "--json")
    assert outcome.json["episodes"][0]["name"] == "stills"
    assert outcome.json["episodes"][0]["n_accepted"] == 12


@pytest.mark.fault(7)
@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, bad, workspace, name):
    before = tree(workspace.root)
    line = fails("extract", bad / name, "-w", workspace.root, words=[bad / name, BAD_SOURCES[name]])
    assert tree(workspace.root) == before and not list(workspace.root.rglob("*.part"))
    if name == "cut.mp4":
        assert "--allow-damaged" in line


@pytest.mark.fault(5)
def test_allow_damaged_uses_what_can_be_decoded(cartoonize, bad, tmp_path):
    outcome = cartoonize("extract", bad / "cut.mp4", "-w", tmp_path, "--allow-damaged", "--json", "-q")
    episode = outcome.json["episodes"][0]
    assert outcome.code == 0 and 10 < episode["n_decoded"] < 60
    assert f"cut is incomplete: {episode['n_decoded']} of about 60 frames" in outcome.err
    assert len([*(tmp_path / "frames").glob("*/*.png")]) == episode["n_accepted"]


def test_sources_before_a_bad_one_are_kept(cartoonize, films, bad, tmp_path):
    outcome = cartoonize("extract", films / "e1.mkv", bad / "empty.mkv", films / "e2.mkv", "-w", tmp_path)
    assert outcome.code == 1 and "empty.mkv" in outcome.err
    assert list(json.loads((tmp_path / "manifest.json").read_text())["episodes"]) == ["e1"]


@pytest.mark.parametrize("below", ["file", "/proc"])
def test_an_unwritable_workspace(fails, films, tmp_path, below):
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / below / "workspace"
    fails("extract", films / "e1.mkv", "-w", folder, words=[folder, "cannot be written", "-w"])


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "file, name",
    [
        ("weird: name %03d.mkv", "weird_ name _03d"),
        ("-dash.mkv", "dash"),
        ("new\nline.mkv", "new_line"),
        ("+plus.mkv", "plus"),
        (".hidden.mkv", "hidden"),
        ("....mkv", "episode"),
        ("folge für kinder.mkv", "folge für kinder"),
        ("x" * 251 + ".mkv", "x" * 200),
    ],
)
def test_odd_names(cartoonize, films, workspace, tmp_path, monkeypatch, file, name):
    shutil.copy(films / "e1.mkv", tmp_path / file)
    monkeypatch.chdir(tmp_path)
    outcome = cartoonize("extract", "-w", workspace.root, "--json", "--", file)
    assert outcome.json["episodes"][0]["name"] == name
    assert workspace.load().episodes[name].source == str(tmp_path / file)
    assert len(list(workspace.frames(name).glob("*.png"))) == 12


def test_the_same_file_name_from_other_folders_gives_other_names(cartoonize, films, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(films / "e1.mkv", tmp_path / folder / "e1.mkv")
    shutil.copy(films / "e1.mkv", tmp_path / "two" / "e1.mp4")
    sources = [tmp_path / path for path in ("one/e1.mkv", "two/e1.mkv", "two/e1.mp4")]
    for _ in range(2):  # the second time, every source keeps its name
        outcome = cartoonize("extract", *sources, "-w", tmp_path / "w", "--json")
        assert [e["name"] for e in outcome.json["episodes"]] == ["e1", "two-e1", "two-e1-2"]


@pytest.mark.fault(21)
def test_episodes_that_are_up_to_date_are_skipped(cartoonize, films, tmp_path):
    sources, w = [shutil.copy(films / f"e{n}.mkv", tmp_path) for n in (1, 2)], ("-w", tmp_path / "w")
    cartoonize("extract", sources[0], *w)

    def again(*arguments):
        """Return which of the two were up to date."""
        outcome = cartoonize("extract", *sources, *arguments, *w, "--json")
        assert outcome.code == 0, outcome.err
        return [episode["as_before"] for episode in outcome.json["episodes"]]

    assert again() == [True, False] and again() == [True, True]
    assert again("--again") == [False, False]
    (tmp_path / "w" / "frames" / "e2" / "000000.png").unlink()
    assert again() == [True, False]
    shutil.rmtree(tmp_path / "w" / "frames" / "e1")
    shutil.copytree(tmp_path / "w" / "frames" / "e2", tmp_path / "w" / "frames" / "e1")
    assert again() == [False, True]  # as if the program had been killed between two steps
    changed = bytearray(Path(sources[0]).read_bytes())
    at, times = len(changed) // 2, Path(sources[0]).stat()
    changed[at : at + 200] = bytes(200)
    Path(sources[0]).write_bytes(changed)
    os.utime(sources[0], ns=(times.st_atime_ns, times.st_mtime_ns))
    assert again("--allow-damaged") == [False, True]  # content decides, not size or time
    assert again("--threshold", 10, "--allow-damaged") == [False, False]


def test_extracting_again_keeps_marks_by_hand(cartoonize, workspace, films):
    def marks():
        return workspace.load().episodes["e1"].credits

    w = ("-w", workspace.root)
    cartoonize("credits", "e1", "--mark", "0-4", "--unmark", "20-24", *w)
    before = marks()
    assert before.marked == ((0, 4),) and len(before.confidence) == 12
    cartoonize("extract", films / "e1.mkv", "--again", *w)
    assert names(workspace) == ["e1", "e2", "e3"] and marks() == before
    assert workspace.load().split["test"] == ["e1"]
    cartoonize("extract", films / "e1.mkv", "--threshold", 1e6, *w)
    assert marks().marked == ((0, 4),) and marks().unmarked == ((20, 24),) and marks().confidence == ()


def test_another_film_under_the_same_name_loses_its_marks(cartoonize, tmp_path):
    source = film(tmp_path / "e.mkv", 1)
    w = ("-w", tmp_path)
    cartoonize("extract", source, *w)
    cartoonize("credits", "e", "--mark", "0-4", "--no-detect", *w)
    film(source, 2)
    cartoonize("extract", source, *w)
    outcome = cartoonize("credits", "e", "--no-detect", "--json", *w)
    assert outcome.json["episodes"] == [{"name": "e", "n_credits": 0, "ranges": []}]
