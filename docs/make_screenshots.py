"""Take the pictures of the page of `cartoonize review` for the documentation.

python docs/make_screenshots.py WORKSPACE     docs/pictures/review-*.png, from a copy of the demonstration
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
_SIZE = {"width": 1280, "height": 720}


def take(page: Page, address: str) -> None:
    """Walk through the page and save a picture of each view."""
    page.goto(address)
    page.locator('.tile[aria-selected="true"] img:not([hidden])').wait_for()
    page.wait_for_timeout(2000)
    save(page, "review-shots")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Ready to correct. Click").wait_for()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")  # after the fade
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.17 * box["width"], box["y"] + 0.25 * box["height"])
    page.get_by_text("The outline shows the thing").wait_for()
    page.get_by_text("Paints this light").wait_for()
    page.locator(".alike img").first.wait_for()
    page.wait_for_timeout(1000)
    save(page, "review-thing")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Paints", exact=True).click()
    page.locator(".paint-rows img").first.wait_for()
    page.wait_for_timeout(2000)
    save(page, "review-paints")
    page.get_by_role("link", name="Paint", exact=True).click()
    page.locator(".pictures li").first.wait_for()
    page.wait_for_timeout(2000)
    save(page, "review-paint")
    page.get_by_role("link", name="Paint here").nth(2).click()
    page.locator("canvas.draws").wait_for()
    box = page.locator("canvas.draws").bounding_box()
    assert box is not None
    page.keyboard.press("f")
    for x, y, hue in ((0.6, 0.79, 125), (0.48, 0.66, 30), (0.31, 0.69, 60), (0.45, 0.3, 255)):
        slider = page.get_by_role("slider", name="Hue")
        slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input')); }", hue)
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_timeout(500)
    save(page, "review-draw")


def save(page: Page, name: str) -> None:
    """Save the window as a PNG of 256 colours."""
    path = PICTURES / f"{name}.png"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Start the page on a copy of the workspace, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = shutil.copytree(sys.argv[1], Path(folder) / "workspace")
        command = [sys.executable, "-m", "cartoonize", "review", "--no-browser", "-w", str(workspace)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with sync_playwright() as playwright:
                chromium = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
                page.set_default_timeout(120_000)
                take(page, address)
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
