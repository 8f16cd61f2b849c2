"""Run the stages of a recipe. Stages whose inputs, options and results did not change are skipped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cartoonize.errors import CartoonizeError
from cartoonize.recipes.ledger import NOT_DONE, Ledger
from cartoonize.recipes.recipe import Recipe
from cartoonize.recipes.steps import STEPS, Step
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class StageOutcome:
    """Result of one stage."""

    name: str
    seconds: float
    cached: bool
    """True if the stage was up to date and did not run."""
    reason: str
    """Why the stage ran; empty if it did not."""
    summary: Any


def run_recipe(
    workspace: Workspace, recipe: Recipe, *, device: str = "auto", reporter: Reporter = LOG
) -> list[StageOutcome]:
    """Run the stages of a recipe in order, and skip those that are up to date.

    All stages are checked before the first one runs.

    Parameters
    ----------
    workspace : Workspace
    recipe : Recipe
    device : str
        Device that runs networks: ``auto``, ``cpu`` or ``cuda``.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of StageOutcome
        One per stage.

    Raises
    ------
    CartoonizeError
        If a stage fails. The message begins with the recipe and the number of the stage.
    """
    ledger = Ledger(workspace.cache / f"recipe-{recipe.name}.json")
    steps = [
        STEPS[table["stage"]](workspace, {k: v for k, v in table.items() if k != "stage"}, device)
        for table in recipe.stages
    ]
    for number, step in enumerate(steps):
        with _naming_stage(recipe, number):
            step.check()
    outcomes = []
    for number, step in enumerate(steps):
        slot = f"{number}-{recipe.stages[number]['stage']}"
        with _naming_stage(recipe, number):
            reason = ledger.reason_to_run(slot, step)
            reporter.info(f"[{number + 1}/{len(steps)}] {_announcement(step, reason)}")
            started = time.perf_counter()
            if reason:
                ledger.enter(slot, step, step.run(reporter))
        seconds = round(time.perf_counter() - started, 2)
        outcomes.append(StageOutcome(step.title, seconds, not reason, reason, ledger.summary(slot)))
    return outcomes


def _announcement(step: Step, reason: str) -> str:
    """Return a line such as "extract: 5 episodes" or "extract: 5 episodes, again because ..."."""
    if not reason:
        return f"{step.title}: up to date"
    again = "" if reason == NOT_DONE else f", again because {reason}"
    return f"{step.title}: {step.work()}{again}"


@contextmanager
def _naming_stage(recipe: Recipe, number: int) -> Iterator[None]:
    """Add the recipe and the number of the stage to the message of an error."""
    try:
        yield
    except CartoonizeError as error:
        error.message = f"{recipe.name}, stage {number + 1}: {error.message}"
        raise
