"""Reporters that ignore messages, or hold them back."""

from __future__ import annotations

from cartoonize.reporting import Reporter


class SilentReporter(Reporter):
    """Reporter that ignores everything."""

    def info(self, message: str) -> None:
        """Ignore a message."""

    def warning(self, message: str) -> None:
        """Ignore a warning."""


class WaitingReporter(Reporter):
    """Reporter that holds messages back until `release`. If planning fails, the user sees only the error.

    Parameters
    ----------
    reporter : Reporter
        Receives progress at once, and messages after the release.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._infos: list[str] = []
        self._warnings: list[str] = []
        self._released = False

    def info(self, message: str) -> None:
        """Hold a message back, or pass it on after the release."""
        if self._released:
            self._reporter.info(message)
        else:
            self._infos.append(message)

    def warning(self, message: str) -> None:
        """Hold a warning back, or pass it on after the release."""
        if self._released:
            self._reporter.warning(message)
        else:
            self._warnings.append(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Pass progress on."""
        self._reporter.progress(label, done, total, note, unit)

    def release(self, first: str) -> None:
        """Report a message, then everything that was held back. Later messages are passed on at once."""
        self._released = True
        self._reporter.info(first)
        for message in self._infos:
            self._reporter.info(message)
        self._infos = []
        self.release_warnings()

    def release_warnings(self) -> None:
        """Report the warnings that were held back, because nothing else has to be done."""
        for message in self._warnings:
            self._reporter.warning(message)
        self._warnings = []
