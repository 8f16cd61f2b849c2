"""Results that were written before, whole, from just the same: they need not be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of


class Finished:
    """What is known, in the workspace's cache, of results: what they were made from, and their content."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.cache / "finished"
        self._looked_at: dict[Path, dict[str, Any] | None] = {}
        """What was found of results: it takes reading all of them."""

    def is_ours(self, output: Path) -> bool:
        """Tell whether a result is there, whole and as it was written here, from whatever it was made."""
        return self._entry(output) is not None

    def find(self, output: Path, key: str) -> dict[str, Any] | None:
        """Return what was told of a result when it was written, if it is there and was made from the same.

        Parameters
        ----------
        output : Path
        key : str
            Fingerprint of all that it depends on.
        """
        entry = self._entry(output)
        if entry is None or entry["key"] != key:
            return None
        summary: dict[str, Any] = entry["summary"]
        return summary

    def enter(self, output: Path, key: str, summary: Mapping[str, Any], beside: Sequence[Path]) -> None:
        """Remember a result that is whole, with the files beside it."""
        content = {str(path.resolve()): fingerprint(path) for path in (output, *beside)}
        text = json.dumps({"key": key, "content": content, "summary": summary}, indent=1)
        write_text(self._path(output), text + "\n")
        self._looked_at.pop(output, None)

    def _path(self, output: Path) -> Path:
        return self._folder / f"{output.stem}-{fingerprint_of(str(output.resolve()))[:8]}.json"

    def _entry(self, output: Path) -> dict[str, Any] | None:
        if output not in self._looked_at:
            self._looked_at[output] = self._read(output)
        return self._looked_at[output]

    def _read(self, output: Path) -> dict[str, Any] | None:
        try:
            entry = json.loads(self._path(output).read_text(encoding="utf-8"))
            if str(output.resolve()) not in entry["content"] or not {"key", "summary"} <= entry.keys():
                return None
            whole = all(fingerprint(Path(path)) == known for path, known in entry["content"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # a lost cache costs time, nothing else
        return entry if whole else None
