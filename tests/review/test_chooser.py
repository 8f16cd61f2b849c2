"""The chooser: it shows folders below its roots, and nothing else."""

import os

import pytest

from cartoonize.errors import UsageError
from cartoonize.review.chooser import Chooser


@pytest.fixture
def home(tmp_path):
    """Make a home folder with films, and something outside of it."""
    for folder in ("home/films/colour", "home/.secret", "outside", "home2"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("home/films/b.mkv", "home/films/A.MP4", "home/films/notes.txt", "outside/o.mkv"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "home/out").symlink_to(tmp_path / "outside")
    (tmp_path / "home/films/out.mkv").symlink_to(tmp_path / "outside/o.mkv")
    (tmp_path / "home/in").symlink_to(tmp_path / "home/films")
    (tmp_path / "home/loop").symlink_to(tmp_path / "home/loop")
    return tmp_path / "home"


def test_folders_and_films_by_name(home):
    listing = Chooser({"Home": home}).listing(str(home / "films"))
    assert listing["folders"] == ["colour"] and listing["films"] == ["A.MP4", "b.mkv"]
    assert listing["path"] == str(home / "films") and listing["parent"] == str(home)


def test_it_begins_at_the_first_root_and_goes_no_higher(home):
    listing = Chooser({"Home": home, "Workspace": home / "films", "Again": home}).listing("")
    assert listing["path"] == str(home) and listing["parent"] is None
    assert listing["folders"] == ["films", "in"]  # neither hidden ones nor links that lead out
    assert listing["roots"] == [
        {"name": "Home", "path": str(home)},
        {"name": "Workspace", "path": str(home / "films")},
    ]


@pytest.mark.parametrize(
    "path",
    [
        "..", "films", "{home}/..", "{home}/films/../..", "{home}/../outside", "{home}/out",
        "{home}/out/o.mkv",
        "{home}/films/out.mkv", "{home}2", "/", "/etc", "/etc/passwd", "{home}/films\0", "\0", "~",
        "{home}/loop",
        "{home}/nothing", "file://{home}", "{home}/%2e%2e", "//etc",
    ],
)  # fmt: skip
def test_paths_that_are_refused(home, path):
    text = path.format(home=home)
    chooser = Chooser({"Home": home})
    with pytest.raises(UsageError):
        chooser.allowed(text)
    with pytest.raises(UsageError):
        chooser.listing(text)


def test_a_file_has_no_listing_and_a_link_within_is_resolved(home):
    chooser = Chooser({"Home": home})
    with pytest.raises(UsageError, match="not a folder"):
        chooser.listing(str(home / "films/b.mkv"))
    assert chooser.allowed(str(home / "in" / "b.mkv")) == home / "films/b.mkv"


def test_names_that_are_not_text(home):
    (home / "films" / os.fsdecode(b"\xff")).mkdir()
    assert Chooser({"Home": home}).listing(str(home / "films"))["folders"] == ["colour"]
