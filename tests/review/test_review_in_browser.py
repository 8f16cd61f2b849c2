"""The page in a real browser: from an empty workspace to an accepted shot, with the keyboard."""

from __future__ import annotations

import re
import time

import cv2
import pytest

from cartoonize.workspace import Workspace
from tests.support.browser import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM


def pixel(page, x, y):
    """Return the colour of the canvas at a place, as shares of its size."""
    return page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector("canvas");
            const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, -x * canvas.width, -y * canvas.height);
            return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        [x, y],
    )


def is_grey(color):
    return max(color) - min(color) < 12


def wait_for(page, until):
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        page.wait_for_timeout(30)


def frame_number(page):
    return int(page.locator(".time").first.inner_text().split()[-1])


def test_from_the_shots_to_an_accepted_one_with_keys_alone(colored, serve, opened):
    address, _ = serve(colored)
    page = opened(address)
    page.locator('.tile[aria-selected="true"] img:not([hidden])').wait_for()
    assert "token" not in page.url
    assert page.locator(".tile").count() == 2
    assert page.get_by_role("radio", name="To look at 2").get_attribute("aria-checked") == "true"

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    wait_for(page, lambda: not is_grey(pixel(page, 0.5, 0.5)) or not is_grey(pixel(page, 0.4, 0.2)))
    first = frame_number(page)
    page.keyboard.press("ArrowRight")
    assert frame_number(page) == first + 1
    page.keyboard.press("Shift+ArrowRight")
    assert frame_number(page) == first + 11
    page.keyboard.press("Home")

    colors = [(x, y) for x in (0.3, 0.4, 0.5, 0.6) for y in (0.2, 0.5, 0.8)]
    assert not all(is_grey(pixel(page, *at)) for at in colors)
    page.keyboard.down("g")
    wait_for(page, lambda: all(is_grey(pixel(page, *at)) for at in colors))
    page.keyboard.up("g")
    wait_for(page, lambda: not all(is_grey(pixel(page, *at)) for at in colors))

    page.keyboard.press("w")  # grey on the left, colour on the right
    wait_for(page, lambda: all(is_grey(pixel(page, x, y)) for x, y in colors if x < 0.49))
    assert not all(is_grey(pixel(page, x, y)) for x, y in colors if x > 0.51)
    page.keyboard.press("w")

    page.keyboard.press("a")
    page.get_by_text("Accepted: 0:0").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Accepted 1").wait_for()
    assert page.get_by_text("50% of the film accepted").is_visible()
    page.keyboard.press("z")
    page.get_by_role("radio", name="Accepted 0").wait_for()
    page.keyboard.press("Shift+z")
    page.get_by_role("radio", name="Accepted 1").wait_for()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").get_by_text("List the keys").is_visible()


