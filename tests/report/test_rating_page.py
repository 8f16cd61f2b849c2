"""Pages of `cartoonize rate` in a real browser: a person goes through one, and what is saved is read back."""

import json
import shutil

import pytest

from tests.support.browser import NEEDS_CHROMIUM
from tests.support.rated import content_of

pytestmark = NEEDS_CHROMIUM
METHODS = ("plainly", "series-α")
SECONDS = 0.4


@pytest.fixture(scope="module")
def pages(films, tmp_path_factory):
    """A page of each mode."""
    from cartoonize.tasks.rate import RateOptions, rate
    from cartoonize.workspace import Workspace

    folder = tmp_path_factory.mktemp("pages")
    results = [folder / f"{method}.mkv" for method in METHODS]
    for number, path in enumerate(results, 2):
        shutil.copy(films / f"e{number}.mkv", path)
    written = {}
    for mode in ("rating", "real-or-fake"):
        written[mode] = folder / f"{mode}.html"
        options = RateOptions(pairs=2, mode=mode, seconds=SECONDS)
        rate(Workspace(folder), results, films / "e1.mkv", written[mode], options=options)
    return written


@pytest.fixture
def opened(chromium):
    """Open a page; at the end nothing may have been said on the console or asked of anybody."""
    contexts, said, asked = [], [], []

    def open_page(path, width=1200, height=800, before="", **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(before)
        page.goto(f"file://{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "blob:", "file:"))] == []
    assert len({url for url in asked if url.startswith("file:")}) <= 1


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def begin(page, name=""):
    page.keyboard.type(name)
    press(page, "Enter")


def progress(page):
    return page.locator("#progress").inner_text()


def mark(page):
    return page.evaluate("document.querySelector('input[name=mark]:checked')?.value ?? null")


def save(page, folder):
    with page.expect_download() as download:
        page.locator("#save").focus()
        press(page, "Enter")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def shown_and_hidden(page):
    """Wait until the pair was shown: only then it can be answered."""
    page.locator("input[value=left]:enabled").wait_for()
    assert page.locator("#pair.covered").count() == 1


def nothing_tells(page):
    """No method's name is in what can be seen, read out or found in attributes of elements."""
    seen = page.evaluate(
        "[document.title, document.body.innerText, ...[...document.querySelectorAll('body *')]"
        ".filter(e => e.localName !== 'script').flatMap(e => [...e.attributes].map(a => a.name + a.value))]"
        ".filter(text => !text.startsWith('src')).join(' ')"
    )
    assert not any(name in seen for name in (*METHODS, "control", "practice"))


def test_a_person_rates_with_the_keyboard_alone(opened, cartoonize, pages, tmp_path):
    page = opened(pages["rating"])
    items = content_of(pages["rating"])["items"]
    begin(page, "Änne/B")
    given = []
    for number, item in enumerate(items, 1):
        assert progress(page) == f"{number} of 6"
        nothing_tells(page)
        assert [page.locator(f"#{side}").get_attribute("src") for side in ("left", "right")] == [
            item["left"],
            item["right"],
        ]
        keys, expected = [("3", 3), ("t", 10), ("T", 10), ("0", 0), ("9", 9), ("5", 5)][number - 1]
        press(page, keys)
        assert mark(page) == str(expected) == page.evaluate("document.activeElement.value")
        given.append(expected)
        press(page, "Enter")
    assert page.locator("#told").inner_text().startswith("You answered 6 of 6.")
    assert page.evaluate("document.activeElement.id") == "thanks"
    path = save(page, tmp_path)
    assert path.name == "ratings-Änne_B.json"
    data = json.loads(path.read_text())
    assert json.loads(page.locator("#json").input_value()) == data
    assert (data["format"], data["version"], data["mode"]) == ("cartoonize-ratings", 1, "rating")
    assert data["page"] == content_of(pages["rating"])["page"] and data["rater"] == "Änne/B"
    keys = ("item", "method", "frame")
    assert data["answers"] == [
        {**{k: item[k] for k in keys}, "score": score} for item, score in zip(items, given, strict=True)
    ]
    outcome = cartoonize("rate", "--results", path, "--json")
    assert outcome.code == 0, outcome.err
    told = {m["method"]: m["mean"] for m in outcome.json["methods"]}
    for method in (*METHODS, "control"):
        own = [score for item, score in zip(items, given, strict=True) if item["method"] == method]
        assert told[method] == sum(own) / 2


def test_keys_correct_go_back_and_ask_for_a_mark(opened, pages):
    page = opened(pages["rating"])
    begin(page)
    press(page, "Enter")
    assert progress(page) == "1 of 6" and "Give a mark first" in page.locator("#said").inner_text()
    press(page, "ArrowRight")
    assert mark(page) == "0"
    press(page, "ArrowLeft", "ArrowRight", "ArrowRight")
    assert mark(page) == "2" and page.locator("#said").inner_text() == ""
    press(page, "Enter")
    assert progress(page) == "2 of 6" and mark(page) is None
    press(page, "ArrowLeft")
    assert mark(page) == "10"
    press(page, "Backspace")
    assert progress(page) == "1 of 6" and mark(page) == "2"
    press(page, "Backspace", "8", "Enter")
    assert progress(page) == "2 of 6" and mark(page) == "10"
    press(page, "Control+5")
    assert mark(page) == "10"
    page.locator("#next").focus()
    press(page, "Enter")  # once, though the button and the page both know the key
    assert progress(page) == "3 of 6"
    page.locator("#stop").focus()
    press(page, "Enter")
    assert page.locator("#told").inner_text().startswith("You answered 2 of 6.")
    press(page, "Backspace")
    assert progress(page) == "3 of 6"


def test_mouse_and_touch(opened, pages, tmp_path):
    page = opened(pages["rating"], 400, has_touch=True)
    page.locator("#begin button").tap()
    for number in range(6):
        page.locator(".mark", has_text=str(number)).first.tap()
        assert mark(page) == str(number)
        page.locator("#next").tap()
    data = json.loads(save(page, tmp_path).read_text())
    assert [a["score"] for a in data["answers"]] == list(range(6)) and data["rater"] == ""
    page.locator("#again").tap()  # the next person knows nothing of the one before
    page.locator("#begin button").tap()
    assert progress(page) == "1 of 6" and mark(page) is None
    page.locator("#stop").tap()
    assert page.locator("#save").is_disabled()
    assert json.loads(page.locator("#json").input_value())["sitting"] != data["sitting"]


def test_answers_survive_a_reload(opened, pages, tmp_path):
    page = opened(pages["rating"])
    begin(page, "Bob")
    press(page, "4", "Enter", "6", "Enter")
    assert progress(page) == "3 of 6"
    page.reload()
    page.get_by_text("You answered 2 of 6").wait_for()
    assert page.locator("#rater").input_value() == "Bob"
    press(page, "Enter")
    assert progress(page) == "3 of 6"
    press(page, "Backspace")
    assert mark(page) == "6"
    press(page, "Enter", *["1", "Enter"] * 4)
    page.reload()
    press(page, "Enter")
    assert [a["score"] for a in json.loads(save(page, tmp_path).read_text())["answers"]] == [4, 6, 1, 1, 1, 1]


REFUSED = (
    "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
)


@pytest.mark.parametrize(
    "before",
    [
        REFUSED,
        "localStorage.getItem = () => null; Storage.prototype.setItem = () => { throw new Error('full') }",
        "Storage.prototype.getItem = () => '{\"at\": 99}'",
        "Storage.prototype.getItem = () => 'damaged'",
    ],
)
def test_a_browser_that_keeps_nothing_or_nonsense(opened, pages, tmp_path, before):
    page = opened(pages["rating"], before=before)
    begin(page)
    press(page, *["7", "Enter"] * 6)
    assert len(json.loads(save(page, tmp_path).read_text())["answers"]) == 6


def test_real_or_fake_with_the_keyboard_alone(opened, cartoonize, pages, tmp_path):
    page = opened(pages["real-or-fake"])
    content = content_of(pages["real-or-fake"])
    begin(page, "Ann")
    assert progress(page) == "Practice"
    press(page, "ArrowLeft", "Enter")  # before anything was seen
    assert mark(page) is None and progress(page) == "Practice"
    shown_and_hidden(page)
    press(page, "ArrowLeft", "Enter")
    right = "Right" if content["practice"]["real"] == "left" else "Wrong"
    assert page.locator("#said").inner_text().startswith(f"{right}: the {content['practice']['real']} one")
    press(page, "Enter")
    fooled = []
    for number, item in enumerate(content["items"], 1):
        assert progress(page) == f"{number} of 6"
        shown_and_hidden(page)
        nothing_tells(page)
        press(page, "ArrowRight", "ArrowLeft" if number % 2 else "ArrowRight")
        fooled.append(item["real"] != ("left" if number % 2 else "right"))
        press(page, "Enter")
    path = save(page, tmp_path)
    data = json.loads(path.read_text())
    assert [a["fooled"] for a in data["answers"]] == fooled and data["mode"] == "real-or-fake"
    assert all(set(a) == {"item", "method", "frame", "fooled"} for a in data["answers"])
    outcome = cartoonize("rate", "--results", path, "--json")
    assert outcome.code == 0 and outcome.json["mode"] == "real-or-fake", outcome.err
    assert sum(m["mean"] * m["n_answers"] for m in outcome.json["methods"]) == pytest.approx(sum(fooled))


def test_a_pair_is_shown_as_long_as_said_and_only_once(opened, pages):
    page = opened(pages["real-or-fake"])
    page.evaluate(
        "window.changes = []; new MutationObserver(() => changes.push([performance.now(), "
        "document.getElementById('pair').classList.contains('covered')]))"
        ".observe(document.getElementById('pair'), {attributes: true})"
    )
    begin(page)
    shown_and_hidden(page)
    changes = page.evaluate("changes.filter(([, covered], i, all) => !i || covered !== all[i - 1][1])")
    (shown, _), (hidden, _) = changes[-2:]
    assert SECONDS * 1000 - 5 <= hidden - shown < SECONDS * 1000 + 300
    box = page.locator("#left").bounding_box()
    clip = {"x": box["x"] + 8, "y": box["y"] + 8, "width": box["width"] - 16, "height": box["height"] - 16}
    assert set(colors(page.screenshot(clip=clip))) == {(128, 128, 128)}
    page.reload()
    begin(page)
    assert "You have seen this pair" in page.locator("#said").inner_text()
    page.wait_for_timeout(900)
    assert page.locator("#pair.covered").count() == 1
    press(page, "ArrowLeft")
    assert mark(page) == "left"


def colors(png):
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    return {tuple(map(int, color)) for color in picture.reshape(-1, 3)}


@pytest.mark.parametrize("mode", ["rating", "real-or-fake"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window_and_all_controls_have_names(opened, pages, mode, width, scheme):
    page = opened(pages[mode], width, color_scheme=scheme)
    for step in range(3):
        if step == 1:
            begin(page)
        elif step == 2:
            page.locator("#stop").click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, background[4:-1].split(", "))) > 384) == (scheme == "light")
    unnamed = (
        "all => all.filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()"
        " || e.alt)).length"
    )
    assert page.locator("button, input, textarea, img").evaluate_all(unnamed) == 0


def test_focus_can_be_seen(opened, pages):
    page = opened(pages["rating"])
    begin(page)
    press(page, "6")
    outline = "e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    assert page.locator("input[value='6'] + span").evaluate(outline) == "solid3px"
    press(page, "Tab")
    assert page.evaluate(f"({outline})(document.activeElement)") == "solid2px"


def test_without_a_script_the_page_says_so(opened, pages):
    page = opened(pages["rating"], java_script_enabled=False)
    assert "needs JavaScript" in page.locator("body").inner_text()
