"""Journal: all actions of a workspace, as lines of JSON that are only ever appended.

A line is on the disk before its action counts. If the process is killed while it writes, the torn last line
is ignored, and the next action replaces it. Several processes may use a journal: each action states the
version on which it is based, and is refused if that is not the latest.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from cartoonize.atomic import make_folder, output_error
from cartoonize.errors import CartoonizeError, UsageError, WorkspaceError
from cartoonize.review.state import Action, Change, ReviewState, apply, planned

_RESTORE = "Restore it from a backup, or move it away to begin the review again."


class StaleVersionError(CartoonizeError):
    """An action that is based on an earlier state than the latest one."""


class Journal:
    """The journal of a workspace and the state that follows from it.

    Parameters
    ----------
    path : Path
        File with one action a line. It is created with the first action.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._n_bytes = 0
        """Size of the part of the file that was read: whole lines."""
        self._state = ReviewState()

    def state(self) -> ReviewState:
        """Return the latest state, with actions that other processes have added.

        Raises
        ------
        WorkspaceError
            If the file is damaged.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    self._read(file.fileno())
            except FileNotFoundError:
                pass
            except OSError as error:
                raise WorkspaceError(f"{self._path}: cannot be read ({error.strerror})", _RESTORE) from error
            return self._state

    def add(self, version: int, kind: str, arguments: Mapping[str, Any]) -> ReviewState:
        """Add an action and return the state after it.

        Parameters
        ----------
        version : int
            Version of the state on which the action is based.
        kind : str
            Kind of the action (`cartoonize.review.state.KINDS`), ``undo`` or ``redo``.
        arguments : mapping
            Arguments of the action; empty for ``undo`` and ``redo``.

        Raises
        ------
        StaleVersionError
            If another action was added since that version.
        UsageError
            If the action is wrong.
        OutputError
            If it cannot be written. Then it does not count.
        """
        with self._lock, self._locked_file() as file:
            self._read(file)
            state = self._state
            if version != state.version:
                raise StaleVersionError(
                    f"this page shows version {version}, and the latest is {state.version}",
                    "Look at the shot again, and repeat the action.",
                )
            change, inverse = planned(state, kind, arguments)
            time = datetime.now(UTC).isoformat(timespec="milliseconds")
            action = Action(state.version + 1, uuid.uuid4().hex, time, change, inverse)
            after = apply(state, action)
            self._append(file, _line(action))
            self._state = after
            return after

    @contextmanager
    def _locked_file(self) -> Iterator[int]:
        make_folder(self._path.parent)
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise output_error(self._path, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _read(self, file: int) -> None:
        """Apply the actions of lines that were not read yet."""
        size = os.fstat(file).st_size
        if size < self._n_bytes:
            raise WorkspaceError(f"{self._path}: shorter than before", _RESTORE)
        text = os.pread(file, size - self._n_bytes, self._n_bytes)
        *lines, _torn = text.split(b"\n")
        for line in lines:
            try:
                self._state = apply(self._state, _action_of(line, self._state.version + 1))
            except (ValueError, KeyError, TypeError, RecursionError, UsageError) as error:
                number = self._state.version + 1
                raise WorkspaceError(f"{self._path}: line {number} is damaged ({error})", _RESTORE) from error
            self._n_bytes += len(line) + 1

    def _append(self, file: int, line: bytes) -> None:
        """Write a line after the whole ones, instead of a torn one, and wait until it is on the disk."""
        is_first = self._n_bytes == 0
        try:
            os.ftruncate(file, self._n_bytes)
            n_written = os.pwrite(file, line, self._n_bytes)
            if n_written < len(line):
                n_written += os.pwrite(file, line[n_written:], self._n_bytes + n_written)
            os.fsync(file)
            if is_first:
                _sync_folder(self._path.parent)
        except OSError as error:
            os.ftruncate(file, self._n_bytes)
            raise output_error(self._path, error) from error
        self._n_bytes += len(line)


def _sync_folder(folder: Path) -> None:
    """Wait until the name of a new file is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(action: Action) -> bytes:
    data = {
        "version": action.version,
        "id": action.id,
        "time": action.time,
        "kind": action.change.kind,
        "arguments": action.change.arguments,
        "inverse": {"kind": action.inverse.kind, "arguments": action.inverse.arguments},
    }
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


def _action_of(line: bytes, version: int) -> Action:
    """Return the action of a line, which must have this version."""
    data = json.loads(line)
    if data["version"] != version:
        raise ValueError(f"version {data['version']!r} instead of {version}")
    inverse = data["inverse"]
    return Action(
        version,
        str(data["id"]),
        str(data["time"]),
        Change(str(data["kind"]), dict(data["arguments"])),
        Change(str(inverse["kind"]), dict(inverse["arguments"])),
    )
