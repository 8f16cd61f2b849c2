"""Events: what changes is sent to every page."""

import asyncio
import json
from threading import Thread

from cartoonize.review.events import Events


def test_all_pages_get_what_a_thread_publishes_until_the_server_ends():
    events = Events()

    async def page():
        return [text async for text in events.subscribe()]

    async def serve():
        pages = [asyncio.create_task(page()) for _ in range(2)]
        await asyncio.sleep(0)
        thread = Thread(target=lambda: [events.publish("state", {"version": n}) for n in (1, 2)])
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        events.close()
        return await asyncio.gather(*pages)

    for told in asyncio.run(serve()):
        first, *rest = told
        assert first.startswith(":")
        assert [json.loads(text.split("data: ")[1])["version"] for text in rest] == [1, 2]
        assert all(text.startswith("event: state\n") and text.endswith("\n\n") for text in rest)


def test_a_slow_page_gets_the_latest_events():
    events = Events()

    async def serve():
        stream = events.subscribe()
        await anext(stream)
        for n in range(500):
            events.publish("job", {"n": n})
        await asyncio.sleep(0.01)
        told = [json.loads((await anext(stream)).split("data: ")[1])["n"] for _ in range(3)]
        await stream.aclose()
        return told

    assert asyncio.run(serve()) == [436, 437, 438]  # 64 wait


def test_without_pages_nothing_waits():
    events = Events()
    events.publish("state", {})
    events.close()
