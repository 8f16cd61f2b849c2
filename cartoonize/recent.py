"""Recent results: the last ones of a costly computation are kept, for any thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last results, by key. Threads that ask for the same one at the same time may all compute it.

    Parameters
    ----------
    most : int
        Largest number of results. The one that was not asked for longest is forgotten first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._results: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def of(self, key: K, compute: Callable[[], V]) -> V:
        """Return the result of a key; compute it if it was forgotten."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = compute()  # without the lock: other threads need other results
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._most:
                self._results.popitem(last=False)
        return result
