"""The whole story in a browser, with keys alone: from an empty workspace to an exported film."""

from __future__ import annotations

import re

import av
import cv2
import numpy as np
import pytest

from cartoonize.annotations.palettes import Paint, palette_content
from cartoonize.sample.options import SampleOptions
from cartoonize.tasks.sample import sample
from cartoonize.workspace import Workspace
from tests.support.browser import NEEDS_CHROMIUM

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.slow, pytest.mark.timeout(1500)]

#: Milliseconds in which a film is learned and coloured, on a slow machine beside other work.
LONG = 900_000


def press(page, role, name, key="Enter"):
    """Press a key on a control, as a person does who has moved to it."""
    page.get_by_role(role, name=name).first.press(key)


def finished(page, words):
    """Wait for the end of a job, and fail at once if it fails."""
    done = page.get_by_text(words).first
    failed = page.get_by_role("alert").first
    done.or_(failed).wait_for(timeout=LONG)
    assert not failed.is_visible(), failed.inner_text()


def learn(page, grey, known):
    """Choose the films, and learn."""
    for title, path in (("Films in colour", known), ("Films to colour", grey)):
        page.get_by_role("region", name=title).get_by_role("button", name="Choose…").press("Enter")
        dialog = page.get_by_role("dialog")
        # The list comes after the dialog. It begins at the last chosen folder, if there is one.
        folder, film = dialog.get_by_role("button", name="series"), dialog.get_by_label(path.name)
        folder.or_(film).first.wait_for()
        if folder.is_visible():
            folder.press("Enter")
        film.press("Space")
        dialog.get_by_role("button", name="Choose 1 film").press("Enter")
        page.get_by_text(path.name).wait_for()
    page.get_by_label("Length of the training").select_option(label="A quick look: a tenth of it")
    press(page, "button", "Learn and colour")
    finished(page, "The films are coloured.")


def correct(page):
    """Correct two things in the worst shot, take one back, and return the place of the shot."""
    press(page, "link", "Shots")
    page.locator('.tile[aria-selected="true"] img:not([hidden])').wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Ready to correct. Click").wait_for()
    shot = page.url.partition("#")[2]
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.get_by_text("The outline shows the thing").wait_for()
    page.keyboard.press("x")
    page.locator(".given li").first.wait_for()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    page.keyboard.press("1")
    page.wait_for_timeout(1000)
    n_given = page.locator(".given li").count()
    page.keyboard.press("z")
    page.wait_for_function("n => document.querySelectorAll('.given li').length < n || n < 2", arg=n_given)
    assert page.locator(".given li").count() >= 1
    return shot


def use_palette(page, shot, path):
    """Give a thing the paint of a palette."""
    magenta = [
        cv2.cvtColor(np.float32([[[level, 60, -40]]]), cv2.COLOR_LAB2RGB)[0, 0] for level in range(8, 99, 8)
    ]
    colors = ["#" + "".join(f"{round(255 * v):02x}" for v in np.clip(color, 0, 1)) for color in magenta]
    path.write_bytes(palette_content([Paint(color, "Magenta") for color in colors], "gpl"))
    press(page, "link", "Paints")
    page.locator('input[type="file"]').set_input_files(path)
    page.get_by_role("region", name="mine.gpl").wait_for()
    press(page, "button", re.compile("^Fix the paint"))
    page.locator('[aria-pressed="true"][data-id^="lock-"]').wait_for()
    page.evaluate(f"location.hash = {shot!r}")
    page.get_by_text("Ready to correct. Click").wait_for()
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.get_by_text("The outline shows the thing").wait_for()
    press(page, "button", re.compile("Use Magenta of mine.gpl"))
    page.wait_for_timeout(500)
    page.keyboard.press("c")


def paint(page):
    """Paint a part of a frame, and let all films have the corrections."""
    page.keyboard.press("p")
    page.locator("canvas.draws").wait_for()
    page.wait_for_timeout(500)
    page.keyboard.press("f")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.keyboard.press("s")
    page.get_by_text(re.compile("Saved: ")).first.wait_for()
    press(page, "link", re.compile("^Paint$"))
    press(page, "button", re.compile("Colour the films"))
    finished(page, "The films are coloured.")


def export(page):
    """Accept a shot, and write the film."""
    press(page, "link", "Shots")
    page.locator(".grid").press("a")
    page.get_by_text(re.compile("Accepted: ")).first.wait_for()
    press(page, "link", "Export")
    page.get_by_label("Format").select_option("ffv1")
    press(page, "button", "Write the films")
    finished(page, "The films are written.")


def test_from_an_empty_workspace_to_an_exported_film(serve, opened, tmp_path):
    options = SampleOptions(n_episodes=2, seconds=6, height=144, width=192)
    grey, known = (episode.path for episode in sample(tmp_path / "series", options=options))
    workspace = Workspace(tmp_path / "work")
    workspace.root.mkdir()
    page = opened(serve(workspace)[0])
    learn(page, grey, known)
    shot = correct(page)
    use_palette(page, shot, tmp_path / "mine.gpl")
    paint(page)
    export(page)
    (written,) = (workspace.root / "export").rglob("*.mkv")
    with av.open(str(written)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 6 * 24
    spread = np.mean([frame.max(-1).astype(int) - frame.min(-1) for frame in frames])
    assert spread > 8  # it has colours
    assert (workspace.reports / "report.html").stat().st_size > 10_000
