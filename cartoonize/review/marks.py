"""Marks: corrected cuts, and things that were divided or joined, as actions of the journal change them.

Pure functions on values. One kind of action is enough: it takes some marks away, and adds others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cartoonize.annotations.cuts import FIELDS, Cut
from cartoonize.annotations.entries import Kinds, requested_entry
from cartoonize.annotations.track_edits import JOIN_FIELDS, SPLIT_FIELDS, Join, Split
from cartoonize.errors import UsageError

Arguments = Mapping[str, Any]
Mark = Cut | Split | Join
#: Marks by the key of their film.
Marks = Mapping[str, tuple[Mark, ...]]

_CLASSES: Mapping[str, type[Cut] | type[Split] | type[Join]] = {"cut": Cut, "split": Split, "join": Join}
_FIELDS: Mapping[str, Kinds] = {"cut": FIELDS, "split": SPLIT_FIELDS, "join": JOIN_FIELDS}
_LOAD_AGAIN = "Load the page again."
#: Largest number of marks of one action, and length of its title.
_MAX_MARKS, _MAX_TITLE = 1000, 80


def as_fields(mark: Mark) -> dict[str, Any]:
    """Return a mark as JSON."""
    kind = next(name for name, of in _CLASSES.items() if isinstance(mark, of))
    return {"kind": kind, **asdict(mark)}


def mark_of(fields: Any) -> Mark:
    """Return a mark from JSON, or raise `UsageError`."""
    kind = fields.get("kind") if isinstance(fields, dict) else None
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise UsageError(f"{kind!r} is not a mark", _LOAD_AGAIN)
    rest = {name: value for name, value in fields.items() if name != "kind"}
    return _CLASSES[kind](**requested_entry(f"a {kind}", rest, _FIELDS[kind]))


def checked_marks(arguments: Arguments) -> Arguments:
    """Return ``{"film": key, "title": words, "new": [{...}, ...], "gone": [{...}, ...]}``.

    Raises
    ------
    UsageError
        If an argument is missing or wrong.
    """
    if set(arguments) != {"film", "title", "new", "gone"}:
        raise UsageError("the action has no film or no marks", _LOAD_AGAIN)
    film, title = arguments["film"], arguments["title"]
    if not isinstance(film, str) or not isinstance(title, str) or len(title) > _MAX_TITLE:
        raise UsageError("the action has no film or no title", _LOAD_AGAIN)
    marks = {name: arguments[name] for name in ("new", "gone")}
    if not all(isinstance(some, list) for some in marks.values()):
        raise UsageError("the marks are not a list", _LOAD_AGAIN)
    if not 0 < sum(map(len, marks.values())) <= _MAX_MARKS:
        raise UsageError("the action has no marks, or too many", _LOAD_AGAIN)
    checked = {name: [as_fields(mark_of(one)) for one in some] for name, some in marks.items()}
    return {"film": film, "title": title, **checked}


def swapped(arguments: Arguments) -> Arguments:
    """Return the arguments of the action that takes an action back."""
    return {**arguments, "new": arguments["gone"], "gone": arguments["new"]}


def with_marks(marks: Marks, arguments: Arguments) -> Marks:
    """Return the marks after an action."""
    new, gone = (tuple(map(mark_of, arguments[name])) for name in ("new", "gone"))
    kept = tuple(mark for mark in marks.get(arguments["film"], ()) if mark not in (*new, *gone))
    return {**marks, arguments["film"]: (*kept, *new)}


def named_in(arguments: Arguments) -> set[Mark]:
    """Return all marks that an action names."""
    return {mark_of(one) for name in ("new", "gone") for one in arguments[name]}
