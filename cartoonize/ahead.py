"""Stages side by side: a part of the chain works in a thread of its own, a few items ahead of the next."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds after which a thread that waits looks whether anybody still wants what it has.
_PATIENCE = 0.1


def ahead(items: Iterable[T], *, size: int) -> Generator[T]:
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
