"""Results that were written before, whole, from just the same: they need not be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of


@dataclass(frozen=True)
class _Entry:
    """What is known of a result, and what is there of it."""

    key: str
    summary: dict[str, Any] | None
    """None if it was not yet whole."""
    is_whole: dict[Path, bool]
    """Of its files that are there: whether they are as they were written."""
    n_files: int


class Results:
    """What is known, in the workspace's cache, of results: what they were made from, and their content.

    That is written before they get their final names: so a result that is there is always known.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.cache / "finished"
        self._looked_at: dict[Path, _Entry | None] = {}
        """What was found of results: it takes reading all of them."""

    def is_ours(self, output: Path) -> bool:
        """Tell whether a result is there, whole and as it was written here, from whatever it was made."""
        entry = self._entry(output)
        return entry is not None and entry.is_whole.get(output.resolve(), False)

    def find(self, output: Path, key: str) -> dict[str, Any] | None:
        """Return what was told of a result when it was written, if all of it is there, made from the same.

        Parameters
        ----------
        output : Path
        key : str
            Fingerprint of all that it depends on.
        """
        entry = self._entry(output)
        if entry is None or entry.key != key or sum(entry.is_whole.values()) < entry.n_files:
            return None
        return entry.summary

    def may_replace(self, output: Path, key: str) -> bool:
        """Tell whether all that is there of a result was written here, from the same, as far as that came."""
        entry = self._entry(output)
        return entry is not None and entry.key == key and all(entry.is_whole.values())

    def enter(
        self, output: Path, key: str, content: Mapping[Path, str], summary: Mapping[str, Any] | None
    ) -> None:
        """Remember a result, or what there is of it.

        Parameters
        ----------
        output : Path
        key : str
            Fingerprint of all that it depends on.
        content : mapping of Path to str
            Its files, and the fingerprints of what is in them.
        summary : mapping, optional
            What shall be told of it, if this is all.
        """
        known = {str(path.resolve()): inside for path, inside in content.items()}
        text = json.dumps({"key": key, "content": known, "summary": summary}, indent=1)
        write_text(self._path(output), text + "\n")
        self._looked_at.pop(output, None)

    def _path(self, output: Path) -> Path:
        return self._folder / f"{output.stem}-{fingerprint_of(str(output.resolve()))[:8]}.json"

    def _entry(self, output: Path) -> _Entry | None:
        if output not in self._looked_at:
            self._looked_at[output] = self._read(output)
        return self._looked_at[output]

    def _read(self, output: Path) -> _Entry | None:
        try:
            entry = json.loads(self._path(output).read_text(encoding="utf-8"))
            content = {Path(path): str(inside) for path, inside in entry["content"].items()}
            there = {path: fingerprint(path) == inside for path, inside in content.items() if path.exists()}
            summary = dict(entry["summary"]) if entry["summary"] is not None else None
            return _Entry(str(entry["key"]), summary, there, len(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # a lost cache costs time, nothing else
