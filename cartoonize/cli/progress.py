"""Progress of a command where there is no terminal: a line a minute."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

#: Seconds between two lines where there is no terminal.
INTERVAL = 60.0


class EveryMinute:
    """Calls a function every minute in a thread of its own, until it is closed.

    Parameters
    ----------
    function : callable
        Called without arguments.
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._function, self._ended = function, Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._function()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join()
