"""``cartoonize run``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cartoonize.cli.evaluate import score_table
from cartoonize.cli.options import Session, session_options
from cartoonize.recipes.recipe import StageOutcome, load_recipe, parse_setting, run_recipe


@click.command("run")
@click.argument("recipe", metavar="RECIPE")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a parameter.")
@session_options
def command(session: Session, recipe: str, settings: tuple[str, ...]) -> None:
    """Run a whole flow from a recipe: quickstart, thesis, or a TOML file of your own.

    Stages already done with the same inputs and options are not done again.
    """
    loaded = load_recipe(recipe, dict(parse_setting(setting) for setting in settings))
    session.say(f"{loaded.name}: {loaded.description or f'{len(loaded.stages)} stages'}")
    with session.progress() as move:
        outcomes = run_recipe(
            session.workspace, loaded, device=session.device, progress=move, notify=session.say
        )
    for outcome in outcomes:
        if outcome.name == "evaluate":
            rows = [(str(scores["colorized"]), scores) for scores in outcome.summary]
            for line in score_table(rows):
                session.say(line)
    outputs = _outputs(outcomes)
    n_cached = sum(outcome.cached for outcome in outcomes)
    session.say(f"{len(outcomes)} stages, {n_cached} of them done before.")
    for path in outputs:
        session.say(f"Wrote {path}")
    session.emit(
        {
            "stages": [
                {"name": o.name, "seconds": o.seconds, "cached": o.cached, "reason": o.reason}
                for o in outcomes
            ],
            "outputs": outputs,
        }
    )


def _outputs(outcomes: list[StageOutcome]) -> list[str]:
    outputs: list[str] = []
    for outcome in outcomes:
        summaries: list[Any] = outcome.summary if isinstance(outcome.summary, list) else [outcome.summary]
        outputs += [s["output"] for s in summaries if isinstance(s, dict) and "output" in s]
    return [str(Path(path)) for path in outputs]
