"""Painting a frame in the page, in a real browser: with the mouse and with keys alone."""

from __future__ import annotations

import re
import time

import cv2
import numpy as np
import pytest

from cartoonize.review.canvas import grey_frame
from cartoonize.tasks.suggest import suggestions_folder
from tests.support.browser import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def paint(film, serve, opened, colored):
    """Return a function that opens a frame for painting, and a function that returns what was saved."""
    address, _ = serve(colored)

    def open_frame(index, **size):
        page = opened(address, **size)
        page.locator(".tile").first.wait_for()
        page.evaluate(f"location.hash = 'draw/{film.key}/e1-{index:06d}.png'")
        page.locator("canvas.draws").wait_for()
        page.wait_for_timeout(200)
        return page

    def saved(index):
        return cv2.imread(
            str(suggestions_folder(colored, film.source) / f"e1-{index:06d}.png"), cv2.IMREAD_UNCHANGED
        )

    return open_frame, saved


def wait_for(page, until):
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        page.wait_for_timeout(30)


def place(page, x, y, width=96, height=64):
    """Return the place on the screen of a pixel of the picture, which is not zoomed."""
    box = page.locator("canvas.draws").bounding_box()
    scale = min((box["width"] - 24) / width, (box["height"] - 24) / height)
    left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
    return box["x"] + left + (x + 0.5) * scale, box["y"] + top + (y + 0.5) * scale


def choose_color(page, hue, strength):
    for name, value in (("Hue", hue), ("Strength", strength)):
        slider = page.get_by_role("slider", name=name)
        slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input')); }", value)
    page.locator("#main").focus()


def expected(grey, hue, chroma):
    """Return blue, green and red of paint on a grey: CIE L of the grey, and this hue and chroma."""
    lightness = cv2.cvtColor(np.float32([[[grey / 255] * 3]]), cv2.COLOR_RGB2LAB)[0, 0, 0]
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    return cv2.cvtColor(np.float32([[[lightness, a, b]]]), cv2.COLOR_LAB2BGR)[0, 0] * 255


def check(picture, grey, x, y, hue, chroma):
    """The region of a pixel has the colour, and what is of another grey is transparent."""
    *color, alpha = picture[y, x].tolist()
    assert alpha == 255
    np.testing.assert_allclose(color, expected(grey[y, x], hue, chroma), atol=3)
    _, regions = cv2.connectedComponents((grey == grey[y, x]).astype(np.uint8), connectivity=4)
    assert (picture[..., 3][regions == regions[y, x]] == 255).all()
    assert (picture[..., 3][abs(grey.astype(int) - grey[y, x]) > 24] == 0).all()
    hidden = picture[picture[..., 3] == 0]
    assert (hidden[:, :3] == grey[picture[..., 3] == 0][:, None]).all()


def test_a_region_is_filled_saved_and_opened_again(paint, film):
    open_frame, saved = paint
    page, grey = open_frame(4), grey_frame(film, 4)
    page.get_by_text("Strokes stay on what they touch").wait_for()
    page.keyboard.press("f")
    page.get_by_text("A filled thing gets this colour in its whole shot").wait_for()
    choose_color(page, 140, 30)
    page.mouse.click(*place(page, 50, 5))
    page.get_by_text("Not saved").wait_for()
    page.keyboard.press("Control+s")
    page.get_by_text("Saved: e1-000004.png").wait_for()
    check(saved(4), grey, 50, 5, 140, 30)

    page.keyboard.press("b")
    page.mouse.move(*place(page, 10, 30))
    page.mouse.down()
    page.mouse.move(*place(page, 60, 50), steps=5)
    page.mouse.up()
    button = page.get_by_role("button", name="Undo: brush")
    button.wait_for()
    page.keyboard.press("z")
    page.get_by_role("button", name="Redo: brush").wait_for()
    page.keyboard.press("Control+Shift+Z")
    button.wait_for()
    page.keyboard.press("Control+z")
    before = saved(4)
    wait_for(page, lambda: page.locator(".saved-state").inner_text() == "Saved")
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Paint frames").wait_for()

    tile = page.locator(".pictures li.painted")
    tile.wait_for()
    tile.get_by_role("link", name="Paint here").click()
    page.get_by_role("button", name="Saved paint", exact=True).wait_for()
    page.keyboard.press("e")
    page.keyboard.press("]")
    page.mouse.click(*place(page, 50, 5))
    page.get_by_text("Not saved").wait_for()
    page.keyboard.press("s")
    wait_for(page, lambda: page.locator(".saved-state").inner_text() == "Saved")
    after = saved(4)
    changed = (before != after).any(-1)
    assert changed[5, 50] and (after[changed][:, 3] == 0).all()
    assert (after[..., 3] > 0).sum() > 300

    page.get_by_role("button", name="Add a layer").click()
    page.get_by_role("button", name="Delete Saved paint").click()
    page.keyboard.press("s")
    page.get_by_text("No paint is left. Removed: e1-000004.png").wait_for()
    assert saved(4) is None
    page.keyboard.press("z")
    page.keyboard.press("s")
    wait_for(page, lambda: saved(4) is not None)


