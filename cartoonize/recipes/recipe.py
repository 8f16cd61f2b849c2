"""Recipes: whole flows as TOML. Stages whose inputs and options are what they were are not run again.

A recipe has ``[parameters]``, which ``--set`` may change, and a list of ``[[stage]]`` tables that run in
order. A value ``"$name"`` stands for a parameter. ``each = {key = [...]}`` repeats a stage for every value
(for every combination, with several keys), which its other values name as ``"{key}"``, as text.

What each stage saw, and what it left behind, is kept in the workspace's cache: so it can be said why
something is done again.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.errors import CartoonizeError, UnknownNameError, UsageError
from cartoonize.recipes.steps import STEPS, Step
from cartoonize.workspace import Workspace

#: That one table may stand for.
_MOST_STAGES = 10_000


@dataclass(frozen=True)
class Recipe:
    """A flow, with its parameters already put in."""

    name: str
    description: str
    stages: tuple[dict[str, Any], ...]
    """Each with ``stage`` and its options."""


@dataclass(frozen=True)
class StageOutcome:
    """What became of one stage of a recipe."""

    name: str
    seconds: float
    cached: bool
    reason: str
    """Why it ran; empty if it did not."""
    summary: Any


def known_recipes() -> list[str]:
    """Return the names of the recipes that come with the program."""
    return sorted(
        f.name.removesuffix(".toml") for f in files("pipelines").iterdir() if f.name.endswith(".toml")
    )


def load_recipe(name: str, settings: dict[str, Any] | None = None) -> Recipe:
    """Read a recipe by name or from a TOML file, and put the parameters in.

    Raises
    ------
    UnknownNameError
        If there is no such recipe, stage, option or parameter; the message lists the known ones.
    UsageError
        If the file is no TOML or not laid out as a recipe.
    """
    path = Path(name)
    if name in known_recipes():
        file: Any = files("pipelines") / f"{name}.toml"
    elif path.suffix == ".toml" and path.is_file():
        file = path
    else:
        raise UnknownNameError("recipe", name, [*known_recipes(), "or the path of a .toml file"])
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{name}: cannot be read ({error.strerror})", "Check its permissions.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not TOML ({error})", "Mend that line.") from error
    _check_numbers(name, data)
    unknown = set(data) - {"description", "parameters", "stage"}
    if unknown:
        raise UnknownNameError(f"key in {name}", sorted(unknown)[0], ["description", "parameters", "stage"])
    parameters, stages = data.get("parameters", {}), data.get("stage", [])
    if not isinstance(parameters, dict) or not isinstance(stages, list) or not stages:
        raise UsageError(f"{name}: no [[stage]] tables", "A recipe is a list of [[stage]] tables.")
    for key in settings or {}:
        if key not in parameters:
            raise UnknownNameError(f"parameter of {name}", key, sorted(parameters))
    values = {**parameters, **(settings or {})}
    return Recipe(
        path.stem,
        str(data.get("description", "")),
        tuple(stage for table in stages for stage in _expanded(name, table, values)),
    )


def parse_setting(text: str) -> tuple[str, Any]:
    """Parse ``KEY=VALUE``: the value as TOML if it is, else as a string.

    Raises
    ------
    UsageError
        If there is no ``=``.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{text!r} is no setting", "Give --set KEY=VALUE.")
    try:
        parsed = tomllib.loads(f"v = {value}")["v"]
    except (ValueError, RecursionError):
        return key, value
    _check_numbers(key, parsed)
    return key, parsed


