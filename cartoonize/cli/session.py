"""Output of a command: messages, progress bars and the JSON result."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import click

from cartoonize.cli.command_line import as_typed, command_line
from cartoonize.cli.crash import recent_lines
from cartoonize.cli.progress import EveryMinute
from cartoonize.cli.text import one_line
from cartoonize.errors import CartoonizeError
from cartoonize.progress import Works
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
    """Workspace that the user gave with ``-w``, as it was typed; None if it is found without that option."""

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
        """Yield a reporter that prints messages and shows progress on standard error.

        On a terminal, each piece of work has a bar. Elsewhere, it has a line a minute.
        """
        with ExitStack() as ending:
            works = Works()
            bars = None
            if self.verbosity >= 0:
                bars = _bars(works)
                if bars is not None:
                    ending.enter_context(bars)
                else:
                    ending.enter_context(closing(EveryMinute(partial(self.print_progress, works))))
            yield ConsoleReporter(self, works, bars)

    def print_progress(self, works: Works) -> None:
        """Print a line on standard error for each piece of work that is under way."""
        for line in works.lines():
            self._print(line, True, err=True)


class ConsoleReporter(Reporter):
    """Prints messages of a session, and shows a bar for each piece of work on a terminal.

    Parameters
    ----------
    session : Session
        Prints the messages.
    works : Works
        Counts the progress.
    bars : rich.progress.Progress, optional
        Bars on the terminal.
    """

    def __init__(self, session: Session, works: Works, bars: Any | None = None) -> None:
        self._session, self._works, self._bars = session, works, bars
        self._tasks: dict[str, Any] = {}
        self._lock = Lock()

    def info(self, message: str) -> None:
        """Print a message."""
        self._session.info(message)

    def warning(self, message: str) -> None:
        """Print a warning."""
        self._session.warning(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Take the progress of the work with this label, and move its bar."""
        work = self._works.progress(label, done, total, note, unit)
        if self._bars is None:
            return
        with self._lock:
            if label not in self._tasks:
                self._tasks[label] = self._bars.add_task(_escaped(label), work=work)
        shown = not work.is_finished
        self._bars.update(self._tasks[label], completed=done, total=total or None, work=work, visible=shown)


def _bars(works: Works) -> Any | None:
    """Return the bars for a terminal, or None if standard error is not one."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.text import Text

    class WordsColumn(ProgressColumn):
        """A column with the same words as a line in a log."""

        def render(self, task: Any) -> Text:
            return Text(one_line(task.fields["work"].words(works.clock())), no_wrap=True, overflow="ellipsis")

    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        WordsColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )


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
