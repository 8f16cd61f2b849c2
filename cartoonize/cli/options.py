"""Options that every command takes, and what it does with them: console, workspace, JSON."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import click

from cartoonize import __version__
from cartoonize.cli.crash import said
from cartoonize.cli.text import one_line
from cartoonize.limits import lifted
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace


@dataclass
class Session:
    """What one call of the command line works with."""

    workspace: Workspace
    device: str
    as_json: bool
    verbosity: int

    def say(self, line: str) -> None:
        """Print a line for the user: on standard error with ``--json``, not at all with ``-q``."""
        self._tell(line, self.verbosity >= 0, err=self.as_json)

    def warn(self, line: str) -> None:
        """Print a line that even ``-q`` shows."""
        self._tell(line, True, err=True)

    def detail(self, line: str) -> None:
        """Print a line with ``-v`` only."""
        self._tell(line, self.verbosity > 0, err=True)

    def _tell(self, line: str, shown: bool, *, err: bool) -> None:
        said.append(one_line(line))
        if shown:
            click.echo(said[-1], err=err)

    def emit(self, result: dict[str, Any]) -> None:
        """Print the one JSON object of ``--json``."""
        if self.as_json:
            click.echo(json.dumps(plain(result)))

    @contextmanager
    def reporter(self) -> Iterator[Reporter]:
        """Yield a reporter that prints messages and moves progress bars on standard error."""
        with self.progress() as move:
            yield _ConsoleReporter(self, move)

    @contextmanager
    def progress(self) -> Iterator[Callable[..., None]]:
        """Yield a function (label, done, total, note) that moves a progress bar on standard error."""
        if self.verbosity < 0:
            yield lambda label, done, total, note="": None
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
            tasks: dict[str, Any] = {}

            def move(label: str, done: int, total: int, note: str = "") -> None:
                if label not in tasks:
                    tasks[label] = bars.add_task(_printable(label), total=total or None, note=note)
                bars.update(tasks[label], completed=done, total=total or None, note=note)

            yield move


class _ConsoleReporter(Reporter):
    """Shows on the console what long work reports."""

    def __init__(self, session: Session, move: Callable[..., None]) -> None:
        self._session, self._move = session, move

    def info(self, message: str) -> None:
        self._session.say(message)

    def warning(self, message: str) -> None:
        self._session.warn(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "") -> None:
        self._move(label, done, total, note)


def _printable(text: str) -> str:
    from rich.markup import escape

    return escape(one_line(text))


def plain(value: Any) -> Any:
    """Turn dataclasses and paths, however nested, into what JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value


def session_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of every command; the function gets a `Session` first."""

    @click.option(
        "-w",
        "--workspace",
        envvar="CARTOONIZE_WORKSPACE",
        default=".",
        show_default="current folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder to work in.",
    )
    @click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="Where networks run.",
    )
    @click.option("--no-limits", is_flag=True, help="Take sources of any size and length.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object, all else on stderr.")
    @click.option("-v", "--verbose", count=True, help="Say more.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and warnings.")
    @functools.wraps(function)
    def wrapped(
        *,
        workspace: Path,
        device: str,
        no_limits: bool,
        as_json: bool,
        verbose: int,
        quiet: bool,
        **options: Any,
    ) -> None:
        session = Session(Workspace(workspace), device, as_json, -1 if quiet else verbose)
        session.detail(f"cartoonize {__version__}, workspace {workspace.resolve()}, device {device}")
        session.detail(f"options {options}")
        with lifted() if no_limits else nullcontext():
            function(session, **options)

    return wrapped  # fmt: skip


def member_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say who colours: ``variants``, ``checkpoints`` and ``ensemble``."""
    for option in (
        click.option("--ensemble", is_flag=True, help="Use all trained networks of the workspace."),
        click.option(
            "--checkpoint",
            "checkpoints",
            multiple=True,
            type=existing_or_not(),
            metavar="FILE",
            help="A checkpoint file, any number.",
        ),
        click.option("--variant", "variants", multiple=True, metavar="NAME", help="A variant, any number."),
    ):
        function = option(function)
    return function


def existing_or_not() -> click.Path:
    """Return the type of a path whose existence the stage checks, with its own message."""
    return click.Path(path_type=Path)