def _check_numbers(name: str, value: Any) -> None:
    """Refuse whole numbers of more than 64 bits: TOML has none, and they are beyond all floats."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            _check_numbers(name, inner)
    elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise UsageError(f"{name}: a whole number of {value.bit_length()} bits", "TOML has 64 of them.")


def run_recipe(
    workspace: Workspace,
    recipe: Recipe,
    *,
    device: str = "auto",
    progress: Callable[..., None] = lambda label, done, total, note="": None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[StageOutcome]:
    """Run a recipe's stages in order, leaving out those that would do what they did before.

    Parameters
    ----------
    workspace : Workspace
    recipe : Recipe
    device : str
        Where networks run.
    progress : callable
        Called with (label, done, total, note).
    notify : callable
        Called with lines that the user should read.
    """
    ledger = _Ledger(workspace.cache / f"recipe-{recipe.name}.json")
    steps = [
        STEPS[table["stage"]](workspace, {k: v for k, v in table.items() if k != "stage"}, device)
        for table in recipe.stages
    ]
    for number, step in enumerate(steps):
        with _naming(recipe, number):
            step.check()
    outcomes = []
    for number, step in enumerate(steps):
        slot = f"{number}-{recipe.stages[number]['stage']}"
        with _naming(recipe, number):
            reason = ledger.why_again(slot, step)
        started = time.perf_counter()
        if reason:
            notify(f"[{number + 1}/{len(recipe.stages)}] {step.title}: {reason}")
            with _naming(recipe, number):
                summary = step.run(progress, notify)
            ledger.enter(slot, step, summary)
        else:
            notify(f"[{number + 1}/{len(recipe.stages)}] {step.title}: done before")
            summary = ledger.summary(slot)
        seconds = round(time.perf_counter() - started, 2)
        outcomes.append(StageOutcome(step.title, seconds, not reason, reason, summary))
    return outcomes


@contextmanager
def _naming(recipe: Recipe, number: int) -> Iterator[None]:
    """Say of an error which stage of the recipe has it: there may be dozens."""
    try:
        yield
    except CartoonizeError as error:
        error.message = f"{recipe.name}, [[stage]] {number + 1}: {error.message}"
        raise


#: What is kept of a stage.
_KEPT = {"seen", "left", "summary"}


class _Ledger:
    """What the stages of a recipe saw and left behind, as JSON in the workspace's cache."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Any] = {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            self.entries = {slot: entry for slot, entry in found.items() if set(entry) >= _KEPT}
        except (OSError, ValueError, TypeError, AttributeError):
            pass  # a lost cache costs time, nothing else

    def why_again(self, slot: str, step: Step) -> str:
        """Say why a stage must run; the empty string if it need not."""
        entry = self.entries.get(slot)
        if entry is None:
            return "not done yet"
        seen = _seen(step)
        changed = sorted(k for k in {*seen, *entry["seen"]} if seen.get(k) != entry["seen"].get(k))
        if changed:
            return f"again, since {', '.join(changed)} changed"
        return "" if step.left_behind() == entry["left"] else "again, since its result was changed or removed"

    def enter(self, slot: str, step: Step, summary: Any) -> None:
        self.entries[slot] = {"seen": _seen(step), "left": step.left_behind(), "summary": summary}
        write_text(self.path, json.dumps(self.entries, indent=1) + "\n")

    def summary(self, slot: str) -> Any:
        return self.entries[slot]["summary"]


def _seen(step: Step) -> dict[str, str]:
    return {"the program's version": __version__, **step.seen()}


def _expanded(name: str, table: Any, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Check a [[stage]] table, put parameters in and repeat it for ``each``."""
    if not isinstance(table, dict) or "stage" not in table:
        raise UsageError(
            f'{name}: a [[stage]] table without its stage = "..."', f"Known: {', '.join(STEPS)}"
        )
    kind = table["stage"]
    if not isinstance(kind, str) or kind not in STEPS:
        raise UnknownNameError(f"stage in {name}", str(kind), STEPS)
    known = STEPS[kind].keys()
    for key in table:
        if key not in ("stage", "each", *known):
            raise UnknownNameError(f"key of stage {kind!r} in {name}", key, sorted(known))
    for key in STEPS[kind].required:
        if key not in table:
            raise UsageError(f"{name}: stage {kind!r} has no {key}", f"Add {key} = ... to its table.")
    table = _replaced(table, lambda text: _parameter(name, text, parameters))
    each = table.pop("each", {})
    if not isinstance(each, dict) or not all(isinstance(values, list) for values in each.values()):
        raise UsageError(f"{name}: each = {each!r}", "Give each = { key = [values] }.")
    if prod(map(len, each.values())) > _MOST_STAGES:
        raise UsageError(f"{name}: each = {list(each)} gives too many stages", f"At most {_MOST_STAGES}.")
    choices = [dict(zip(each, values, strict=True)) for values in product(*each.values())]
    return [_replaced(table, partial(_filled, chosen)) for chosen in choices]


def _replaced(value: Any, change: Callable[[str], Any]) -> Any:
    """Apply a change to every string in nested lists and tables."""
    if isinstance(value, dict):
        return {key: _replaced(v, change) for key, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, change) for v in value]
    return change(value) if isinstance(value, str) else value


def _parameter(recipe: str, text: str, parameters: dict[str, Any]) -> Any:
    if not text.startswith("$"):
        return text
    if text[1:] not in parameters:
        raise UnknownNameError(f"parameter in {recipe}", text, sorted(parameters))
    return parameters[text[1:]]


def _filled(chosen: dict[str, Any], text: str) -> str:
    for key, value in chosen.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
