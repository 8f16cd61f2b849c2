"""Results: records of outputs, by which outputs that are up to date are skipped."""

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
    """Record of a result, and the current state of its files."""

    key: str
    """Fingerprint of everything on which the result depends."""
    summary: dict[str, Any] | None
    """Summary of the result; None if it is not complete."""
    is_unchanged: dict[Path, bool]
    """For each of its files that exists: True if it has the content that was written."""
    n_files: int
    """Number of its files."""


class Results:
    """Records of results in the cache of a workspace: fingerprints of inputs and of outputs.

    A record is written before its result gets its final name, so that each existing result has a record.

    Parameters
    ----------
    workspace : Workspace
        Workspace with the cache.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.cache / "finished"
        self._entries: dict[Path, _Entry | None] = {}
        """Entries by output. To create one, all files of the result are read."""

    def is_ours(self, output: Path) -> bool:
        """Return whether an output was written by this program and is unchanged, from any inputs."""
        entry = self._entry(output)
        return entry is not None and entry.is_unchanged.get(output.resolve(), False)

    def find(self, output: Path, key: str) -> dict[str, Any] | None:
        """Return the summary of a result that is up to date, or None.

        A result is up to date if all its files exist, are unchanged and were made from the same inputs.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : str
            Fingerprint of everything on which it depends.
        """
        entry = self._entry(output)
        if entry is None or entry.key != key or sum(entry.is_unchanged.values()) < entry.n_files:
            return None
        return entry.summary

    def may_replace(self, output: Path, key: str) -> bool:
        """Return whether all existing files of a result are unchanged and were made from the same inputs."""
        entry = self._entry(output)
        return entry is not None and entry.key == key and all(entry.is_unchanged.values())

    def record(
        self, output: Path, key: str, content: Mapping[Path, str], summary: Mapping[str, Any] | None
    ) -> None:
        """Record a result, or the part of it that exists.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : str
            Fingerprint of everything on which it depends.
        content : mapping of Path to str
            Files of the result, and fingerprints of their content.
        summary : mapping, optional
            Summary of the result if it is complete.
        """
        by_path = {str(path.resolve()): content_hash for path, content_hash in content.items()}
        text = json.dumps({"key": key, "content": by_path, "summary": summary}, indent=1)
        write_text(self._path(output), text + "\n")
        self._entries.pop(output, None)

    def _path(self, output: Path) -> Path:
        return self._folder / f"{output.stem}-{fingerprint_of(str(output.resolve()))[:8]}.json"

    def _entry(self, output: Path) -> _Entry | None:
        if output not in self._entries:
            self._entries[output] = self._read(output)
        return self._entries[output]

    def _read(self, output: Path) -> _Entry | None:
        try:
            entry = json.loads(self._path(output).read_text(encoding="utf-8"))
            content = {Path(path): str(written) for path, written in entry["content"].items()}
            unchanged = {p: fingerprint(p) == written for p, written in content.items() if p.exists()}
            summary = dict(entry["summary"]) if entry["summary"] is not None else None
            return _Entry(str(entry["key"]), summary, unchanged, len(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # a damaged record only costs time
