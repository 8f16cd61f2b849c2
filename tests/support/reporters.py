"""A reporter that stores what it receives."""

from __future__ import annotations

from collections.abc import Callable

from cartoonize.reporting import Reporter


class Recorder(Reporter):
    """Stores messages.

    Parameters
    ----------
    on_progress : callable, optional
        Called with the label, the units done and the units in all. It may raise an error.
    """

    def __init__(self, on_progress: Callable[[str, int, int], None] | None = None) -> None:
        self.infos: list[str] = []
        self.warnings: list[str] = []
        self._on_progress = on_progress

    def info(self, message: str) -> None:
        """Store a message."""
        self.infos.append(message)

    def warning(self, message: str) -> None:
        """Store a warning."""
        self.warnings.append(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Pass progress on."""
        if self._on_progress is not None:
            self._on_progress(label, done, total)


def stopping_at(n_done: int, error: BaseException) -> Recorder:
    """Return a reporter that raises an error when so many units are done; with 0, never.

    Passes that only look for something, such as bars, do not count.
    """

    def stop(label: str, done: int, total: int) -> None:
        if n_done and done == n_done and not label.startswith("looking for"):
            raise error

    return Recorder(stop)