def test_it_plays_at_the_speed_of_the_film(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.evaluate(
        """() => {
            window.seen = [];
            const time = document.querySelector(".time");
            new MutationObserver(() => {
                const number = Number(time.textContent.split(" ").pop());
                const last = window.seen.at(-1);
                if (!last || last[0] !== number) window.seen.push([number, performance.now()]);
            }).observe(time, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.keyboard.press("Space")
    wait_for(page, lambda: page.evaluate("window.seen.length") > 24)  # all frames are loaded
    page.evaluate("window.seen = []")
    page.wait_for_timeout(2000)
    seen = page.evaluate("window.seen")
    page.keyboard.press("Space")
    steps = [(later - earlier) % 12 for (earlier, _), (later, _) in zip(seen, seen[1:], strict=False)]
    rate = 1000 * sum(steps) / (seen[-1][1] - seen[0][1])
    assert rate == pytest.approx(12, rel=0.15)  # the rate of the film
    assert steps.count(1) > len(steps) / 2


def test_two_pages_see_each_other_and_a_restart_loses_nothing(colored, serve, opened):
    address, server = serve(colored)
    one = opened(address)
    two = opened(address, width=768, height=1024)
    for page in (one, two):
        page.locator(".tile").first.wait_for()
    one.keyboard.press("a")
    two.get_by_role("radio", name="Accepted 1").wait_for()
    two.keyboard.press("a")
    one.get_by_role("radio", name="Accepted 2").wait_for()
    for page in (one, two):
        page.goto("about:blank")
    server.kill()
    server.wait()
    server.wait = lambda timeout: 0
    page = opened(serve(colored)[0])
    page.get_by_role("radio", name="Accepted 2").wait_for()
    page.keyboard.press("z")
    page.get_by_role("radio", name="Accepted 1").wait_for()


def test_an_empty_workspace_asks_for_films(serve, opened, films, tmp_path):
    (tmp_path / "series").symlink_to(films)  # it leads out of the home folder, so it is not shown
    (tmp_path / "grey").mkdir()
    (tmp_path / "grey" / "old.mkv").write_bytes((films / "grey.mkv").read_bytes())
    page = opened(serve(Workspace(tmp_path / "new"))[0])
    page.get_by_role("heading", name="Colour a series").wait_for()
    start = page.get_by_role("button", name="Learn and colour")
    assert start.is_disabled()
    page.get_by_role("region", name="Films to colour").get_by_role("button", name="Choose").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="grey").click()
    assert dialog.get_by_text("series").count() == 0
    dialog.get_by_label("old.mkv").check()
    dialog.get_by_role("button", name="Choose 1 film").click()
    page.get_by_text("old.mkv").wait_for()
    start.click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "There is nothing to learn colours from" in alert.inner_text()
    assert page.get_by_role("button", name="Try again").is_visible()


def test_ten_thousand_shots_are_not_all_drawn(colored, serve, opened):
    from dataclasses import replace

    from cartoonize.tracking.confidence_file import confidence_path, read_confidence, write_confidence

    path = confidence_path(colored.out / "e1.mkv")
    confidence = read_confidence(path)
    one = replace(confidence.shots[0], regions=())
    shots = tuple(replace(one, shot=k, start=12 * k, stop=12 * k + 12, seconds=k) for k in range(10_000))
    write_confidence(path, replace(confidence, shots=shots))
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("End")
    last = page.locator('.tile[aria-selected="true"]')
    wait_for(page, lambda: last.get_attribute("aria-posinset") == "10000")
    assert last.is_visible() and page.locator(".tile").count() < 100
    slowest = page.evaluate(
        """async () => {
            const grid = document.querySelector(".grid");
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            let slowest = 0;
            for (let k = 0; k < 40; k++) {
                const started = performance.now();
                grid.scrollTop -= 3000;
                await frame();
                grid.getBoundingClientRect();
                slowest = Math.max(slowest, performance.now() - started);
            }
            return slowest;
        }"""
    )
    assert page.locator(".tile").count() < 100
    assert slowest < 500  # far from the seconds that drawing all of them takes


def test_a_thing_is_picked_gets_a_colour_and_the_undo_takes_it_back(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("o")  # in the order of the film
    page.locator(".tile").first.dblclick()
    page.get_by_text("Ready to correct. Click").wait_for()
    wait_for(page, lambda: page.evaluate("document.querySelector('canvas').width") > 300)
    box = page.locator("canvas").bounding_box()
    middle = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.53  # in the red box
    before = pixel(page, 0.5, 0.53)
    page.mouse.click(*middle)
    page.get_by_text("The outline shows the thing").wait_for()
    outlined = pixel(page, 0.5, 0.53)
    assert page.locator(".likely button").count() >= 1

    hue = page.get_by_role("slider", name="Hue")
    hue.focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("PageUp")  # to green
    page.get_by_role("slider", name="Strength").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_text("Given in this shot").wait_for()

    def is_green():
        red, green, blue = pixel(page, 0.5, 0.53)
        return green > 1.2 * max(red, blue)

    wait_for(page, is_green)
    page.get_by_text("1 correction waits for the other shots").wait_for()
    wait_for(page, lambda: page.get_by_text("gets its new colours").count() == 0)
    page.keyboard.press("ArrowRight")  # it is a held drawing, and the whole shot has the colour
    wait_for(page, is_green)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("x")  # leave it grey
    wait_for(page, lambda: is_grey(pixel(page, 0.5, 0.53)))
    page.keyboard.press("z")
    wait_for(page, is_green)
    page.keyboard.press("z")
    wait_for(page, lambda: pixel(page, 0.5, 0.53) == outlined)
    page.keyboard.press("Escape")
    wait_for(page, lambda: pixel(page, 0.5, 0.53) == before)
    assert page.get_by_text("Given in this shot").count() == 0


def test_a_thing_is_picked_with_keys_alone_and_an_accepted_shot_stays(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("o")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.get_by_text("Colour a thing").wait_for()
    page.keyboard.press("c")  # it need not be ready yet
    for key in ("ArrowLeft", "Shift+ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.get_by_text("The outline shows the thing").wait_for()
    page.keyboard.press("e")
    assert page.get_by_role("radio", name="Only this shot").get_attribute("aria-checked") == "true"
    page.keyboard.press("1")
    page.get_by_text(re.compile(r"frames 0 – \d+, only here")).wait_for()
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.get_by_text("Accepted: 0:0").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    page.locator(".tile").first.wait_for()
    page.keyboard.press("4")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.get_by_text("accepted, so its colours stay").wait_for()
    assert page.get_by_role("button", name=re.compile("Remove #")).is_disabled()


def test_a_film_is_exported(colored, serve, opened):
    address, _ = serve(colored)
    page = opened(address)
    page.get_by_role("link", name="Export").click()
    page.get_by_text("1 film, 0% accepted").wait_for()
    assert page.get_by_label("Quality (lower is better)").input_value() == "16"
    page.get_by_label("Format").select_option("ffv1")
    assert page.get_by_label("Quality (lower is better)").count() == 0
    page.get_by_role("button", name="Write the films").click()
    page.get_by_text("Written: 1 film").wait_for()
    assert (colored.root / "export" / "e1.mkv").stat().st_size
    page.reload()  # what was written is known after a restart, too
    page.get_by_text("Written: 1 film").wait_for()


def test_a_painted_frame_is_given_back_and_used(colored, serve, opened):
    address, _ = serve(colored)
    page = opened(address)
    page.get_by_role("link", name="Paint", exact=True).click()
    page.get_by_role("button", name="Choose frames").click()
    first = page.locator(".pictures li").first
    first.wait_for()
    with page.expect_download() as download:
        first.get_by_role("link", name="Save").click()
    picture = cv2.imread(str(download.value.path()))
    picture[..., 1] //= 2
    painted = colored.root / "painted.png"
    cv2.imwrite(str(painted), picture)
    with page.expect_file_chooser() as chooser:
        first.get_by_role("button", name=re.compile("Give the painted picture")).click()
    chooser.value.set_files(str(painted))
    page.locator(".pictures li.painted").wait_for()
    page.get_by_role("button", name="Colour the films (1 new picture)").click()
    page.get_by_role("button", name="No new pictures").wait_for()
    page.keyboard.press("z")
    page.get_by_role("button", name="Colour the films (1 new picture)").wait_for()
    assert page.locator(".pictures li.painted").count() == 0


def test_it_opens_where_it_was_with_the_keys_that_were_changed(colored, serve, opened):
    address, server = serve(colored)
    page = opened(address)
    page.locator('.tile[aria-selected="true"]').wait_for()
    page.keyboard.press("o")  # film order
    page.keyboard.press("?")
    page.get_by_role("button", name="Accept the shot, or reopen it: A. Change this key").first.click()
    page.keyboard.press("j")
    page.get_by_role("button", name="Accept the shot, or reopen it: J. Change this key").first.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.keyboard.press("Shift+ArrowRight")
    place, frame = page.url.partition("#")[2], frame_number(page)
    page.wait_for_timeout(800)
    page.context.close()  # before the server: an open page would ask for events again, in vain
    server.terminate()
    assert server.wait(timeout=20) == 0

    address, _ = serve(colored)
    page = opened(address, 820, 1180)
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.url.partition("#")[2] == place
    wait_for(page, lambda: frame_number(page) == frame)
    page.keyboard.press("Escape")
    assert page.get_by_role("radio", name="Film order").get_attribute("aria-checked") == "true"
    page.keyboard.press("a")  # does nothing now
    page.keyboard.press("j")
    page.get_by_role("radio", name="Accepted 1").wait_for()


def test_a_stroke_gives_several_things_a_colour_and_shows_what_will_change(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("o")
    page.locator(".tile").first.dblclick()
    page.get_by_text("Ready to correct. Click").wait_for()
    box = page.locator("canvas").bounding_box()
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    for share in range(10, 90, 4):
        page.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.get_by_text("things are picked. They get one colour.").wait_for()
    page.keyboard.press("s")  # and all that looks the same
    page.keyboard.press("h")
    assert page.get_by_role("button", name="As another shade of it").get_attribute("aria-pressed") == "true"
    page.get_by_role("slider", name="Hue").focus()
    for _ in range(4):
        page.keyboard.press("PageUp")
    page.get_by_role("slider", name="Strength").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_text("Given in this shot").wait_for()
    assert page.locator(".given li").count() > 1
    page.get_by_role("link", name="See what will change").click()
    page.get_by_text(re.compile("other shots? will change")).wait_for()
    assert page.title().startswith("What will change")
    page.keyboard.press("z")  # one undo for all of them
    page.get_by_text("No correction waits.").wait_for()


def test_a_thing_is_divided_and_cuts_are_corrected_with_keys(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.keyboard.press("o")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.get_by_text("Ready to correct. Click").wait_for()
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.get_by_text("followed from frame 0 to").wait_for()
    page.keyboard.press("1")
    page.get_by_text(re.compile(r"frames 0 – \d\d")).wait_for()
    page.keyboard.press("c")  # the arrows go to other frames again
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    page.get_by_text("frames 0 – 5").wait_for()
    assert page.locator(".timeline .pin").count() == 1 and page.locator(".timeline .split").count() == 1
    page.keyboard.press("z")
    page.get_by_text(re.compile(r"frames 0 – \d\d")).wait_for()
    page.keyboard.press("n")
    page.get_by_text("A shot will begin at frame 6.").wait_for()
    assert page.locator(".timeline .cut").count() == 1
    page.keyboard.press("z")
    wait_for(page, lambda: page.get_by_text("A shot will begin").count() == 0)
    page.keyboard.press("ArrowDown")
    page.get_by_text("Ready to correct. Click").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("v")
    page.get_by_text(re.compile(r"A shot will begin at frame \d+\.")).wait_for()
    assert page.get_by_text(re.compile(r"No shot will begin at frame \d+\.")).count() == 1
    page.get_by_text("3 corrections wait").wait_for()  # with the colour


def test_many_tabs_of_one_browser_hear_each_other(colored, serve, opened):
    """A browser opens six connections to a server. Each tab needs some for its pictures."""
    address, _ = serve(colored)
    tabs = [opened(address)]
    for _ in range(7):
        tab = tabs[0].context.new_page()
        tab.goto(address.partition("?")[0])
        tab.locator(".tile").first.wait_for()
        tabs.append(tab)
    tabs[-1].keyboard.press("a")
    for tab in tabs:
        tab.get_by_role("radio", name="Accepted 1").wait_for()
    tabs.pop(0).close()  # the one with the connection
    tabs[0].wait_for_timeout(500)
    tabs[1].keyboard.press("z")
    for tab in tabs:
        tab.get_by_role("radio", name="Accepted 0").wait_for()


def test_a_paint_is_named_fixed_and_taken_back_with_keys(colored, serve, opened):
    page = opened(serve(colored)[0])
    page.locator(".tile").first.wait_for()
    page.get_by_role("link", name="Paints").click()
    first = page.locator(".paint-rows li").first
    first.wait_for()
    wait_for(page, lambda: first.locator("img").evaluate("image => image.naturalWidth") > 100)
    first.locator("input[type=text]").first.focus()
    page.keyboard.type("Wall")
    page.keyboard.press("Tab")
    page.get_by_label("What it is on of Wall").wait_for()
    wait_for(page, lambda: page.evaluate("document.activeElement.dataset.id").startswith("group-"))
    page.keyboard.type("Street")
    page.keyboard.press("Tab")
    page.get_by_role("heading", name="Street").wait_for()
    page.get_by_role("button", name="Fix the paint Wall").press("Enter")
    page.get_by_text("1 correction not in all shots yet").wait_for()
    page.locator("#main").focus()
    for _ in range(3):
        page.keyboard.press("z")
    wait_for(page, lambda: page.get_by_role("heading", name="Street").count() == 0)
    page.get_by_role("button", name="Undo").wait_for()
    wait_for(page, lambda: page.get_by_role("button", name="Undo").is_disabled())
