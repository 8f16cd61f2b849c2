"""The ledger of a recipe: which stages run again, and why."""

import json

import cv2
import pytest

from cartoonize.recipes.ledger import NOT_DONE, Ledger
from cartoonize.recipes.steps import STEPS
from tests.support.films import pictures


def split(workspace, **table):
    return STEPS["split"](workspace, table, "cpu")


@pytest.fixture
def ledger(workspace, tmp_path):
    """A ledger in which a split of the workspace is entered."""
    ledger = Ledger(tmp_path / "ledger.json")
    ledger.enter("0-split", split(workspace, test=["e1"]), {"n": 1})
    return ledger


def test_a_recorded_stage_is_up_to_date_also_for_the_next_process(ledger, workspace):
    step = split(workspace, test=["e1"])
    assert ledger.reason_to_run("1-split", step) == NOT_DONE
    for known in (ledger, Ledger(ledger.path)):
        assert known.reason_to_run("0-split", step) == "" and known.summary("0-split") == {"n": 1}


def test_the_reason_names_what_changed(ledger, workspace):
    assert ledger.reason_to_run("0-split", split(workspace, test=["e2"])) == "option test changed"
    both = split(workspace, test=["e1"], validation=["e3"])
    assert ledger.reason_to_run("0-split", both) == "option validation changed"
    manifest = json.loads(workspace.manifest_path.read_text())
    manifest["split"] = {"train": ["e1", "e2", "e3"], "validation": [], "test": []}
    workspace.manifest_path.write_text(json.dumps(manifest))
    reason = ledger.reason_to_run("0-split", split(workspace, test=["e1"]))
    assert reason == "its result was changed or removed"


@pytest.mark.parametrize("text", ["", "[1, 2", "[]", "3", '{"0-split": {"seen": {}}}', '{"0-split": 7}'])
def test_a_damaged_ledger_makes_stages_run_again(ledger, workspace, text):
    ledger.path.write_text(text)
    assert Ledger(ledger.path).reason_to_run("0-split", split(workspace, test=["e1"])) == NOT_DONE


def test_the_format_is_that_of_earlier_workspaces(ledger, studio, tmp_path):
    """Another name in it would run all stages of earlier workspaces again."""
    assert set(json.loads(ledger.path.read_text())["0-split"]) == {"seen", "left", "summary"}
    picture = tmp_path / "reference.png"
    cv2.imwrite(str(picture), next(pictures(1)))
    output, all_methods = {"output": "out/x.mkv"}, {"the list of methods", "the checkpoints"}
    for stage, table, names in (
        ("sample", {"folder": "series"}, set()),
        ("extract", {"sources": str(picture)}, {"the sources"}),
        ("credits", {}, {"e1", "e2", "e3"}),
        ("split", {}, {"the list of episodes"}),
        ("train", {"variants": ["lookup"]}, {"the training frames"}),
        (
            "train",
            {"variants": ["default"]},
            {"the training frames", "the variants that can be trained"},
        ),
        ("adapt", {"variants": ["plain-l2"], "references": []}, {"the networks"}),
        ("print", {"source": str(picture), **output}, {"the source", "the print"}),
        ("compare", {"videos": [str(picture)], **output}, {"the videos"}),
        (
            "colorize",
            {"sources": str(picture), "variants": ["welsh"], "reference": str(picture), **output},
            {"the sources", "the references and scribbles", "the training episodes", "the checkpoints"},
        ),
        ("evaluate", {"colorized": [str(picture)], "reference": str(picture), **output}, {"the videos"}),
        ("times", {"variants": ["grey"]}, all_methods),
        ("robustness", {}, {*all_methods, "the test episode", "the prints"}),
        ("trials", {}, all_methods),
    ):
        step = STEPS[stage](studio, table, "cpu")
        options = {f"option {key}" for key in table if key not in step.input_keys}
        assert set(step.input_fingerprints()) == options | names, stage


def test_input_files_count_by_content_and_not_by_name(studio, tmp_path):
    one, other, changed = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    for path, n in ((one, 0), (other, 0), (changed, 3)):
        cv2.imwrite(str(path), list(pictures(1))[n])
    prints = [
        STEPS["extract"](studio, {"sources": [str(path)]}, "cpu").input_fingerprints()
        for path in (one, other, changed)
    ]
    assert prints[0] == prints[1] != prints[2]
