"""Results: outputs of earlier calls that are up to date, and are not made again."""

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
    """Record of a result, and the state of its files."""

    key: str
    summary: dict[str, Any] | None
    """None if the result was not complete."""
    is_whole: dict[Path, bool]
    """For each of its files that exists: True if it is as it was written."""
    n_files: int


class Results:
    """Records of results in the cache of a workspace: what they were made from, and their content.

    A record is written before its result gets its final name, so every existing result has one.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.cache / "finished"
        self._looked_at: dict[Path, _Entry | None] = {}
        """States of results that were looked at; each takes reading all of its files."""

    def is_ours(self, output: Path) -> bool:
        """Return whether an output was written here and is unchanged, whatever it was made from."""
        entry = self._entry(output)
        return entry is not None and entry.is_whole.get(output.resolve(), False)

    def find(self, output: Path, key: str) -> dict[str, Any] | None:
        """Return the summary of a result if all its files exist, unchanged and made from the same inputs.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : str
            Fingerprint of everything that it depends on.
        """
        entry = self._entry(output)
        if entry is None or entry.key != key or sum(entry.is_whole.values()) < entry.n_files:
            return None
        return entry.summary

    def may_replace(self, output: Path, key: str) -> bool:
        """Return whether all existing files of a result were written here, from the same inputs."""
        entry = self._entry(output)
        return entry is not None and entry.key == key and all(entry.is_whole.values())

    def enter(
        self, output: Path, key: str, content: Mapping[Path, str], summary: Mapping[str, Any] | None
    ) -> None:
        """Record a result, or the part of it that exists.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : str
            Fingerprint of everything that it depends on.
        content : mapping of Path to str
            Its files, and fingerprints of their content.
        summary : mapping, optional
            Summary of the result if it is complete.
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
