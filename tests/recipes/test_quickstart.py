"""The demonstration: its scores, and what it writes."""

import json
import os
from pathlib import Path

import pytest

from cartoonize.tasks.compare import GAP
from cartoonize.tasks.one_frame import frame_at_share

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the folder of the demonstration.

    CARTOONIZE_DEMO names one that exists, such as that of `make demo`; else the recipe runs.
    """
    if folder := os.environ.get("CARTOONIZE_DEMO"):
        return Path(folder)
    from cartoonize.recipes.recipe import load_recipe
    from cartoonize.recipes.run import run_recipe
    from cartoonize.workspace import Workspace

    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    run_recipe(workspace, load_recipe("quickstart"), device="cpu")
    return workspace.root


@pytest.fixture(scope="module")
def scores(demo):
    results = json.loads((demo / "reports" / "scores.json").read_text())
    return {Path(result["colorized"]).stem: result for result in results}


def test_the_automatic_film_is_better_than_the_floors(scores):
    automatic = scores["automatic"]
    assert automatic["share_within_10"] >= 0.55 and automatic["ciede2000"] <= 12
    assert automatic["static_flicker"] <= 0.1
    for floor in ("grey", "lookup"):
        assert scores[floor]["share_within_10"] < 0.35 and scores[floor]["ciede2000"] > 14


def test_eight_painted_frames_make_it_right(demo, scores):
    assert len(list((demo / "painted").glob("*.png"))) <= 8
    painted = scores["painted"]
    assert painted["share_within_10"] >= 0.95 and painted["ciede2000"] <= 3.0
    assert 0.85 <= painted["chroma_ratio"] <= 1.1 and painted["static_flicker"] <= 0.1


def test_the_comparison_has_four_panes_and_the_last_two_are_alike(demo):
    rgb = frame_at_share(demo / "out" / "compare.mp4", 0.6)
    height, width = ((n - GAP) // 2 for n in rgb.shape[:2])
    grey, automatic, painted, original = (
        rgb[y : y + height, x : x + width].astype(int)
        for y in (0, rgb.shape[0] - height)
        for x in (0, rgb.shape[1] - width)
    )
    assert (grey.max(-1) - grey.min(-1)).mean() < 8 < (original.max(-1) - original.min(-1)).mean()
    label = height // 6
    distance = [abs(pane - original)[label:].mean() for pane in (grey, automatic, painted)]
    assert distance[2] < 6 and distance[2] < distance[1] < distance[0]
    assert (demo / "reports" / "report.html").is_file()
