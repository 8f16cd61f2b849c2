"""Checks of a recipe's values against the type annotations of options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}

#: TOML's types for annotations that TOML does not have.
_TOML_TYPES: dict[Any, Any] = {float: (int, float), Path: str}


def as_tuples(value: Any) -> Any:
    """Return a value with all lists, also nested ones, as tuples, which options hold."""
    return tuple(as_tuples(v) for v in value) if isinstance(value, list) else value


def is_of_type(value: Any, hint: Any) -> bool:
    """Return whether a value has an annotated type.

    Supports str, int, float, bool, Path, None, unions, tuples and mappings.
    """
    arguments = get_args(hint)
    if get_origin(hint) is UnionType:
        return any(is_of_type(value, kind) for kind in arguments)
    if get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            return False
        expected = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        return len(value) == len(expected) and all(map(is_of_type, value, expected))
    if get_origin(hint) is Mapping:
        return isinstance(value, dict)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, _TOML_TYPES.get(hint, hint))


def describe_type(hint: Any) -> str:
    """Return an annotated type in words, such as "a whole number"."""
    if get_origin(hint) is UnionType:
        return " or ".join(describe_type(kind) for kind in get_args(hint) if kind is not NoneType)
    if get_origin(hint) is Mapping:
        return "a table"
    return "a list" if get_origin(hint) is tuple else _WORDS[hint]
