"""The recipes `documents` and `ablations`: they are complete, and they run."""

import json

import pytest

from cartoonize.methods.registry import VARIANTS
from cartoonize.recipes.recipe import load_recipe

#: Variants from elsewhere: our own, and the rivals without learning.
OTHERS = {"series", "series-photos", "region-knn", "grey", "lookup", "nearest"}
OTHERS |= {"welsh", "levin", "sykora", "lazybrush", "charpiat", "deshpande"}
SETTINGS = {"test": ["e1"], "validation": ["e3"], "width": 0.125, "epochs": 1, "batch_size": 8}


def trained(recipe):
    return {name for stage in recipe.stages if stage["stage"] == "train" for name in stage["variants"]}


def colored(recipe):
    stages = [stage for stage in recipe.stages if stage["stage"] == "colorize"]
    return {stage["output"].rpartition("/")[2].removesuffix(".mkv"): stage for stage in stages}


def test_documents_has_every_learned_method():
    recipe = load_recipe("documents")
    assert trained(recipe) == set(VARIANTS) - OTHERS | {"lookup", "nearest"}
    results = colored(recipe)
    learned = set(VARIANTS) - OTHERS - {"cheng"}
    assert {f"{name}-none" for name in learned} | {"cheng", "grey", "lookup", "nearest", "mean-none"} == set(
        results
    )
    budgets = {
        json.dumps({key: stage[key] for key in ("width", "epochs", "minutes", "batch_size", "accumulate")})
        for stage in recipe.stages
        if stage["stage"] == "train" and VARIANTS[stage["variants"][0]].kind == "network"
    }
    assert len(budgets) == 1


def test_ablations_undo_one_decision_each():
    recipe = load_recipe("ablations")
    changed = {stage["variants"][0]: stage["settings"] for stage in recipe.stages if "settings" in stage}
    assert changed == {
        "plain-norebalance+pooling": {"pooling": True},
        "plain-norebalance+xavier": {"initialization": "xavier"},
        "plain-norebalance+one-hot": {"loss": "one-hot"},
        "residual-norebalance+shortcut": {"shortcut": True},
    }
    bases = {name.partition("+")[0] for name in changed} | {"vgg16", "vgg16-batchnorm", "vgg16-dropout"}
    assert trained(recipe) == {*changed, *bases, "plain-norebalance+long", "lookup"}
    results = colored(recipe)
    assert {*changed, *bases} <= set(results)
    assert {stage["decode"] for stage in results.values() if "decode" in stage} == {
        "mode",
        "sample",
        "annealed",
    }
    assert {stage["fill"] for stage in results.values() if "fill" in stage} == {
        "kmeans",
        "mean",
        "mode",
        "elbow",
    }
    assert len({stage.get("threshold", 3 / 51) for stage in results.values()}) == 5


def run(program, films, folder, name, **settings):
    sources = {"sources": [str(films / f"e{n}.mkv") for n in (1, 2, 3)]}
    sets = [f"--set={key}={json.dumps(value)}" for key, value in (sources | SETTINGS | settings).items()]
    outcome = program("run", name, "-w", folder, "--json", *sets, timeout=1500)
    assert outcome.code == 0, outcome.err
    rows = json.loads((folder / "reports" / "scores.json").read_text())
    return outcome, {row["colorized"].removesuffix(".mkv"): row for row in rows}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_documents_runs_from_films_to_the_page(program, films, tmp_path):
    outcome, scores = run(program, films, tmp_path, "documents")
    assert set(scores) == set(colored(load_recipe("documents")))
    assert all(row["ciede2000"] > 0 for row in scores.values())
    assert "THE ENCODER IS RANDOM" in outcome.err
    page = (tmp_path / "reports" / "report.html").read_text()
    assert "RANDOM ENCODER" in page and "gan-wgan: the discriminator" in page


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ablations_run_from_films_to_the_page(program, films, tmp_path):
    _, scores = run(program, films, tmp_path, "ablations", long_width=0.125, long_epochs=2)
    assert set(scores) == set(colored(load_recipe("ablations")))
    page = (tmp_path / "reports" / "report.html").read_text()
    assert "pooling = True" in page and "plain-norebalance+long" in page
