"""Files that appear under their final name only when they are whole, and on the disk.

What is under way lies beside its final name, as ``.NAME.part``, locked by the process that writes it. The
lock dies with its holder: so what a killed process left behind is known, and goes when the file is written
again.
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

#: Called with the final path of what is whole and on the disk, and where it is until it gets that name.
WhenWhole = Callable[[Path, Path], None]


def nothing(final: Path, part: Path) -> None:
    """Do nothing when something is whole."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; put it in place at the end, or remove it after an error.

    Several processes may write the same file: the last one stays.

    Raises
    ------
    OutputError
        If the folder cannot be written, or the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        with _held(part):
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
def appearing(path: Path, *, folder: bool = False, when_whole: WhenWhole = nothing) -> Iterator[Path]:
    """Yield a temporary path beside a result that takes long; put it in place at the end.

    Only one process at a time may make a result. What was there goes when the new one is whole.

    Parameters
    ----------
    path : Path
        The file or folder that shall appear.
    folder : bool
        Whether it is a folder; the temporary one is there, and empty.
    when_whole : callable
        Called before it gets its final name.

    Raises
    ------
    OutputError
        If another process is making it.
    OSError
        If it cannot be written.
    """
    part = path.with_name(f".{path.name}{SUFFIX}")
    with ExitStack() as stack:
        try:
            stack.enter_context(_held(part, folder=folder))
        except BlockingIOError as error:
            raise OutputError(
                f"{path}: another process is writing it", "Wait until it has ended, or give another name."
            ) from error
        try:
            yield part
            _to_disk(part)
            when_whole(path, part)
            _put_in_place(part, path)
            _entry_to_disk(path)
        except BaseException:
            with suppress(OSError):
                remove(part)
            raise


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


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def output_error(path: Path, error: Exception) -> OutputError:
    """Say in one line why ``path`` could not be written, from what the system or FFmpeg said."""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"{path}: no space left on the disk", "Make room and run the same command again.")
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{path}: cannot be written ({reason})", "Choose another place with -o or -w.")


@contextmanager
def _held(part: Path, *, folder: bool = False) -> Iterator[None]:
    """Hold the lock of an empty file or folder, or raise `BlockingIOError` if another process does."""
    while True:
        if folder:
            part.mkdir(exist_ok=True)
        handle = os.open(part, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_still(handle, part):  # its holder had just put it in place
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
    """Rename, also where a folder is in the way: then the two are exchanged, so that there always is one."""
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


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove_abandoned(path: Path) -> None:
    """Remove what processes that were killed have left of a file."""
    for part in path.parent.glob(f".{escape(path.name)}.*{SUFFIX}"):
        with suppress(OSError), _held(part):
            part.unlink()


def _to_disk(path: Path) -> None:
    """Wait until a file, or all of a folder, is on the disk."""
    for one in (*path.iterdir(), path) if path.is_dir() else (path,):
        _sync(one)


def _entry_to_disk(path: Path) -> None:
    """Wait until a file's name is on the disk; some file systems cannot say so."""
    with suppress(OSError):
        _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
