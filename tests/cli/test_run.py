"""cartoonize run."""

import json

import pytest

from cartoonize.recipes.recipe import known_recipes, load_recipe
from cartoonize.recipes.steps import STEPS
from cartoonize.workspace import Workspace
from tests.support.files import tree
from tests.support.films import N_FRAMES

RECIPE = """
description = "a small flow"

[parameters]
sources = []
epochs = 1
variants = ["plain-l2", "lookup"]

[[stage]]
stage = "extract"
sources = "$sources"

[[stage]]
stage = "split"
test = ["e1"]

[[stage]]
stage = "train"
variants = "$variants"
width = 0.125
batch_size = 4
accumulate = 1
epochs = "$epochs"
precision = "float32"

[[stage]]
stage = "colorize"
each = { name = "$variants" }
variants = ["{name}"]
codec = "ffv1"
output = "out/{name}.mkv"

[[stage]]
stage = "compare"
videos = ["out/lookup.mkv", "out/plain-l2.mkv", "e1"]
height = 64
output = "out/compare.mp4"

[[stage]]
stage = "evaluate"
colorized = ["out/*.mkv"]
output = "reports/scores.json"
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory, films):
    """A workspace in which the recipe ran, the output, and the arguments of the call."""
    from click.testing import CliRunner

    from cartoonize.cli.main import root

    folder = tmp_path_factory.mktemp("flow")
    (folder / "small.toml").write_text(RECIPE)
    sources = json.dumps([str(films / f"e{n}.mkv") for n in (1, 2, 3)])
    call = [
        "run",
        str(folder / "small.toml"),
        "-w",
        str(folder / "w"),
        "--set",
        f"sources={sources}",
        "--json",
    ]
    return Workspace(folder / "w"), CliRunner().invoke(root, call), call


def test_files_and_messages(flow):
    workspace, result, _ = flow
    assert result.exit_code == 0, result.output
    outcome = json.loads(result.stdout)
    names = [
        "extract",
        "split",
        "train plain-l2, lookup",
        "colorize out/plain-l2.mkv",
        "colorize out/lookup.mkv",
        "compare",
        "evaluate",
    ]
    assert [stage["name"] for stage in outcome["stages"]] == names
    assert all({"name", "seconds", "cached"} <= set(stage) for stage in outcome["stages"])
    assert not any(stage["cached"] for stage in outcome["stages"])
    outputs = [str(workspace.out / name) for name in ("plain-l2.mkv", "lookup.mkv", "compare.mp4")]
    assert outcome["outputs"] == outputs
    scores = json.loads((workspace.reports / "scores.json").read_text())
    assert [s["colorized"] for s in scores] == ["lookup.mkv", "plain-l2.mkv"]
    assert all(s["n_frames"] == N_FRAMES for s in scores)
    lines = result.stderr.splitlines()
    assert lines[0] == "small: a small flow" and lines[1] == "[1/7] extract: 3 episodes"
    assert any(line.startswith("plain-l2.mkv ") for line in lines) and f"Wrote {outputs[0]}" in lines


def test_the_same_stages_one_by_one_give_the_same_files(flow, cartoonize, films, tmp_path):
    workspace = flow[0]
    w = ("-w", tmp_path)
    size = (
        "--width",
        "0.125",
        "--batch-size",
        "4",
        "--accumulate",
        "1",
        "--epochs",
        "1",
        "--precision",
        "float32",
    )
    for call in (
        ("extract", *[films / f"e{n}.mkv" for n in (1, 2, 3)]),
        ("split", "--test", "e1"),
        ("train", "--variant", "plain-l2", "--variant", "lookup", *size),
        ("colorize", "--variant", "plain-l2", "--codec", "ffv1", "-o", tmp_path / "out" / "plain-l2.mkv"),
        ("colorize", "--variant", "lookup", "--codec", "ffv1", "-o", tmp_path / "out" / "lookup.mkv"),
    ):
        assert cartoonize(*call, *w).code == 0
    for name in ("plain-l2.mkv", "lookup.mkv"):
        assert (tmp_path / "out" / name).read_bytes() == (workspace.out / name).read_bytes()


@pytest.mark.fault(22)
def test_only_stages_that_changed_run_again(flow, cartoonize):
    workspace, _, call = flow
    before = tree(workspace.root)

    def again(*more):
        outcome = cartoonize(*call, *more)
        assert outcome.code == 0, outcome.err
        return [stage["reason"] for stage in outcome.json["stages"]]

    assert again() == [""] * 7 and tree(workspace.root) == before
    said = cartoonize(*call).err
    assert f"{workspace.out / 'lookup.mkv'} is up to date." in said and "Wrote" not in said
    (workspace.out / "lookup.mkv").unlink()
    reasons = again()
    assert reasons[:4] == [""] * 4 and "removed" in reasons[4]
    assert reasons[5:] == ["", ""]  # the new output is equal to the old one
    reasons = again("--set", 'variants=["lookup", "plain-l2"]')
    assert reasons[:2] == ["", ""] and "option variants changed" in reasons[2]
    (workspace.cache / "recipe-small.json").write_text("[1, 2")
    assert again()[1] == "not done yet"


def test_the_built_in_recipes(tmp_path):
    assert known_recipes() == [
        "ablations", "documents", "paintings", "quickstart", "quickstart-thesis", "rivals", "series",
        "thesis",
    ]  # fmt: skip
    for name in known_recipes():
        recipe = load_recipe(name)
        assert recipe.description and recipe.name == name
        for table in recipe.stages:
            options = {key: value for key, value in table.items() if key != "stage"}
            STEPS[table["stage"]](Workspace(tmp_path), options, "cpu").check()
    assert len(load_recipe("thesis", {"variants": ["plain"]}).stages) < len(load_recipe("thesis").stages)
    assert tree(tmp_path) == {}


SPLIT = "[[stage]]\nstage = 'split'\n"
COLORIZE = "[[stage]]\nstage = 'colorize'\n"


@pytest.mark.parametrize(
    "text, words",
    [
        ("", ["no [[stage]] tables"]),
        ("stage = 'split'", ["no [[stage]] tables"]),
        ("[[stage]]\n", ["stage =", "extract, credits"]),
        ("x = \n", ["not TOML", "line 1"]),
        ("x = '\xff'", ["not TOML"]),
        ("[" * 5000, ["not TOML"]),
        (f"stages = 1\n{SPLIT}", ["'stages'", "description, parameters, stage"]),
        ("[[stage]]\nstage = 'splitt'", ["'splitt'", "extract, credits, split"]),
        ("[[stage]]\nstage = ['split']", ["split"]),
        (f"{SPLIT}tset = ['e1']", ["'tset'", "'split'", "test, validation"]),
        (f"{SPLIT}device = 'cpu'", ["'device'"]),
        (f"{SPLIT}test = '$who'", ["'$who'"]),
        (f"{SPLIT}test = 'e1'", ["test = 'e1'", "list"]),
        (f"{SPLIT}each = 1", ["each = 1"]),
        (COLORIZE, ["'colorize'", "output"]),
        (f"{COLORIZE}output = '../x.mp4'", ["../x.mp4", "outside the workspace"]),
        (f"{COLORIZE}output = '/tmp/x.mp4'", ["/tmp/x.mp4", "outside the workspace"]),
        (f"{COLORIZE}output = 'x.mp4'\ncrf = 'low'", ["crf = 'low'", "whole number"]),
        (f"{COLORIZE}output = 'x.mp4'\ndecode = 'best'", ["'best'", "annealed"]),
        (f"{COLORIZE}output = 'x.mp4'\nensemble = 'yes'", ["ensemble = 'yes'", "true or false"]),
        (f"{COLORIZE}output = 'x.mp4'\nvariants = ['plane']", ["'plane'", "plain-l2"]),
        ("[[stage]]\nstage = 'train'\nvariants = ['plane']", ["'plane'", "plain-l2"]),
        ("[[stage]]\nstage = 'train'\nvariants = ['plain']\nepochs = 1.5", ["epochs = 1.5", "whole number"]),
        (
            "[[stage]]\nstage = 'train'\nvariants = ['plain']\nepochs = true",
            ["epochs = True", "whole number"],
        ),
        ("[[stage]]\nstage = 'sample'\nfolder = '..'", ["'..'", "outside the workspace"]),
        ("[[stage]]\nstage = 'sample'\nfolder = 's'\nheight = 'x'", ["height = 'x'", "whole number"]),
        ("[[stage]]\nstage = 'credits'\nbackground_hue = [1]", ["background_hue = [1]"]),
        ("[[stage]]\nstage = 'extract'\nsources = ['*.nope']", ["*.nope", "matches no file"]),
    ],
)
def test_wrong_recipes(cartoonize, workspace, tmp_path, text, words):
    recipe = tmp_path / "mine.toml"
    recipe.write_bytes(text.encode("latin-1"))
    before = tree(workspace.root)
    outcome = cartoonize("run", recipe, "-w", workspace.root)
    (line,) = outcome.err.splitlines()
    assert outcome.code == 2 and line.startswith("Error: ") and ". " in line
    assert all(word in line for word in words), line
    assert tree(workspace.root) == before


def test_everything_is_checked_before_anything_is_done(cartoonize, workspace, tmp_path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text(f"{SPLIT}test = ['e3']\n{COLORIZE}output = 'x.mp4'\nrefine = 'magic'")
    before = tree(workspace.root)
    assert "'magic'" in cartoonize("run", recipe, "-w", workspace.root).err
    assert tree(workspace.root) == before


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["qickstart"], ["'qickstart'", "quickstart, quickstart-thesis, rivals, series", ".toml"]),
        (["missing.toml"], ["'missing.toml'", "quickstart"]),
        (["quickstart", "--set", "update=1"], ["'update'", "updates", "width"]),
        (["quickstart", "--set", "updates"], ["'updates'", "KEY=VALUE"]),
    ],
)
def test_wrong_usage(fails, workspace, arguments, words):
    fails("run", *arguments, "-w", workspace.root, words=words, code=2)


def test_a_parameter_of_the_wrong_type(cartoonize, tmp_path):
    outcome = cartoonize("run", "quickstart", "--set", "updates=soon", "-w", tmp_path / "w", "-q")
    assert (
        outcome.code == 2
        and outcome.err.startswith("Error: quickstart, stage 5: stage 'train series'")
        and "updates = 'soon' is not allowed. Use a whole number." in outcome.err
    )
    assert not (tmp_path / "w").exists()
