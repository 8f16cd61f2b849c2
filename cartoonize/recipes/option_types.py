"""Whether a value of a recipe is what an option's annotation says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}

#: What TOML holds for types that it does not know.
_HELD_AS: dict[Any, Any] = {float: (int, float), Path: str}


def frozen(value: Any) -> Any:
    """Turn lists, however nested, into the tuples that options hold."""
    return tuple(frozen(v) for v in value) if isinstance(value, list) else value


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type: str, int, float, bool, None, a union, a tuple, a table."""
    kinds = get_args(hint)
    if get_origin(hint) is UnionType:
        return any(fits(value, kind) for kind in kinds)
    if get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            return False
        expected = kinds[:1] * len(value) if kinds[-1] is Ellipsis else kinds
        return len(value) == len(expected) and all(map(fits, value, expected))
    if get_origin(hint) is Mapping:
        return isinstance(value, dict)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, _HELD_AS.get(hint, hint))


def in_words(hint: Any) -> str:
    """Say what an annotation wants."""
    if get_origin(hint) is UnionType:
        return " or ".join(in_words(kind) for kind in get_args(hint) if kind is not NoneType)
    if get_origin(hint) is Mapping:
        return "a table"
    return "a list" if get_origin(hint) is tuple else _WORDS[hint]
