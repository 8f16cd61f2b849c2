"""cartoonize sample."""

import pytest

from cartoonize.video import list_streams, open_source
from tests.support.files import tree

TINY = ("--episodes", "2", "--seconds", "3", "--height", "64")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder and the output of a call. Shared, since drawing takes a while."""
    from click.testing import CliRunner

    from cartoonize.cli.main import root

    folder = tmp_path_factory.mktemp("series") / "deep" / "down"
    return folder, CliRunner().invoke(root, ["sample", str(folder), *TINY, "--json"])


def test_files_and_messages(drawn):
    folder, result = drawn
    assert result.exit_code == 0, result.output
    assert set(tree(folder)) == {"episode1.mkv", "episode2.mkv"}
    assert result.stdout.count("\n") == 1 and '"episodes": [{' in result.stdout
    assert f"cartoonize extract {folder}/*.mkv" in result.stderr.splitlines()[-1]
    with open_source(folder / "episode1.mkv") as source:
        assert source.format.height == 64 and sum(1 for _ in source.frames()) == 72
    assert {s.type for s in list_streams(folder / "episode1.mkv")} == {"video", "audio", "subtitle"}


def test_existing_episodes_are_kept_unless_forced(drawn, fails):
    folder, _ = drawn
    before = tree(folder)
    fails("sample", folder, *TINY, words=[folder / "episode1.mkv", "exists", "--force"])
    assert tree(folder) == before


def test_force_replaces_episodes(drawn, cartoonize, tmp_path):
    folder, _ = drawn
    (tmp_path / "episode1.mkv").write_text("old")
    outcome = cartoonize("sample", tmp_path, "--episodes", "1", *TINY[2:], "--force", "--json")
    assert outcome.code == 0 and len(outcome.json["episodes"]) == 1
    assert (tmp_path / "episode1.mkv").stat().st_size > 1000


def test_an_unwritable_folder(fails, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        fails("sample", folder, *TINY, words=[folder])
    assert set(tree(tmp_path)) == {"file"}


@pytest.mark.parametrize(
    "option, value",
    [
        ("--episodes", "0"),
        ("--seconds", "1"),
        ("--seconds", "nan"),
        ("--height", "7"),
        ("--grain", "-1"),
        ("--seed", "-1"),
    ],
)
def test_wrong_usage(fails, tmp_path, option, value):
    fails("sample", tmp_path, option, value, words=[option.removeprefix("--"), value], code=2)
    assert tree(tmp_path) == {}
