"""Names of results."""

from pathlib import Path

import pytest

from cartoonize.tasks.short_names import shortest_names


@pytest.mark.parametrize(
    "paths, names",
    [
        (["x/film.mp4"], ["film"]),
        (["x/film.mp4", "y/other.mkv"], ["film", "other"]),
        (["w/a/out/rpi.mp4", "w/b/out/rpi.mp4"], ["a/out/rpi", "b/out/rpi"]),
        (["w/a/out/rpi.mp4", "w/b/out/rpi.mp4", "w/auto.mp4"], ["a/out/rpi", "b/out/rpi", "auto"]),
        (["a/rpi.mp4", "b/rpi.mkv"], ["a/rpi", "b/rpi"]),
        (["a/rpi.mp4", "a/rpi.mkv"], ["rpi.mp4", "rpi.mkv"]),
        (["a/rpi.mp4", "a/rpi.mkv", "b/rpi.mkv"], ["rpi.mp4", "a/rpi.mkv", "b/rpi.mkv"]),
        (["w/rpi.mp4", "w/b/rpi.mp4"], ["w/rpi", "b/rpi"]),
        (["a/rpi.mp4", "a/rpi.mp4"], ["rpi", "rpi"]),
        (["a/one.two.mp4", "b/one.two.mp4"], ["a/one.two", "b/one.two"]),
    ],
)
def test_names_are_the_shortest_that_differ(paths, names):
    assert shortest_names([Path("/films") / path for path in paths]) == names


def test_suffixes_can_be_kept():
    paths = [Path("/w/a/rpi.mp4"), Path("/w/b/rpi.mp4"), Path("/w/b/auto.mkv")]
    assert shortest_names(paths, with_suffix=True) == ["a/rpi.mp4", "b/rpi.mp4", "auto.mkv"]


def test_a_path_that_is_written_in_two_ways_is_one_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shortest_names([Path("film.mp4"), tmp_path / "film.mp4"]) == ["film", "film"]
    assert shortest_names([Path("film.mp4"), Path("../film.mp4")]) == [
        f"{tmp_path.name}/film", f"{tmp_path.parent.name}/film",
    ]  # fmt: skip


def test_a_folder_has_no_suffix(tmp_path):
    for name in ("v1.2", "v1.3"):
        (tmp_path / name).mkdir()
    assert shortest_names([tmp_path / "v1.2", tmp_path / "v1.3"]) == ["v1.2", "v1.3"]
