"""``cartoonize run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cartoonize.cli.options import Session, session_options
from cartoonize.cli.score_table import score_table
from cartoonize.cli.terminal_picture import show_frame
from cartoonize.cli.text import short_path
from cartoonize.recipes.recipe import load_recipe
from cartoonize.recipes.run import StageOutcome, run_recipe
from cartoonize.recipes.settings import parse_setting


@click.command("run")
@click.argument("recipe", metavar="RECIPE")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a parameter of the recipe, such as --set minutes=30. May be repeated.",
)
@session_options
def command(session: Session, *, recipe: str, settings: tuple[str, ...]) -> None:
    """Run a recipe: a whole flow from sources to results.

    RECIPE is a built-in recipe (series, paintings, quickstart, quickstart-thesis, thesis, documents,
    ablations, rivals) or the path of a TOML file. Stages whose inputs, options and results did not change are
    skipped.
    """
    loaded = load_recipe(recipe, dict(parse_setting(setting) for setting in settings))
    session.info(f"{loaded.name}: {loaded.description or f'{len(loaded.stages)} stages'}")
    with session.reporter() as reporter:
        outcomes = run_recipe(session.workspace, loaded, device=session.device, reporter=reporter)
    for outcome in outcomes:
        if outcome.name == "compare" and session.verbosity >= 0 and not session.as_json:
            show_frame(Path(outcome.summary["output"]))
    for outcome in outcomes:
        if outcome.name == "evaluate":
            for line in score_table([(str(scores["colorized"]), scores) for scores in outcome.summary]):
                session.info(line)
    outputs = _outputs(outcomes)
    n_cached = sum(outcome.cached for outcome in outcomes)
    session.info(f"{len(outcomes)} stages, {n_cached} of them were up to date.")
    for path, is_new in outputs.items():
        session.info(f"Wrote {short_path(path)}" if is_new else f"{short_path(path)} is up to date.")
    for path in outputs:
        if path.endswith(".html"):
            session.info(f"Next: open {short_path(path)} in a browser. It has pictures, curves and scores.")
    session.emit(
        {
            "stages": [
                {"name": o.name, "seconds": o.seconds, "cached": o.cached, "reason": o.reason}
                for o in outcomes
            ],
            "outputs": list(outputs),
        }
    )


def _outputs(outcomes: list[StageOutcome]) -> dict[str, bool]:
    """Return the paths of all outputs in the summaries of the stages, and whether this call wrote them."""
    outputs: dict[str, bool] = {}
    for outcome in outcomes:
        summaries: list[Any] = outcome.summary if isinstance(outcome.summary, list) else [outcome.summary]
        for summary in summaries:
            if isinstance(summary, dict) and "output" in summary:
                outputs[str(summary["output"])] = not outcome.cached and not summary.get("as_before")
    return outputs
