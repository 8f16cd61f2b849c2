"""What can go wrong, said in one line: what is wrong, where, and what to do about it."""

from __future__ import annotations


class CartoonizeError(Exception):
    """An expected failure that a user can understand and mend.

    Parameters
    ----------
    message : str
        What is wrong and where, in one line, naming the file or the value.
    hint : str
        What to do about it, in one line; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class UsageError(CartoonizeError):
    """The request itself is wrong: a value, a name or a combination of options."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is none of the known ones; the message lists those."""

    def __init__(self, kind: str, name: str, known: object) -> None:
        names = ", ".join(str(k) for k in known) if known else "none yet"  # type: ignore[attr-defined]
        super().__init__(f"unknown {kind} {name!r}", f"Known: {names}")


class SourceError(CartoonizeError):
    """A video, picture or folder that cannot be read, or not wholly."""


class OutputError(CartoonizeError):
    """A result that cannot be written where it was asked for."""


class WorkspaceError(CartoonizeError):
    """A workspace whose manifest is missing, damaged, newer than this program, or incomplete."""


class CheckpointError(CartoonizeError):
    """A file that is no checkpoint of this program, or a damaged one."""


class ClusterError(CartoonizeError):
    """Workers on this or other machines that cannot be reached, or cannot do their part."""
