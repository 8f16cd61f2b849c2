"""Running recipes: what is reported of each stage."""

import pytest

from cartoonize.errors import UsageError
from cartoonize.recipes.recipe import load_recipe
from cartoonize.recipes.run import run_recipe
from tests.support.reporters import Recorder

RECIPE = """
[parameters]
test = ["e1"]

[[stage]]
stage = "extract"
sources = "e1"
allow_damaged = true

[[stage]]
stage = "split"
test = "$test"
"""


@pytest.fixture
def run(workspace, tmp_path):
    """Run the recipe; return the lines that were reported."""
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)

    def call(**settings):
        reporter = Recorder()
        run_recipe(workspace, load_recipe(str(path), settings), device="cpu", reporter=reporter)
        return reporter.infos

    return call


def test_a_stage_says_what_it_works_on_and_why_it_runs_again(run):
    assert run() == ["[1/2] extract: 1 episode", "[2/2] split: 3 episodes"]
    assert run() == ["[1/2] extract: up to date", "[2/2] split: up to date"]
    assert run(test=["e2"]) == [
        "[1/2] extract: up to date",
        "[2/2] split: 3 episodes, again because option test changed",
    ]


def test_a_warning_of_a_stage_is_reported(workspace, bad, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE.replace('"e1"\n', f'"{bad / "cut.mp4"}"\n', 1))
    reporter = Recorder()
    run_recipe(workspace, load_recipe(str(path)), device="cpu", reporter=reporter)
    assert any(line.startswith("cut is incomplete") for line in reporter.warnings)


def test_an_error_names_the_recipe_and_the_stage(run):
    with pytest.raises(UsageError, match=r"^mine, stage 2: .*'e9'"):
        run(test=["e9"])