def test_a_region_is_filled_with_keys_alone(paint, film):
    open_frame, saved = paint
    page, grey = open_frame(16, width=820, height=1180), grey_frame(film, 16)
    page.keyboard.press("c")
    for key in (*["Shift+ArrowUp"] * 2, "ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.get_by_text("Not saved").wait_for()
    page.keyboard.press("s")
    page.get_by_text("Saved: e1-000016.png").wait_for()
    x, y = 49, 12
    picture = saved(16)
    check(picture, grey, x, y, 30, 45)

    page.keyboard.press("i")  # the colour below the cross is that of the paint
    page.keyboard.press("Enter")
    page.get_by_text("strength 45").first.wait_for()
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+Enter")  # a line
    page.get_by_role("button", name="Undo: rubber").wait_for()
    page.keyboard.press("z")
    page.keyboard.press("z")
    wait_for(page, lambda: page.locator(".saved-state").inner_text() == "Saved")


def test_a_colour_is_taken_from_another_frame(paint, film):
    open_frame, saved = paint
    page = open_frame(2)
    other = page.locator(".side canvas")
    wait_for(page, lambda: other.get_attribute("aria-label"))
    page.get_by_role("combobox", name="Shot").select_option(index=1)
    page.get_by_text("Frame 17 of e1").wait_for()
    other.scroll_into_view_if_needed()
    other.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    said = page.get_by_text(re.compile("Colour taken: .*"))
    said.wait_for()
    strength = int(said.inner_text().split()[-1])
    shown = page.locator(".side section").first.locator("p.row").inner_text()
    assert shown.endswith(f"strength {strength}")
    color = other.evaluate(
        """(canvas) => {
            canvas.blur();
            const context = canvas.getContext("2d"), { width, height } = canvas;
            return [...context.getImageData(width / 2, height * 0.52, 1, 1).data].slice(0, 3);
        }"""
    )
    lab = cv2.cvtColor(np.float32([[color]]) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert abs(np.hypot(*lab[1:]) - strength) < 4
    page.keyboard.press("f")
    page.mouse.click(*place(page, 50, 5))
    page.keyboard.press("s")
    page.get_by_text("Saved: e1-000002.png").wait_for()
    painted = saved(2)[5, 50, :3].astype(np.float32)[None, None] / 255
    got = cv2.cvtColor(painted, cv2.COLOR_BGR2LAB)[0, 0, 1:]
    assert np.hypot(*(got - lab[1:])) < 5


def test_the_paints_of_the_series_are_offered(paint, film):
    open_frame, saved = paint
    page = open_frame(2)
    page.get_by_role("heading", name="Paints this light").wait_for()
    button = page.get_by_role("button", name=re.compile("^The series: ")).first
    words = button.get_attribute("aria-label").partition(": ")[2]
    button.click()
    page.locator(".side section").first.locator("p", has_text=words).wait_for()


def test_leaving_with_unsaved_paint_asks_first(paint, film):
    open_frame, saved = paint
    page = open_frame(7)
    page.keyboard.press("f")
    page.mouse.click(*place(page, 50, 5))
    page.get_by_role("link", name="Shots").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    assert "draw/" in page.url and page.locator("canvas.draws").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("button", name="Save and leave").click()
    page.get_by_role("heading", name="Paint frames").wait_for()
    assert (saved(7)[..., 3] > 0).any()


def test_layers_are_added_hidden_and_deleted(paint, film):
    open_frame, saved = paint
    page = open_frame(9)
    page.keyboard.press("f")
    page.mouse.click(*place(page, 50, 5))
    page.get_by_role("button", name="Add a layer").click()
    page.locator("#main").focus()
    page.keyboard.press("b")
    page.mouse.click(*place(page, 80, 60))
    page.get_by_role("button", name="Hide Layer 1").click()
    page.keyboard.press("s")
    page.get_by_text("without the hidden layers").wait_for()
    picture = saved(9)
    assert picture[60, 80, 3] == 255 and picture[5, 50, 3] == 0
    page.get_by_role("button", name="Delete Layer 2").click()
    assert page.get_by_role("button", name="Layer 2", exact=True).count() == 0
    page.keyboard.press("z")
    page.get_by_role("button", name="Layer 2", exact=True).wait_for()
    page.keyboard.press("z")
    page.get_by_role("button", name="Hide Layer 1", exact=True).wait_for()


def test_a_shot_leads_to_its_frame_and_back(colored, film, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("o")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    page.locator("canvas.draws").wait_for()
    assert page.url.endswith("/e1-000001.png")
    page.keyboard.press("a")
    page.get_by_role("radio", name="Automatic colours").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.get_by_text(re.compile("frame 1$")).wait_for()  # at the same frame


def test_a_picture_of_an_unknown_frame_says_so(colored, film, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.evaluate(f"location.hash = 'draw/{film.key}/mine.png'")
    page.get_by_text("It is not known which frame mine.png shows").wait_for()


def test_a_dropped_picture_says_where_it_belongs_and_is_painted_there(colored, film, serve, opened, tmp_path):
    grey = grey_frame(film, 16)
    rgba = np.dstack([grey, grey // 2, grey, np.full_like(grey, 255)])
    noise = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    for name, picture in (("mine.png", rgba), ("other.png", noise)):
        cv2.imwrite(str(tmp_path / name), picture)
    page = opened(serve(colored)[0])
    page.get_by_role("link", name="Paint", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add painted pictures of e1").click()
    chooser.value.set_files([str(tmp_path / "mine.png"), str(tmp_path / "other.png")])
    page.get_by_text("Frame at 0:01.3").wait_for()
    page.get_by_text("No frame of this film looks like it").wait_for()
    assert page.get_by_role("link", name="Paint here").count() == 1
    page.get_by_role("link", name="Paint here").click()
    page.get_by_role("button", name="Saved paint", exact=True).wait_for()
    assert "frame 16" in page.locator(".label.left").inner_text()


def test_the_picture_is_zoomed_and_moved_under_the_pointer(paint, film):
    open_frame, saved = paint
    page = open_frame(3)
    x, y = place(page, 30, 20)
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -300)
    for _ in range(30):
        page.keyboard.press("[")
    assert page.get_by_text("1 px", exact=True).is_visible()
    page.mouse.click(x, y)  # the wheel zooms at the pointer
    page.keyboard.down("Space")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    page.keyboard.up("Space")
    page.mouse.click(x + 60, y + 40)  # the same pixel, with nothing new to undo
    page.mouse.move(x + 60, y + 40)
    page.mouse.down(button="middle")
    page.mouse.move(x, y, steps=4)
    page.mouse.up(button="middle")
    page.keyboard.press("s")
    page.get_by_text("Saved: e1-000003.png").wait_for()
    assert np.argwhere(saved(3)[..., 3] > 0).tolist() == [[20, 30]]
    page.keyboard.press("z")
    page.get_by_role("button", name="Nothing to undo").wait_for()


def test_what_the_tools_change(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    filled, dot, two, line, outside = page.evaluate(
        """async () => {
            const { brush, fill } = await import("/static/paint_tools.js");
            const grey = Uint8Array.from([
                200, 190, 90, 200,
                195, 90, 200, 200,
                204, 205, 90, 200,
            ]);
            const picture = { width: 4, height: 3, grey };
            const pixels = (use) => {
                const all = new Set();
                use((k) => all.add(k));
                return [...all].sort((a, b) => a - b);
            };
            let rect;
            const filled = pixels((put) => { rect = fill(picture, 0, 0, 10, put); });
            const at = (x, y) => ({ x, y });
            return [
                { filled, rect },
                pixels((put) => brush(picture, at(2.9, 1.1), at(2.9, 1.1), 1, put)),
                pixels((put) => brush(picture, at(1.9, 1.1), at(1.9, 1.1), 2, put)),
                pixels((put) => brush(picture, at(0, 0), at(3.9, 0), 1, put)),
                brush(picture, at(90, 90), at(95, 95), 5, () => {}),
            ];
        }"""
    )
    # Regions that only touch at a corner, and what is beyond a darker line, stay as they are.
    assert filled == {"filled": [0, 1, 4, 8, 9], "rect": {"x": 0, "y": 0, "width": 2, "height": 3}}
    assert dot == [6] and two == [1, 2, 5, 6] and line == [0, 1, 2, 3] and outside is None


def test_paint_keeps_the_lightness_of_the_film(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    colors = page.evaluate(
        """async () => {
            const { colorsOnGreys } = await import("/static/paint.js");
            const hues = [0, 40, 90, 140, 200, 260, 300, 340];
            return hues.map((hue) => [...colorsOnGreys({ hue, chroma: 100 })]);
        }"""
    )
    rgb = np.float32(colors).reshape(8, 256, 3) / 255
    lightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0]
    greys = np.repeat(np.arange(256, dtype=np.float32)[None, :, None] / 255, 3, 2)
    np.testing.assert_allclose(
        lightness, np.repeat(cv2.cvtColor(greys, cv2.COLOR_RGB2LAB)[..., 0], 8, 0), atol=0.8
    )
