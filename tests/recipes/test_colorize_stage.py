"""The stage of recipes that colours: its default refinement, and what it depends on."""

import pytest

from cartoonize.coloring.ensemble import default_refinement
from cartoonize.recipes.recipe import known_recipes, load_recipe
from cartoonize.recipes.steps import STEPS
from cartoonize.workspace import fingerprint_of


def stage(workspace, **table):
    return STEPS["colorize"](workspace, {"output": "out/x.mkv", **table}, "cpu")


@pytest.mark.parametrize(
    ("table", "by_tracks"),
    [
        ({"variants": ["plain-l2"]}, True),
        ({"ensemble": True}, True),
        ({"variants": ["plain-l2"], "refine": "none"}, False),
        ({"variants": ["lookup"]}, False),
    ],
)
def test_a_stage_without_refine_depends_on_the_default(trained, films, table, by_tracks):
    """A film that an earlier version coloured without tracks, by default, is coloured again."""
    step = stage(trained, sources=[str(films / "grey.mkv")], **table)
    fingerprints = step.input_fingerprints()
    assert (fingerprints.get("option refine") == fingerprint_of("tracks")) == by_tracks


def test_methods_of_the_comparisons_keep_their_refinement(workspace):
    """Recipes that compare say which refinement a network has, so that a default does not change results."""
    for name in set(known_recipes()) & {"thesis", "documents", "ablations", "rivals"}:
        for table in load_recipe(name, {}).stages:
            if table["stage"] == "colorize" and "refine" not in table:
                step = STEPS["colorize"](workspace, {k: v for k, v in table.items() if k != "stage"}, "cpu")
                assert default_refinement(step._choice(), step._annotations()) == "none", (name, table)


def test_a_stage_depends_on_the_accepted_shots(workspace, films):
    step = stage(workspace, sources=[str(films / "grey.mkv")], variants=["grey"])
    before = step.input_fingerprints()
    accepted = workspace.root / "review" / "accepted" / "0123456789abcdef" / "000000000000000-1234.npz"
    accepted.parent.mkdir(parents=True)
    accepted.touch()
    after = step.input_fingerprints()
    assert {name for name in after if after[name] != before.get(name)} == {"the accepted shots"}
