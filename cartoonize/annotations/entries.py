"""Entries: lists of decisions of a user, as JSON files of the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.errors import UsageError, WorkspaceError

_REPAIR = "Repair the file, or move it away."

Kinds = Mapping[str, type | tuple[type, ...]]


def read_entries(
    path: Path, name: str, version: int, keys: Sequence[str] | None = None
) -> dict[str, list[Any]]:
    """Read the lists of a file; return an empty mapping if it does not exist.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What it contains, as in its format ``cartoonize-NAME``.
    version : int
        Newest version of the format that can be read.
    keys : sequence of str, optional
        Names of the lists; default: ``name`` alone.

    Raises
    ------
    WorkspaceError
        If the file is damaged, of another format, or of a newer version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise WorkspaceError(f"{path}: cannot be read ({error})", _REPAIR) from error
    if not isinstance(data, dict) or data.get("format") != f"cartoonize-{name}":
        raise WorkspaceError(f"{path}: not a {name} file of cartoonize", _REPAIR)
    found = data.get("version")
    if not isinstance(found, int) or found > version:
        raise WorkspaceError(f"{path}: made by a newer cartoonize (version {found})", "Update cartoonize.")
    for key in keys or (name,):
        if not isinstance(data.get(key), list):
            raise WorkspaceError(f"{path}: {key} is not a list", _REPAIR)
    return {key: data[key] for key in keys or (name,)}


def checked_entry(where: str, entry: Any, kinds: Kinds, optional: Kinds | None = None) -> dict[str, Any]:
    """Return an entry with exactly these fields.

    Parameters
    ----------
    where : str
        File and entry, for messages.
    entry : object
        The entry, as read from JSON.
    kinds, optional : mapping
        Types of the fields that it must have, and of those that it may have, too.

    Raises
    ------
    WorkspaceError
        If a field is missing, unknown, or of another type.
    """
    optional = optional or {}
    if not isinstance(entry, dict) or set(entry) - set(optional) != set(kinds):
        raise WorkspaceError(f"{where} must have exactly {', '.join(kinds)}", _REPAIR)
    for key, kind in {**kinds, **optional}.items():
        if key in entry and (
            not isinstance(entry[key], kind) or isinstance(entry[key], bool) != (kind is bool)
        ):
            raise WorkspaceError(f"{where} has an invalid {key}: {entry[key]!r}", _REPAIR)
    return entry


def requested_entry(where: str, entry: Any, kinds: Kinds) -> dict[str, Any]:
    """Return an entry that a page sends, as `checked_entry` does, or raise `UsageError`."""
    try:
        return checked_entry(where, entry, kinds)
    except WorkspaceError as error:
        raise UsageError(str(error), "Load the page again.") from error


def write_entries(path: Path, name: str, version: int, lists: Mapping[str, Sequence[Any]]) -> None:
    """Write lists to a file that `read_entries` reads, atomically."""
    data = {"format": f"cartoonize-{name}", "version": version, **lists}
    write_text(path, json.dumps(data, indent=1) + "\n")
