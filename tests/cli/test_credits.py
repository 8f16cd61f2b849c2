"""cartoonize credits."""

import cv2
import numpy as np
import pytest

from cartoonize.video import write_film
from tests.support.files import tree
from tests.support.films import pictures


@pytest.fixture
def titled(cartoonize, tmp_path):
    """A workspace with an episode of eight frames of white-on-blue credits, then twenty-four others."""
    card = np.full((256, 384, 3), (0, 20, 170), np.uint8)
    for line in (80, 140, 200):
        cv2.putText(card, "DIRECTED BY", (60, line), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    rest = [cv2.resize(picture, (384, 256)) for picture in pictures(1)]
    write_film(tmp_path / "e.mkv", [card] * 8 + rest, frame_rate=12, codec="ffv1", pix_fmt="yuv444p")
    cartoonize("extract", tmp_path / "e.mkv", "-w", tmp_path / "w")
    return tmp_path / "w"


def test_credits_are_found_and_nothing_else(cartoonize, titled, workspace):
    found = cartoonize("credits", "-w", titled, "--json")
    assert found.code == 0
    assert found.json == {"episodes": [{"name": "e", "n_credits": 1, "ranges": [[0, 8]]}]}
    assert "e: 1 kept frames marked: frames 0-8." in found.err and "cartoonize split" in found.err
    none = cartoonize("credits", "-w", workspace.root, "--json").json["episodes"]
    assert [(e["name"], e["n_credits"], e["ranges"]) for e in none] == [
        (n, 0, []) for n in ("e1", "e2", "e3")
    ]


def test_every_kept_frame_has_a_confidence(cartoonize, titled, workspace):
    cartoonize("credits", "e1", "-w", workspace.root)
    record = workspace.load().episodes["e1"]
    assert len(record.credits.confidence) == len(record.frames) == 12
    assert all(0 <= c < 0.5 for c in record.credits.confidence)
    assert workspace.load().episodes["e2"].credits.confidence == ()


def test_marks_by_hand_win_and_can_be_taken_back(cartoonize, titled):
    def ranges(*arguments):
        return cartoonize("credits", "e", "-w", titled, "--json", *arguments).json["episodes"][0]["ranges"]

    assert ranges() == [[0, 8]]
    assert ranges("--unmark", "0-8") == []
    assert ranges("--mark", "16-20", "--mark", "0-8") == [[0, 8], [16, 20]]
    assert ranges() == [[0, 8], [16, 20]]
    assert ranges("--unmark", "18-20", "--no-detect") == [[0, 8], [16, 18]]


def test_other_colours_are_options(cartoonize, titled):
    green = ("--background-hue", 90, 150)
    assert cartoonize("credits", "-w", titled, "--json", *green).json["episodes"][0]["n_credits"] == 0


def test_a_dry_run_changes_nothing(cartoonize, titled):
    before = (titled / "manifest.json").read_bytes()
    outcome = cartoonize("credits", "-w", titled, "--dry-run", "--json")
    assert outcome.json["episodes"][0]["n_credits"] == 1 and "would be marked" in outcome.err
    assert (titled / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["e9"], ["'e9'", "e1, e2, e3"]),
        (["--mark", "0-4"], ["exactly one EPISODE", "e1, e2, e3"]),
        (["e1", "e2", "--unmark", "0-4"], ["exactly one EPISODE"]),
        (["e1", "--mark", "4-4"], ["4-4", "FROM-TO"]),
        (["e1", "--mark", "first"], ["'first'", "FROM-TO"]),
        (["e1", "--mark", "²-9"], ["²-9", "FROM-TO"]),
        (["e1", "--mark", "24-30"], ["24-30", "e1", "24 frames"]),
        (["e1", "--trim", "-1"], ["negative"]),
    ],
)
def test_wrong_usage(fails, workspace, arguments, words):
    before = tree(workspace.root)
    fails("credits", *arguments, "-w", workspace.root, words=words, code=2)
    assert tree(workspace.root) == before


def test_a_kept_picture_that_is_gone(fails, workspace):
    picture = workspace.frames("e2") / "000004.png"
    picture.unlink()
    fails("credits", "-w", workspace.root, words=[picture, "cartoonize extract"])
