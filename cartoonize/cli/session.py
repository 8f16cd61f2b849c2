"""Output of a command: messages, progress bars and the JSON result."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import click

from cartoonize.cli.command_line import as_typed, command_line
from cartoonize.cli.crash import recent_lines
from cartoonize.cli.text import one_line
from cartoonize.errors import CartoonizeError
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace


@dataclass
class Session:
    """Workspace, device and output of one call of the command line."""

    workspace: Workspace
    device: str
    as_json: bool
    verbosity: int
    """-1: errors and warnings only; 0: normal; 1 or more: details."""
    given_workspace: Path | None = None
    """Workspace that the user gave with ``-w``, as it was typed; None without that option."""

    def info(self, line: str) -> None:
        """Print a line: on standard error with ``--json``, not at all with ``-q``."""
        self._print(line, self.verbosity >= 0, err=self.as_json)

    def warning(self, line: str) -> None:
        """Print a line on standard error, even with ``-q``."""
        self._print(line, True, err=True)

    def detail(self, line: str) -> None:
        """Print a line on standard error, only with ``-v``."""
        self._print(line, self.verbosity > 0, err=True)

    def command_line(self, *arguments: str | Path) -> str:
        """Return a command line that the user can type next, with the same workspace."""
        return command_line(*arguments, workspace=self.given_workspace)

    @contextmanager
    def typed_errors(self) -> Iterator[None]:
        """In errors of the block, name commands as the user can type them."""
        try:
            yield
        except CartoonizeError as error:
            error.message = as_typed(error.message, self.given_workspace)
            error.hint = as_typed(error.hint, self.given_workspace)
            raise

    def _print(self, line: str, shown: bool, *, err: bool) -> None:
        recent_lines.append(one_line(as_typed(line, self.given_workspace)))
        if shown:
            click.echo(recent_lines[-1], err=err)

    def emit(self, result: dict[str, Any]) -> None:
        """Print the JSON object of ``--json``; do nothing without that option."""
        if self.as_json:
            click.echo(json.dumps(to_json(result)))

    @contextmanager
    def reporter(self) -> Iterator[Reporter]:
        """Yield a reporter that prints messages and shows progress bars on standard error."""
        if self.verbosity < 0:
            yield ConsoleReporter(self, None)
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bars:
            yield ConsoleReporter(self, bars)


class ConsoleReporter(Reporter):
    """Prints messages of a session and shows one progress bar per label."""

    def __init__(self, session: Session, bars: Any | None) -> None:
        self._session, self._bars = session, bars
        self._tasks: dict[str, Any] = {}
        self._lock = Lock()

    def info(self, message: str) -> None:
        """Print a message."""
        self._session.info(message)

    def warning(self, message: str) -> None:
        """Print a warning."""
        self._session.warning(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "") -> None:
        """Move the progress bar of the label; start it at the first call."""
        if self._bars is None:
            return
        with self._lock:
            if label not in self._tasks:
                self._tasks[label] = self._bars.add_task(_escaped(label), total=total or None, note=note)
        self._bars.update(self._tasks[label], completed=done, total=total or None, note=note)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(one_line(text))


def to_json(value: Any) -> Any:
    """Convert nested dataclasses and paths to values that JSON can hold; NaN and infinities become None."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
