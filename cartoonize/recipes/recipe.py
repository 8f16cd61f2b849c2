"""Recipes: whole flows as TOML files.

A recipe has ``[parameters]``, which ``--set`` may change, and a list of ``[[stage]]`` tables, which run in
order. A value ``"$name"`` is replaced by a parameter. ``each = {key = [...]}`` repeats a stage for every
value (with several keys, for every combination). The other values refer to it as ``"{key}"``, as text.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.recipes.settings import check_integers
from cartoonize.recipes.stages import expand_table


@dataclass(frozen=True)
class Recipe:
    """A flow with its parameters inserted."""

    name: str
    description: str
    stages: tuple[dict[str, Any], ...]
    """Each has ``stage``, the kind of the stage, and its options."""


def known_recipes() -> list[str]:
    """Return the names of the built-in recipes."""
    return sorted(
        f.name.removesuffix(".toml")
        for f in files("cartoonize.pipelines").iterdir()
        if f.name.endswith(".toml")
    )


def load_recipe(name: str, settings: dict[str, Any] | None = None) -> Recipe:
    """Read a recipe by name or from a TOML file, and insert its parameters.

    Parameters
    ----------
    name : str
        Name of a built-in recipe, or path of a ``.toml`` file.
    settings : dict, optional
        Values of parameters that replace the recipe's own.

    Raises
    ------
    UnknownNameError
        If a recipe, stage, option or parameter is unknown. The hint lists the known ones.
    UsageError
        If the file is not TOML or not a recipe.
    """
    data = _read(name)
    check_integers(name, data)
    unknown = set(data) - {"description", "parameters", "stage"}
    if unknown:
        raise UnknownNameError(f"key in {name}", sorted(unknown)[0], ["description", "parameters", "stage"])
    parameters, tables = data.get("parameters", {}), data.get("stage", [])
    if not isinstance(parameters, dict) or not isinstance(tables, list) or not tables:
        raise UsageError(f"{name}: no [[stage]] tables", "A recipe is a list of [[stage]] tables.")
    for key in settings or {}:
        if key not in parameters:
            raise UnknownNameError(f"parameter of {name}", key, sorted(parameters))
    values = {**parameters, **(settings or {})}
    return Recipe(
        Path(name).stem,
        str(data.get("description", "")),
        tuple(stage for table in tables for stage in expand_table(name, table, values)),
    )


def _read(name: str) -> dict[str, Any]:
    path = Path(name)
    if name in known_recipes():
        file: Any = files("cartoonize.pipelines") / f"{name}.toml"
    elif path.suffix == ".toml" and path.is_file():
        file = path
    else:
        raise UnknownNameError("recipe", name, [*known_recipes(), "or the path of a .toml file"])
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{name}: cannot be read ({error.strerror})", "Check its permissions.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not TOML ({error})", "Correct that line.") from error
