"""Atomic writing: a file appears under its final name only when it is complete and on the disk.

Unfinished output is written to ``.NAME.part`` in the same folder, locked by the process that writes it. The
system releases the lock when that process ends. So the remains of a killed process can be recognised; they
are removed when the file is written again.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import escape
from pathlib import Path

from cartoonize.errors import CartoonizeError, OutputError

SUFFIX = ".part"

#: Called as ``hook(final, part)`` when the output at ``part`` is complete and on the disk, just before it is
#: renamed to ``final``.
FinishedHook = Callable[[Path, Path], None]


def do_nothing(final: Path, part: Path) -> None:
    """Do nothing: the default `FinishedHook`."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; rename it to ``path`` at the end, or remove it after an error.

    Several processes may write the same file at once. The last one to finish wins.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        with _locked(part):
            try:
                yield part
                _to_disk(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except CartoonizeError:
        raise
    except OSError as error:
        raise output_error(path, error) from error


@contextmanager
def locked_output(
    path: Path, *, folder: bool = False, on_finished: FinishedHook = do_nothing
) -> Iterator[Path]:
    """Yield a temporary path for a long-running result; rename it to ``path`` at the end.

    Only one process at a time may write a result. An existing one stays until the new one is complete.

    Parameters
    ----------
    path : Path
        Final path of the file or folder.
    folder : bool
        Whether the result is a folder. If so, the temporary folder exists and is empty.
    on_finished : callable
        Called when the result is complete, before it is renamed.

    Raises
    ------
    OutputError
        If another process is writing it.
    OSError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}{SUFFIX}")
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(part, folder=folder))
        except BlockingIOError as error:
            raise OutputError(
                f"{path}: another process is writing it", "Wait until it ends, or use another name."
            ) from error
        try:
            yield part
            _to_disk(part)
            on_finished(path, part)
            _put_in_place(part, path)
            _entry_to_disk(path)
        except BaseException:
            with suppress(OSError):
                remove(part)
            raise


def make_folder(path: Path) -> None:
    """Create a folder and its parents, or raise `OutputError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove(path: Path) -> None:
    """Remove a file or a folder if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def output_error(path: Path, error: Exception) -> OutputError:
    """Return an `OutputError` for ``path`` from an error of the system or FFmpeg."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path}: no space left on the disk", "Make room and run the same command again.")
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{path}: cannot be written ({reason})", "Choose another place with -o or -w.")


@contextmanager
def _locked(part: Path, *, folder: bool = False) -> Iterator[None]:
    """Create and lock an empty file or folder, or raise `BlockingIOError` if another process holds it."""
    while True:
        if folder:
            part.mkdir(exist_ok=True)
        handle = os.open(part, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_same_file(handle, part):  # the holder of the lock has just renamed it
                continue
            for entry in part.iterdir() if folder else ():
                remove(entry)
            if not folder:
                os.ftruncate(handle, 0)
            yield
            return
        finally:
            os.close(handle)


def _put_in_place(part: Path, path: Path) -> None:
    """Rename ``part`` to ``path``; an existing folder is exchanged, so that ``path`` always exists."""
    if not path.is_dir():
        part.replace(path)
        return
    at_working_folder, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE: renameat2(2)
    names = os.fsencode(part), os.fsencode(path)
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is not None and rename(at_working_folder, names[0], at_working_folder, names[1], exchange) == 0:
        remove(part)
        return
    remove(path)
    part.replace(path)


def _is_same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files of killed processes."""
    for part in path.parent.glob(f".{escape(path.name)}.*{SUFFIX}"):
        with suppress(OSError), _locked(part):
            part.unlink()


def _to_disk(path: Path) -> None:
    """Wait until a file, or a folder and everything in it, is on the disk."""
    for one in (*path.rglob("*"), path) if path.is_dir() else (path,):
        _sync(one)


def _entry_to_disk(path: Path) -> None:
    """Wait until the name of a file is on the disk, on file systems that support it."""
    with suppress(OSError):
        _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
