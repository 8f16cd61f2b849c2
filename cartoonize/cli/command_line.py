"""Command lines that the user can copy: quoted, and with the program as it was called."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

#: Commands that read nothing from a workspace.
_WITHOUT_WORKSPACE = ("doctor", "models", "sample")
#: A command in a message: ``cartoonize`` and what follows, between backticks.
_IN_MESSAGE = re.compile(r"`cartoonize ([^`]*)`")


def command_line(*arguments: str | Path, workspace: Path | None = None) -> str:
    """Return a command line of this program that can be typed in the current folder.

    Parameters
    ----------
    *arguments : str or Path
        Command, options and names. Names with spaces or other special characters are quoted.
    workspace : Path, optional
        Workspace that the user gave with ``-w``; None if the command finds it without that option.

    Examples
    --------
    >>> command_line("colorize", "grey film.mkv", workspace=Path("work"))
    "cartoonize colorize 'grey film.mkv' -w work"
    """
    words = [*map(str, arguments)]
    if workspace is not None and not {"-w", "--workspace", *_WITHOUT_WORKSPACE}.intersection(words):
        words += ["-w", str(workspace)]
    return " ".join([program(), *map(shlex.quote, words)])


def program(typed: str | None = None) -> str:
    """Return the name of this program as it can be typed in the current folder.

    Parameters
    ----------
    typed : str, optional
        Path of the program as it was called; default: ``sys.argv[0]``.

    Returns
    -------
    str
        ``cartoonize`` if that runs this program, or if it was called from Python; else its path.
    """
    typed = typed or sys.argv[0]
    path = Path(typed)
    if path.name == "__main__.py":
        return f"{_as_path(Path(sys.executable))} -m cartoonize"
    found = shutil.which("cartoonize")
    is_found = found is not None and Path(found).absolute() == path.absolute()
    if path.name != "cartoonize" or typed == "cartoonize" or is_found:
        return "cartoonize"
    return _as_path(path)


def as_typed(text: str, workspace: Path | None = None) -> str:
    """Return a message in which each command between backticks can be typed in the current folder.

    Parameters
    ----------
    text : str
        Message; commands in it begin with ``cartoonize``.
    workspace : Path, optional
        As in `command_line`.
    """

    def typed(match: re.Match[str]) -> str:
        line = match[1]
        named = {"-w", "--workspace", *_WITHOUT_WORKSPACE}.intersection(line.split())
        option = "" if workspace is None or named else f" -w {shlex.quote(str(workspace))}"
        return f"`{program()} {line}{option}`"

    return _IN_MESSAGE.sub(typed, text)


def _as_path(path: Path) -> str:
    """Return a path in the shortest form that a shell accepts as a program in the current folder."""
    try:
        path = path.absolute().relative_to(Path.cwd())
    except (OSError, ValueError):  # elsewhere, or the current folder is gone
        return shlex.quote(str(path))
    return shlex.quote(str(path) if len(path.parts) > 1 else f"./{path}")
