"""Results: records of outputs, by which outputs that are up to date are skipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartoonize.atomic import write_text
from cartoonize.errors import OutputError
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of


@dataclass(frozen=True)
class ResultKey:
    """Fingerprints of everything on which a result depends. If one of them is the same, the result is."""

    inputs: str
    """Fingerprint of the files and options of the call; known before any frame is read."""
    content: str = ""
    """Fingerprint of the film, the known colours that were found for it, and the options; "" if unknown."""

    def is_same(self, other: ResultKey) -> bool:
        """Return whether a result with the other key is the same."""
        return self.inputs == other.inputs or self.content == other.content != ""


@dataclass(frozen=True)
class _Entry:
    """Record of a result, and the current state of its files."""

    key: ResultKey
    summary: dict[str, Any] | None
    """Summary of the result; None if it is not complete."""
    content: dict[str, str]
    """Fingerprints of its files as they were written, by file name."""
    is_unchanged: dict[str, bool]
    """For each of its files that exists: True if it has the content that was written."""

    @property
    def is_complete(self) -> bool:
        """True if all its files exist and are unchanged."""
        return sum(self.is_unchanged.values()) == len(self.content)


class Results:
    """Records of results in the cache of a workspace: fingerprints of inputs and of outputs.

    A record is written before its result gets its final name, so that each existing result has a record. The
    files of a result are in one folder. They and the workspace may be moved.

    Parameters
    ----------
    workspace : Workspace
        Workspace with the cache.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._root, self._folder = workspace.root, workspace.cache / "finished"
        self._entries: dict[Path, _Entry | None] = {}
        """Entries by output. To create one, all files of the result are read."""

    def is_ours(self, output: Path) -> bool:
        """Return whether an output was written by this program and is unchanged, from any inputs."""
        entry = self._entry(output)
        return entry is not None and entry.is_unchanged.get(output.name, False)

    def find(self, output: Path, key: ResultKey) -> dict[str, Any] | None:
        """Return the summary of a result that is up to date, or None.

        A result is up to date if all its files exist, are unchanged and were made from the same inputs.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : ResultKey
            Fingerprints of everything on which it depends.
        """
        entry = self._entry(output)
        if entry is None or entry.summary is None or not entry.is_complete or not entry.key.is_same(key):
            return None
        if key.content and key != entry.key:  # next time, no frame has to be read
            with suppress(OutputError):
                self._write(output, key, entry.content, entry.summary)
        return _moved(entry.summary, output)

    def summaries(self) -> list[dict[str, Any]]:
        """Return the summaries of all results that were complete. Their files may have changed since."""
        found = []
        for path in self._records():
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                record = json.loads(path.read_text(encoding="utf-8"))
                found.append(_moved(dict(record["summary"]), self._output_of(record)))
        return found

    def may_replace(self, output: Path, key: ResultKey) -> bool:
        """Return whether all existing files of a result are unchanged and were made from the same inputs."""
        entry = self._entry(output)
        return entry is not None and entry.key.is_same(key) and all(entry.is_unchanged.values())

    def record(
        self, output: Path, key: ResultKey, content: Mapping[Path, str], summary: Mapping[str, Any] | None
    ) -> None:
        """Record a result, or the part of it that exists.

        Parameters
        ----------
        output : Path
            File or folder of the result.
        key : ResultKey
            Fingerprints of everything on which it depends.
        content : mapping of Path to str
            Files of the result, in one folder, and fingerprints of their content.
        summary : mapping, optional
            Summary of the result if it is complete.
        """
        self._write(output, key, {path.name: written for path, written in content.items()}, summary)

    def _write(
        self, output: Path, key: ResultKey, content: Mapping[str, str], summary: Mapping[str, Any] | None
    ) -> None:
        where = self._portable(output)
        keys = {"inputs": key.inputs, "content_key": key.content}
        record = {**keys, "output": where, "content": dict(content), "summary": summary}
        name = f"{output.stem}-{fingerprint_of(where)[:8]}.json"
        write_text(self._folder / name, json.dumps(record, indent=1) + "\n")
        self._entries.pop(output, None)

    def _portable(self, output: Path) -> str:
        """Return the path of an output in the workspace, or the absolute path of another one."""
        path, root = output.resolve(), self._root.resolve()
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    def _output_of(self, record: Mapping[str, Any]) -> Path:
        return self._root / str(record["output"])

    def _records(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"))

    def _entry(self, output: Path) -> _Entry | None:
        if output not in self._entries:
            self._entries[output] = self._find_entry(output)
        return self._entries[output]

    def _find_entry(self, output: Path) -> _Entry | None:
        """Return the entry of an output, or that of an equal file of the same name, which was moved."""
        where = self._portable(output)
        entry = self._read(self._folder / f"{output.stem}-{fingerprint_of(where)[:8]}.json", output)
        if entry is not None or not output.exists():
            return entry
        named = (path for path in self._records() if path.name.startswith(f"{output.stem}-"))
        moved = (self._read(path, output) for path in named)
        return next((entry for entry in moved if entry and entry.is_unchanged.get(output.name)), None)

    def _read(self, path: Path, output: Path) -> _Entry | None:
        """Read a record of files that are beside an output; return None if it is missing or damaged."""
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            content = {str(name): str(written) for name, written in record["content"].items()}
            files = {name: output.parent / Path(name).name for name in content}
            unchanged = {n: fingerprint(file) == content[n] for n, file in files.items() if file.exists()}
            summary = dict(record["summary"]) if record["summary"] is not None else None
            key = ResultKey(str(record["inputs"]), str(record["content_key"]))
            return _Entry(key, summary, content, unchanged)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # a damaged record only costs time


def _moved(summary: dict[str, Any], output: Path) -> dict[str, Any]:
    """Return a summary with the paths of the files where they are now, beside the output."""

    def beside(path: str | None) -> str | None:
        return path and str(output.parent / Path(path).name)

    named: dict[str, Any] = {
        name: beside(summary[name]) for name in ("holes", "confidence") if name in summary
    }
    sidecars = [beside(path) for path in summary.get("sidecars", [])]
    return {**summary, **named, "output": str(output), "sidecars": sidecars}
