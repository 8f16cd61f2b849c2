"""Events: what changes is sent to every open page, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

#: Seconds after which an idle connection gets a comment, so that a closed one is noticed.
_KEEP_ALIVE = 15.0
#: Number of events that may wait for a page. A slower page gets the latest ones.
_N_WAITING = 64


class Events:
    """The open pages. Any thread may publish; pages are served by the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._is_closed = False

    def publish(self, name: str, data: Any) -> None:
        """Send an event to all pages.

        Parameters
        ----------
        name : str
            Name of the event.
        data
            Value that JSON can represent.
        """
        text = f"event: {name}\ndata: {json.dumps(data)}\n\n"
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, text)

    def close(self) -> None:
        """End all connections, so that the server can end."""
        self._is_closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, None)

    async def subscribe(self) -> AsyncIterator[str]:
        """Yield the text of events from now on, until the server ends."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue(_N_WAITING)
        self._pages.add(queue)
        try:
            yield ": connected\n\n"
            while not self._is_closed:
                try:
                    text = await asyncio.wait_for(queue.get(), _KEEP_ALIVE)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._pages.discard(queue)

    def _send(self, text: str | None) -> None:
        for queue in self._pages:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(text)
