"""Review work: a long session on the review page in a browser: how long one waits, and its memory.

python -m benchmarks.review_work WORKSPACE -n 200 -o work.json

Each action picks a thing at a random place of a shot and gives it a colour, or makes it grey. After ten
actions comes the next shot, which plays for two seconds. The times are those that a person sees: from the key
until the picture has changed, and until the shot has its new colours. Needs Chromium and Playwright. The
workspace gets corrections: work on a copy.

With --shots, the list of shots is lengthened to so many. Then the time until it is shown and the times of
frames while it scrolls are measured instead.
"""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.measure import hardware
from benchmarks.review_client import ReviewClient

#: Actions in each shot, and seconds for which the shot plays first.
_PER_SHOT, _PLAYS = 10, 2.0

#: Wait until the colour of the canvas at a place is another one; return the seconds since ``began``, or -1.
_CHANGED = """async ([x, y, before, began]) => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    while (performance.now() - began < 5000) {
        const canvas = document.querySelector("canvas");
        copy.drawImage(canvas, -x * canvas.width, -y * canvas.height);
        const now = [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
        if (!before) return now;
        const isOther = now.some((value, k) => Math.abs(value - before[k]) > 4);
        if (isOther) return (performance.now() - began) / 1000;
        await frame();
    }
    return -1;
}"""

_SCROLL = """async () => {
    const grid = document.querySelector(".grid");
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const times = [];
    for (let k = 0; k < 200; k++) {
        const began = performance.now();
        grid.scrollTop += 900;
        await frame();
        grid.getBoundingClientRect();
        times.push((performance.now() - began) / 1000);
    }
    return times;
}"""


@click.command()
@click.argument("workspace", type=click.Path(exists=True, path_type=Path))
@click.option("-n", "--actions", default=200, show_default=True, help="Number of actions.")
@click.option("--shots", type=int, help="Lengthen the list of shots, and measure the list alone.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Result as JSON.")
def main(workspace: Path, actions: int, shots: int | None, output: Path) -> None:
    """Work on the page as a person does, and write how long that took."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import CHROMIUM, QUIET

    if shots:
        _lengthen(workspace, shots)
    with ReviewClient(workspace) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        page.goto(client.address)
        found = _list(page) if shots else _work(client, page, actions)
        browser.close()
    output.write_text(json.dumps({"hardware": hardware(), **found}, indent=1) + "\n", encoding="utf-8")
    for name, values in found.items():
        if isinstance(values, list) and values and isinstance(values[0], float):
            print(f"{name}: median {np.median(values):.3f}, 95th percentile {np.percentile(values, 95):.3f}")
        else:
            print(f"{name}: {values}")


def _list(page: Any) -> dict[str, Any]:
    page.locator(".tile").first.wait_for()
    page.reload()
    page.locator(".tile").first.wait_for()
    shown = page.evaluate("() => performance.now() / 1000")  # since the navigation began
    return {"list_is_shown": round(shown, 3), "scrolled_frames": page.evaluate(_SCROLL)}


def _work(client: ReviewClient, page: Any, n: int) -> dict[str, Any]:
    dice, films = random.Random(0), client.get("/api/films")["films"]
    shots = [(film["key"], row[0], row[1]) for film in films for row in film["shots"]]
    heap = page.context.new_cdp_session(page)
    heap.send("Performance.enable")
    frame_seconds, shot_seconds, pick_seconds, memory = [], [], [], []
    for number in range(n):
        if number % _PER_SHOT == 0:
            film, start, stop = shots[(number // _PER_SHOT) % len(shots)]
            page.evaluate("(hash) => { location.hash = hash; }", f"shot/{film}/{start}")
            page.get_by_text("Ready to correct. Click").wait_for()
            page.keyboard.press("Space")
            page.wait_for_timeout(1000 * _PLAYS)
            page.keyboard.press("Space")
            page.keyboard.press("Home")
            for _ in range(dice.randrange(min(stop - start, 12))):
                page.keyboard.press("ArrowRight")
        x, y = dice.uniform(0.15, 0.85), dice.uniform(0.2, 0.8)
        box = page.locator("canvas").bounding_box()
        began = page.evaluate("() => performance.now()")
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.get_by_text("The outline shows the thing").wait_for()
        pick_seconds.append((page.evaluate("() => performance.now()") - began) / 1000)
        before = page.evaluate(_CHANGED, [x, y, None, began])
        began = page.evaluate("() => performance.now()")
        page.keyboard.press("x" if number % 2 else "1")
        changed = page.evaluate(_CHANGED, [x, y, before, began])
        if changed > 0:  # else the thing had this colour
            frame_seconds.append(changed)
        page.get_by_text("The shot gets its new colours").wait_for(state="detached")
        if changed > 0:
            shot_seconds.append((page.evaluate("() => performance.now()") - began) / 1000)
        page.keyboard.press("Escape")
        if number % _PER_SHOT == _PER_SHOT - 1:
            metrics = {one["name"]: one["value"] for one in heap.send("Performance.getMetrics")["metrics"]}
            memory.append({"actions": number + 1, "server_mib": round(client.memory),
                           "page_heap_mib": round(metrics["JSHeapUsedSize"] / 2**20, 1)})  # fmt: skip
            print(memory[-1], flush=True)
    return {"pick_seconds": pick_seconds, "frame_seconds": frame_seconds, "shot_seconds": shot_seconds,
            "memory": memory}  # fmt: skip


def _lengthen(workspace: Path, n: int) -> None:
    """Repeat the first shot of the film until its confidence file has so many."""
    from cartoonize.tracking.confidence_file import read_confidence, write_confidence

    (path,) = (workspace / "out").glob("*.confidence.json")
    confidence = read_confidence(path)
    one = confidence.shots[0]
    length = one.stop - one.start
    shots = tuple(
        replace(one, shot=k, start=length * k, stop=length * (k + 1), seconds=float(k)) for k in range(n)
    )
    write_confidence(path, replace(confidence, shots=shots))


if __name__ == "__main__":
    main()
