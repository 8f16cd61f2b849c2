"""cartoonize split."""

import shutil

import pytest

from tests.support.files import tree


def test_the_first_by_name_is_for_testing(cartoonize, workspace):
    before = tree(workspace.root)
    outcome = cartoonize("split", "-w", workspace.root, "--json")
    assert outcome.json == {"train": {"e2": 12, "e3": 12}, "validation": {}, "test": {"e1": 12}}
    assert workspace.load().split == {"train": ["e2", "e3"], "validation": [], "test": ["e1"]}
    assert outcome.err.splitlines()[-1] == f"Next: `cartoonize train -w {workspace.root}`."
    assert set(tree(workspace.root)) == set(before)


def test_chosen_sets(cartoonize, workspace):
    outcome = cartoonize("split", "-w", workspace.root, "--test", "e3", "--validation", "e1", "--json")
    assert outcome.json == {"train": {"e2": 12}, "validation": {"e1": 12}, "test": {"e3": 12}}
    everything = cartoonize("split", "-w", workspace.root, "--test", "none", "--json").json
    assert everything == {"train": {"e1": 12, "e2": 12, "e3": 12}, "validation": {}, "test": {}}


def test_a_single_episode_is_all_for_training(cartoonize, films, tmp_path):
    cartoonize("extract", films / "e1.mkv", "-w", tmp_path)
    assert cartoonize("split", "-w", tmp_path, "--json").json == {
        "train": {"e1": 12},
        "validation": {},
        "test": {},
    }


def test_a_copy_of_a_held_out_film_is_held_out(cartoonize, films, workspace, tmp_path):
    copy = tmp_path / "again.mkv"
    shutil.copy(films / "e1.mkv", copy)
    cartoonize("extract", copy, "-w", workspace.root)
    outcome = cartoonize("split", "-w", workspace.root, "--json")
    assert outcome.json == {"train": {"e2": 12, "e3": 12}, "validation": {}, "test": {"again": 12, "e1": 12}}
    assert "is held out because it is the same film as" in outcome.err
    assert workspace.load().split["train"] == ["e2", "e3"]


def test_a_film_is_not_for_validation_and_testing_under_two_names(
    cartoonize, fails, films, workspace, tmp_path
):
    copy = tmp_path / "again.mkv"
    shutil.copy(films / "e1.mkv", copy)
    cartoonize("extract", copy, "-w", workspace.root)
    arguments = ["--test", "e1", "--validation", "again", "-w", workspace.root]
    fails("split", *arguments, words=["are the same film"], code=2)


def test_credits_do_not_count(cartoonize, workspace):
    cartoonize("credits", "e2", "--mark", "0-8", "--no-detect", "-w", workspace.root)
    assert cartoonize("split", "-w", workspace.root, "--json").json["train"] == {"e2": 8, "e3": 12}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--test", "e9"], ["'e9'", "e1, e2, e3"]),
        (["--validation", "none"], ["'none'", "e1, e2, e3"]),
        (["--test", "e1", "--validation", "e1"], ["'e1'", "twice"]),
        (["--test", "e1", "--test", "e1"], ["'e1'", "twice"]),
        (["--test", "e1", "--test", "e2", "--validation", "e3"], ["no episode is left"]),
    ],
)
def test_wrong_usage(fails, workspace, arguments, words):
    before = tree(workspace.root)
    fails("split", *arguments, "-w", workspace.root, words=words, code=2)
    assert tree(workspace.root) == before
