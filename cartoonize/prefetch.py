"""Work side by side in threads, its order kept: parts of a chain, or items of one part."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

#: Items that may wait between two threads, if nothing else is said.
N_WAITING = 8
#: Seconds after which a thread that waits looks whether anybody still wants what it has.
_PATIENCE = 0.1


def prefetch(items: Iterable[T], *, size: int = N_WAITING) -> Generator[T]:
    """Yield the items in their order, made in a thread of their own, at most ``size`` + 1 ahead.

    Decoders, networks and encoders leave Python's lock while they work, so threads are enough. Where the
    consumer stops early, or fails, or is interrupted, the thread stops after the item in its hands and closes
    the iterator; where the iterator fails, the consumer gets the exception after the items before it.

    Parameters
    ----------
    items : iterable
        Used by the thread alone.
    size : int
        Items that may wait.
    """
    queue: Queue[Any] = Queue(size)
    abandoned = Event()

    def put(item: Any) -> bool:
        while not abandoned.is_set():
            try:
                queue.put(item, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                if not put(item):
                    return
            put(_End())
        except BaseException as error:  # the consumer's to deal with, whatever it is
            put(_End(error))
        finally:
            if hasattr(iterator, "close"):
                iterator.close()

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item = queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        abandoned.set()
        _empty(queue)
        thread.join()


@dataclass(frozen=True)
class _End:
    error: BaseException | None = None


def _empty(queue: Queue[Any]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        return


def map_parallel(
    work: Callable[[S], T], items: Iterable[S], *, n_threads: int, begin: Callable[[], None] = lambda: None
) -> Generator[T]:
    """Yield what the work makes of every item, in their order; ``n_threads`` items are worked on at once.

    At most ``n_threads`` + 1 items have been taken whose result was not. Where the work fails, the consumer
    gets the exception in its place; where the items fail, at once. Then, or where it stops early, nothing new
    is begun.

    Parameters
    ----------
    work : callable
        Called in several threads.
    items : iterable
        Used by the consumer's thread alone.
    n_threads : int
    begin : callable
        Called by each of the threads first.
    """
    pool = ThreadPoolExecutor(n_threads, initializer=begin)
    under_way: deque[Future[T]] = deque()
    try:
        for item in items:
            under_way.append(pool.submit(work, item))
            if len(under_way) > n_threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
