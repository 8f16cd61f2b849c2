"""A workspace that version 0.1 made opens, colours the same and continues its training."""

import json
import shutil

import numpy as np
import pytest

from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support import ROOT

DATA = ROOT / "tests" / "data" / "workspace-0.1"
#: Codes of 8 bits. Other processors round differently; so does this version where pins or an album count.
MOST_APART, MEAN_APART = 3, 0.05


@pytest.fixture
def earlier(tmp_path):
    """A copy of the workspace; `tests/support/earlier_workspace.py` made it."""
    folder = tmp_path / "earlier"
    shutil.copytree(DATA, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("WORKSPACE", str(folder)))
    return Workspace(folder)


def test_its_episodes_pictures_and_networks_are_there(earlier):
    manifest = earlier.load()
    assert set(manifest.episodes) == {"episode1", "episode2"} and manifest.split["test"] == ["episode1"]
    assert len(earlier.picture_paths(manifest.episodes.values())) == sum(
        len(episode.pictures) for episode in manifest.episodes.values()
    )
    assert {path.parent.name for path in earlier.trained()} == {"tiny", "lookup"}


@pytest.mark.parametrize("refine", ["none", "tracks"])
def test_it_colours_as_before(cartoonize, earlier, refine):
    output = earlier.out / f"{refine}.mkv"
    outcome = cartoonize(
        "colorize", earlier.root / "series" / "episode1.mkv", "--variant", "tiny", "--refine", refine,
        "--preview", 8, "--precision", "float32", "--codec", "ffv1", "-o", output, "-w", earlier.root,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    with open_source(output) as now, open_source(DATA / "expected" / f"{refine}.mkv") as before:
        pairs = list(zip(now.frames(rgb=True), before.frames(rgb=True), strict=True))
    assert len(pairs) == 8
    for new, old in pairs:
        assert np.array_equal(new.luma, old.luma)
        apart = np.abs(new.rgb.astype(int) - old.rgb)
        assert apart.max() <= MOST_APART and apart.mean() < MEAN_APART
    assert np.ptp(pairs[0][0].rgb, axis=-1).max() > 20  # it is in colour


def test_an_interrupted_training_continues(cartoonize, earlier):
    before = json.loads((earlier.runs / "tiny" / "curves.json").read_text())
    outcome = cartoonize(
        "train", "--variant", "tiny", "--epochs", 3, "--batch-size", 4, "--accumulate", 1, "--seed", 3,
        "--precision", "float32", "--resume", "-w", earlier.root,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    after = json.loads((earlier.runs / "tiny" / "curves.json").read_text())
    assert len(after["losses"]) == len(before["losses"]) * 3 // 2
    assert after["losses"][: len(before["losses"])] == before["losses"]
