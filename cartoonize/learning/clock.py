"""Clock of a training that pauses during validation."""

from __future__ import annotations

import time


class Clock:
    """A stopwatch.

    Parameters
    ----------
    seconds : float
        Seconds counted before, for a training that is resumed.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._since: float | None = None

    def start(self) -> None:
        """Start or continue counting."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Pause."""
        self._before, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """Seconds counted so far."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._before + running
