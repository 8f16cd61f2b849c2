"""Ordered work in threads: `prefetch` runs an iterator ahead, `map_parallel` maps a function over items."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")

#: Default number of items that may wait between two threads.
N_WAITING = 8
#: Seconds between two checks of a waiting thread for whether the consumer has stopped.
_POLL_SECONDS = 0.1


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def prefetch(items: Iterable[T], *, size: int = N_WAITING) -> Generator[T]:
    """Yield the items in order while a thread of their own computes up to ``size`` + 1 items ahead.

    Threads are enough, because decoders, networks and encoders release Python's lock while they work. If the
    consumer stops early, fails or is interrupted, the thread finishes its current item, closes the iterator
    and ends. If the iterator fails, the consumer receives the exception after the items that came before it.

    Parameters
    ----------
    items : iterable
        Used by the thread alone.
    size : int
        Number of items that may wait.
    """
    producer = _Producer(items, size)
    thread = Thread(target=producer.run, daemon=True)
    thread.start()
    try:
        yield from producer.received()
    finally:
        producer.stop()
        thread.join()


@dataclass(frozen=True)
class _End:
    """Last entry of a queue."""

    error: BaseException | None = None
    """Exception that ended the items, or None."""


class _Producer(Generic[T]):
    """Items on their way from a thread to its consumer."""

    def __init__(self, items: Iterable[T], size: int) -> None:
        self._items = items
        self._queue: Queue[Any] = Queue(size)
        self._stopped = Event()

    def run(self) -> None:
        """Put the items into the queue, in the thread."""
        iterator = iter(self._items)
        try:
            for item in iterator:
                if not self._put(item):
                    return
            self._put(_End())
        except BaseException as error:  # raised again in the consumer's thread
            self._put(_End(error))
        finally:
            if hasattr(iterator, "close"):
                iterator.close()

    def received(self) -> Generator[T]:
        """Yield the items, in the consumer's thread."""
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def stop(self) -> None:
        """Tell the thread to end, and drop what waits."""
        self._stopped.set()
        try:
            while True:
                self._queue.get_nowait()
        except Empty:
            return

    def _put(self, item: Any) -> bool:
        """Wait for room in the queue; return False if the consumer has stopped."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
            except Full:
                continue
            return True
        return False


def map_parallel(
    work: Callable[[S], T],
    items: Iterable[S],
    *,
    n_threads: int,
    begin: Callable[[], None] = lambda: None,
    pool: ThreadPoolExecutor | None = None,
) -> Generator[T]:
    """Yield ``work(item)`` for every item, in order, computed by ``n_threads`` threads.

    At most ``n_threads`` + 1 items are taken ahead of the results. If ``work`` fails, the consumer receives
    the exception in place of the result. If the items fail, the consumer receives the exception at once.
    After a failure, or if the consumer stops early, no new work begins.

    Parameters
    ----------
    work : callable
        Called in several threads.
    items : iterable
        Used by the consumer's thread alone.
    n_threads : int
        Number of items that are computed at the same time.
    begin : callable
        Called once in each thread before its first item. Not used with ``pool``.
    pool : ThreadPoolExecutor, optional
        Threads to use; they stay alive. Default: threads that end with the items.
    """
    threads = pool or ThreadPoolExecutor(n_threads, initializer=begin)
    pending: deque[Future[T]] = deque()
    try:
        for item in items:
            pending.append(threads.submit(work, item))
            if len(pending) > n_threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
        wait(pending)
        if pool is None:
            threads.shutdown()
