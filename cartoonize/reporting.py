"""Reporter: one way for long work to report progress, information and warnings."""

from __future__ import annotations

import logging

_LOGGER = logging.getLogger("cartoonize")


class Reporter:
    """Receives what long work reports. This one logs messages and ignores progress.

    Pass a subclass to show messages elsewhere. Work that runs in several threads may call the methods from
    any of them.

    Examples
    --------
    >>> class Printer(Reporter):
    ...     def progress(self, label, done, total=0, note="", unit=""):
    ...         print(f"{label}: {done} of {total} {unit}")
    """

    def info(self, message: str) -> None:
        """Report what is done, found or about to begin: a line, logged at level INFO."""
        _LOGGER.info(message)

    def warning(self, message: str) -> None:
        """Report what the user should know, though the work goes on: a line, logged at level WARNING."""
        _LOGGER.warning(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "", unit: str = "") -> None:
        """Report how far a piece of work has come. Report 0 when it begins, so that its rate is known.

        Parameters
        ----------
        label : str
            What is done, such as "colouring film.mkv". Each label has a progress bar of its own.
        done : int
            Units done.
        total : int
            Units in all; 0 if unknown.
        note : str
            More to show beside the bar, such as the loss of a training.
        unit : str
            Name of the units, in the plural: "frames", "updates". Without it, a share is shown.
        """


def counted(n: int, noun: str) -> str:
    """Return a number and a noun: "1 episode", "2 episodes"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def duration(seconds: float) -> str:
    """Return a duration in words, rounded as an estimate: "40 s", "6 min", "3 h 20 min"."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 55:
        return f"{5 * round(seconds / 5)} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    step = 5 if minutes < 600 else 60
    minutes = step * round(minutes / step)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


#: The default of every function that takes a reporter.
LOG = Reporter()
