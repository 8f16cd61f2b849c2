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
    ...     def progress(self, label, done, total=0, note=""):
    ...         print(f"{label}: {done} of {total}")
    """

    def info(self, message: str) -> None:
        """Report what is done, found or about to begin: a line, logged at level INFO."""
        _LOGGER.info(message)

    def warning(self, message: str) -> None:
        """Report what the user should know, though the work goes on: a line, logged at level WARNING."""
        _LOGGER.warning(message)

    def progress(self, label: str, done: int, total: int = 0, note: str = "") -> None:
        """Report how far a piece of work has come.

        Parameters
        ----------
        label : str
            Name of the work, such as that of a film. Each label has a progress bar of its own.
        done : int
            Units done: frames, pictures, updates.
        total : int
            Units in all; 0 if unknown.
        note : str
            More to show beside the bar, such as the loss of a training.
        """


#: The default of every function that takes a reporter.
LOG = Reporter()
