"""The ``[[stage]]`` tables of a recipe: check them, insert parameters, and repeat them for ``each``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from math import prod
from typing import Any

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.recipes.steps import STEPS

#: Largest number of stages from one table.
_MAX_STAGES = 10_000


def expand_table(recipe: str, table: Any, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stages of a table, with parameters inserted.

    Parameters
    ----------
    recipe : str
        Name of the recipe, for error messages.
    table : dict
        A ``[[stage]]`` table.
    parameters : mapping
        Values of the recipe's parameters.

    Returns
    -------
    list of dict
        One entry, or one for each combination of the values of ``each``.

    Raises
    ------
    UsageError
        If the table lacks a key, has an unknown key, or gives too many stages.
    """
    _check_keys(recipe, table)
    table = _replaced(table, partial(_parameter, recipe, parameters))
    each = table.pop("each", {})
    if not isinstance(each, dict) or not all(isinstance(values, list) for values in each.values()):
        raise UsageError(
            f"{recipe}: each = {each!r} is not a table of lists", "Use each = { key = [values] }."
        )
    n_stages = prod(map(len, each.values()))
    if n_stages > _MAX_STAGES:
        raise UsageError(
            f"{recipe}: each over {list(each)} gives {n_stages} stages", f"At most {_MAX_STAGES} are allowed."
        )
    combinations = [dict(zip(each, values, strict=True)) for values in product(*each.values())]
    return [_replaced(table, partial(_filled, chosen)) for chosen in combinations]


def _check_keys(recipe: str, table: Any) -> None:
    if not isinstance(table, dict) or "stage" not in table:
        raise UsageError(f'{recipe}: a [[stage]] table has no stage = "..."', f"Known: {', '.join(STEPS)}")
    kind = table["stage"]
    if not isinstance(kind, str) or kind not in STEPS:
        raise UnknownNameError(f"stage in {recipe}", str(kind), STEPS)
    known = STEPS[kind].keys()
    for key in table:
        if key not in ("stage", "each", *known):
            raise UnknownNameError(f"key of stage {kind!r} in {recipe}", key, sorted(known))
    for key in STEPS[kind].required:
        if key not in table:
            raise UsageError(f"{recipe}: stage {kind!r} has no {key}", f"Add {key} = ... to its table.")


def _replaced(value: Any, change: Callable[[str], Any]) -> Any:
    """Apply a function to every string in nested lists and tables."""
    if isinstance(value, dict):
        return {key: _replaced(v, change) for key, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, change) for v in value]
    return change(value) if isinstance(value, str) else value


def _parameter(recipe: str, parameters: Mapping[str, Any], text: str) -> Any:
    """Return the value of a parameter for ``$name``, and other texts as they are."""
    if not text.startswith("$"):
        return text
    if text[1:] not in parameters:
        raise UnknownNameError(f"parameter in {recipe}", text, sorted(parameters))
    return parameters[text[1:]]


def _filled(chosen: Mapping[str, Any], text: str) -> str:
    """Replace each ``{key}`` by its value."""
    for key, value in chosen.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
