"""Files that appear under their final name only when they are whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cartoonize.errors import CartoonizeError, OutputError

SUFFIX = ".part"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; put it in place at the end, or remove it after an error.

    Raises
    ------
    OutputError
        If the folder cannot be written, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except CartoonizeError:
        raise
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):  # where no folder could be made there is nothing to remove either
            temporary.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, or raise `OutputError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def output_error(path: Path, error: Exception) -> OutputError:
    """Say in one line why ``path`` could not be written, from what the system or FFmpeg said."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path}: no space left on the disk", "Make room and run the same command again.")
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{path}: cannot be written ({reason})", "Choose another place with -o or -w.")
