"""``cartoonize series``: the whole flow with one command."""

import json
import shutil

import cv2
import numpy as np
import pytest

from cartoonize.video import write_film
from tests.support.films import pictures

QUICK = ("--updates", "3")


@pytest.fixture
def series(cartoonize, films, tmp_path, monkeypatch, quick_validation):
    """Put two films into colour/ and one into grey/, and call the command in that folder."""
    for folder, names in (("colour", ("e2", "e3")), ("grey", ("grey",))):
        (tmp_path / folder).mkdir()
        for name in names:
            shutil.copy(films / f"{name}.mkv", tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    for room in ("methods.registry", "tasks.train"):
        monkeypatch.setattr(f"cartoonize.{room}.VARIANTS", _quick_methods())

    def call(*arguments, code=0):
        outcome = cartoonize("series", *arguments, *QUICK)
        assert outcome.code == code, outcome
        return outcome

    return call


def _quick_methods():
    """Return the methods as if the extra `photos` was not installed, and a `series` that learns in less time.

    The tests of the recipe `series` learn with the extra.
    """
    from dataclasses import replace

    from cartoonize.methods.registry import VARIANTS

    with_weights = (name for name, variant in VARIANTS.items() if variant.package)
    missing = {name: replace(VARIANTS[name], package="not-installed") for name in with_weights}
    return {**VARIANTS, **missing, "series": replace(VARIANTS["series"], batch_size=2)}


def stages(outcome, kind):
    return [line for line in outcome.err.splitlines() if f"] {kind}" in line]


def test_the_whole_flow_and_the_same_command_again(series, cartoonize, tmp_path):
    outcome = series("colour", "grey", "--json")
    work = tmp_path / "cartoonize-grey"
    assert outcome.json["outputs"] == [str(work / "out/coloured/grey.mkv")]
    assert (work / "out/coloured/grey.mkv").is_file() and (work / "reports/doubtful.png").is_file()
    suggested = outcome.json["suggestions"]
    assert suggested and all((tmp_path / s["path"]).is_file() for s in suggested)
    assert outcome.json["doubtful"][0]["expected_wrong"] > 0
    last = outcome.err.splitlines()[-1].strip()
    assert last.split(maxsplit=1)[1] == "series colour grey --updates 3"

    again = series("colour", "grey")
    assert "is up to date" in again.out and "Wrote" not in again.out
    assert all(
        "up to date" in line for kind in ("extract", "train", "colorize") for line in stages(again, kind)
    )

    _paint(tmp_path, suggested[0])
    painted = series("colour", "grey")
    assert f"{suggested[0]['path'].split('/')[-1]} is frame" in painted.err + painted.out
    assert "Wrote cartoonize-grey/out/coloured/grey.mkv" in painted.out
    assert len(suggested) == 1 or "not painted yet." in painted.out
    assert all("up to date" in line for line in stages(painted, "train"))


def _paint(tmp_path, suggestion):
    """Save a suggested picture with the colours of the original."""
    colors = list(pictures(1))[suggestion["frame"]]
    cv2.imwrite(str(tmp_path / suggestion["path"]), colors[..., ::-1])


def test_films_and_workspace_can_be_moved_and_renamed(series, tmp_path):
    series("colour", "grey")
    (tmp_path / "there").mkdir()
    for old, new in (("colour", "there/known"), ("cartoonize-grey", "there/work"), ("grey", "there/grey")):
        (tmp_path / old).rename(tmp_path / new)
    (tmp_path / "there/known/e2.mkv").rename(tmp_path / "there/known/second.mkv")
    outcome = series("there/known", "there/grey", "-w", "there/work")
    assert all("up to date" in line for line in stages(outcome, "train") + stages(outcome, "extract"))
    names = json.loads((tmp_path / "there/work/manifest.json").read_text())["episodes"]
    assert set(names) == {"e2", "e3"}


def test_painted_frames_alone(series, films, tmp_path):
    (tmp_path / "painted").mkdir()
    colors = list(pictures(1))
    for index in (0, len(colors) // 2):
        cv2.imwrite(str(tmp_path / "painted" / f"{index:06d}.png"), colors[index][..., ::-1])
    outcome = series("grey", "--references", "painted")
    assert "learns from 2 painted frames alone" in outcome.out
    assert (tmp_path / "cartoonize-grey/out/coloured/grey.mkv").is_file()


def test_partly_painted_frames_alone_need_no_network(series, tmp_path):
    (tmp_path / "painted").mkdir()
    part = cv2.cvtColor(next(pictures(1)), cv2.COLOR_RGB2BGRA)
    part[: len(part) // 2, :, 3] = 0
    cv2.imwrite(str(tmp_path / "painted" / "000000.png"), part)
    outcome = series("grey", "--references", "painted")
    assert "no network is trained" in outcome.out
    assert not (tmp_path / "cartoonize-grey/runs/series").exists()
    assert (tmp_path / "cartoonize-grey/out/coloured/grey.mkv").is_file()


def test_other_files_in_a_folder_and_a_grey_film_in_colour_are_named(series, films, tmp_path):
    (tmp_path / "grey/notes.txt").write_text("?")
    shutil.copy(films / "e1.mkv", tmp_path / "grey/e1.mkv")
    shutil.copy(films / "grey.mkv", tmp_path / "colour/old.mkv")
    (tmp_path / "grey/grey.mkv").unlink()
    outcome = series("colour", "grey")
    assert "1 file is not a video and is not used: notes.txt" in outcome.out
    assert "e1.mkv is in colour. Its colours are ignored." in outcome.out
    assert "old.mkv has no colour. Nothing is learned from it." in outcome.err


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], ["0 paths", "films in colour"]),
        (["colour", "grey", "more"], ["3 paths"]),
        (["grey", "grey"], ["grey", "both"]),
        (["colour", "nothing"], ["nothing does not exist"]),
        (["grey/grey.mkv", "colour"], ["grey.mkv", "no frame in colour", "--references"]),
        (["colour/e2.mkv", "colour"], ["e2.mkv is the same film"]),
        (["colour", "empty"], ["empty has no videos"]),
        (["grey"], ["nothing to learn colours from", "--references"]),
    ],
)
def test_wrong_usage(series, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    outcome = series(*arguments, code=2)
    (line,) = outcome.err.splitlines()
    assert line.startswith("Error: ") and all(word in line for word in words), line
    assert not list(tmp_path.glob("cartoonize-*"))


def test_a_series_of_another_size(series, tmp_path):
    write_film(tmp_path / "wide.mkv", [np.resize(p, (72, 128, 3)) for p in pictures(1, 12, grey=True)])
    series("colour", "wide.mkv")
    assert list(tmp_path.glob("cartoonize-wide/out/coloured/wide.mp4"))
