"""Recipes `thesis` and `rivals`, on three tiny films: every stage runs, and the page has all sections."""

import json

import pytest

from cartoonize.recipes.recipe import load_recipe

NETWORKS = ["plain", "plain-norebalance", "plain-dropout", "plain-l2", "residual", "residual-norebalance"]
LEARNERS = ["welsh", "sykora", "charpiat", "deshpande"]
SETTINGS = {
    "test": ["e1"],
    "validation": ["e3"],
    "width": 0.125,
    "epochs": 1,
    "batch_size": 8,
    "accumulate": 1,
    "trial_minutes": 0.05,
    # The other rivals take seconds for each drawing.
    "learners": ["welsh"],
    "spreaders": ["levin"],
    "methods": [*NETWORKS, "series", "welsh", "levin", "nearest", "lookup", "grey"],
}


def test_it_has_every_method_of_chapter_8():
    recipe = load_recipe("thesis")
    results = {stage["output"] for stage in recipe.stages if stage["stage"] == "colorize"}
    wanted = {f"{name}-{fill}" for name in (*NETWORKS, "mean") for fill in ("none", "grow", "felzenszwalb")}
    wanted |= {"grey", "lookup", "nearest", "histogram-max-none"}
    wanted |= {*LEARNERS, "levin", "lazybrush", "series-none", "series-tracks"}
    assert {f"out/thesis/{name}.mkv" for name in wanted} <= results
    assert recipe.stages[-1]["stage"] == "report"
    by_hand = load_recipe("thesis", {"by_hand": ["references"]}).stages
    more = {stage["output"] for stage in by_hand if stage["stage"] == "colorize"} - results
    assert more == {f"out/thesis/{name}-by-hand.mkv" for name in LEARNERS}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_runs_from_films_to_the_page(program, films, tmp_path):
    sources = {"sources": [str(films / f"e{n}.mkv") for n in (1, 2, 3)]}
    sets = [f"--set={key}={json.dumps(value)}" for key, value in (sources | SETTINGS).items()]
    outcome = program("run", "thesis", "-w", tmp_path, "--json", *sets, timeout=1200)
    assert outcome.code == 0, outcome.err
    reports = tmp_path / "reports"
    scores = {
        row["colorized"].removesuffix(".mkv"): row
        for row in json.loads((reports / "scores.json").read_text())
    }
    assert len(scores) == 5 + 2 + 18 + 3 + 2 + 1
    assert scores["grey"]["chroma_ratio"] < 0.02 < scores["lookup"]["chroma_ratio"]
    assert {row["variant"] for row in json.loads((reports / "times.json").read_text())["rows"]} >= set(
        NETWORKS
    )
    for name in ("prints.json", "trials.json"):
        tried = {row["method"] for row in json.loads((reports / name).read_text())["rows"]}
        assert tried == {*NETWORKS, "series", "welsh", "levin", "nearest", "lookup", "grey"}
    page = (reports / "report.html").read_text()
    for heading in (
        "Scores",
        "Cumulative",
        "Pictures",
        "Four forms of failure",
        "Synchronised videos",
        "Flicker",
        "Training",
    ):
        assert heading in page
    again = program("run", "thesis", "-w", tmp_path, "--json", *sets, timeout=600)
    assert again.code == 0 and all(stage["cached"] for stage in again.json["stages"])


def test_the_recipe_of_the_rivals():
    """It has automatic and hand-picked references, a network and the floors."""
    outputs = [
        stage["output"]
        for stage in load_recipe("rivals", {"by_hand": ["picked"], "strokes": ["painted"]}).stages
        if "output" in stage
    ]
    films = {output.removeprefix("out/rivals/").removesuffix(".mkv") for output in outputs}
    automatic = {f"{name}-none" for name in (*LEARNERS, "levin", "lazybrush")}
    by_hand = {f"{name}-by-hand" for name in (*LEARNERS, "levin", "lazybrush")}
    assert films >= automatic | by_hand | {"network", "grey", "lookup", "nearest"}
