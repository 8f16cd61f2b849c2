"""Expected errors: each has a message (what is wrong and where) and a hint (what to do)."""

from __future__ import annotations


class CartoonizeError(Exception):
    """An expected failure that the user can understand and fix.

    Parameters
    ----------
    message : str
        What is wrong and where, in one line, with the name of the file or the value.
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
    """An invalid request: a wrong value, name or combination of options."""

    exit_code = 2


class UnknownNameError(UsageError):
    """An unknown name. The hint lists the known ones."""

    def __init__(self, kind: str, name: str, known: object) -> None:
        names = ", ".join(str(k) for k in known) if known else "none yet"  # type: ignore[attr-defined]
        super().__init__(f"unknown {kind} {name!r}", f"Known: {names}")


class SourceError(CartoonizeError):
    """A video, picture or folder that cannot be read, or only in part."""


class OutputError(CartoonizeError):
    """A result that cannot be written to the requested path."""


class WorkspaceError(CartoonizeError):
    """A workspace whose manifest is missing, damaged, incomplete or newer than this program."""


class CheckpointError(CartoonizeError):
    """A file that is damaged or not a checkpoint of this program."""


class ClusterError(CartoonizeError):
    """Workers that cannot be reached, or that failed."""
