"""The report in a real browser: it opens from a file, asks nobody for anything, and works."""

import shutil

import pytest

from tests.support.browser import NEEDS_CHROMIUM
from tests.support.report_files import HOSTILE, write_all

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def report(trained, films, tmp_path_factory):
    """The page of a workspace with all that a report can show."""
    from cartoonize.tasks.report import ReportOptions, report
    from cartoonize.workspace import Workspace

    root = tmp_path_factory.mktemp("browser") / "series"
    workspace = Workspace(shutil.copytree(trained.root, root))
    write_all(workspace, films / "e1.mkv")
    return report(workspace, options=ReportOptions()).page


@pytest.fixture
def opened(chromium, report):
    """Open the page; at the end nothing may have been said on the console or asked of anybody."""
    contexts, said, asked = [], [], []

    def open_page(width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{report}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    outside = [url for url in asked if not url.startswith(("data:", "blob:")) and url != f"file://{report}"]
    assert outside == []


def names(page, table):
    return page.locator(f"{table} tbody th").all_inner_texts()


def test_a_click_sorts_and_another_turns_the_order_round(opened):
    page = opened()
    head = page.locator("#scores thead button", has_text="CIEDE2000")
    assert names(page, "#scores")[0].strip() == "mean + grow"
    head.click()
    assert head.locator("..").get_attribute("aria-sort") == "ascending"
    up = names(page, "#scores")
    assert up[0].strip() == "mean + grow" and up[-1].strip() == "grey"
    head.click()
    assert names(page, "#scores") == up[::-1]
    page.locator("#scores thead button", has_text="result").click()
    assert [n.strip().lower() for n in names(page, "#scores")][-2:] == ["residual", "welsh"]
    head.focus()
    page.keyboard.press("Enter")
    assert names(page, "#scores") == up


def test_what_has_no_score_stays_last(opened):
    page = opened()
    column = page.locator("#times thead button", has_text="grow")
    for _ in range(2):
        column.click()
        assert names(page, "#times")[-1] == "welsh"


def test_a_picture_opens_at_its_own_size_and_escape_closes_it(opened):
    page = opened()
    dialog = page.locator("dialog")
    first = page.locator("#pictures .picture").first
    assert not dialog.is_visible()
    first.click()
    image = dialog.locator("img")
    box, size = image.bounding_box(), image.evaluate("i => [i.naturalWidth, i.naturalHeight]")
    assert dialog.is_visible() and size == [96, 64] and [box["width"], box["height"]] == size
    captions = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        captions.append(dialog.locator(".about b").inner_text())
    assert captions[0] == captions[2] == captions[3] == "black and white" and captions[1] == "plain"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.className") == "picture"


def test_switches_change_the_charts(opened):
    page = opened()
    lines = page.locator("#histograms path.line:not([hidden])")
    n_charts = page.locator("#histograms svg.chart").count()
    n_first = lines.count()
    box = page.locator("#histograms label", has_text="plain + grow").locator("input")
    assert n_charts == 4 and not box.is_checked()
    box.check()
    assert lines.count() == n_first + n_charts
    page.locator("#histograms button", has_text="networks").click()
    assert lines.count() == n_first + 3 * n_charts - n_charts
    page.locator("#histograms button", has_text="networks").click()
    assert page.locator("#histograms label", has_text="residual").locator("input").is_checked() is False
    shown = page.locator("#histograms svg.chart").first
    shown.hover(position={"x": 200, "y": 100})
    assert page.locator("#histograms .readout").first.is_visible()
    assert "lookup" in page.locator("#histograms .readout").first.inner_text()


def until(page, condition):
    """Wait for a condition; the page's own policy forbids playwright's way of doing that."""
    for _ in range(600):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"in vain: {condition}")


READY = "[...document.querySelectorAll('video')].every(v => v.readyState >= 2)"
BRIGHTEST = """async v => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 32, height: 18});
    const context = canvas.getContext('2d');
    context.drawImage(v, 0, 0, 32, 18);
    return Math.max(...context.getImageData(0, 0, 32, 18).data.filter((_, i) => i % 4 < 3));
}"""


def test_films_play_in_step(opened):
    page = opened()
    until(page, READY)
    films = page.locator("video")
    assert films.count() == 8
    assert all(abs(d - 2) < 0.1 for d in films.evaluate_all("all => all.map(v => v.duration)"))
    page.locator(".play").click()
    until(page, "document.querySelector('video').currentTime > 0.4")
    page.locator(".play").click()
    times = films.evaluate_all("all => all.map(v => v.currentTime)")
    assert len(set(times)) == 1 and times[0] > 0.4
    assert films.evaluate_all("all => all.every(v => v.paused)")
    until(page, "[...document.querySelectorAll('video')].every(v => !v.seeking)")
    assert all(films.nth(k).evaluate(BRIGHTEST) > 60 for k in range(8))


def test_films_go_frame_by_frame_and_can_be_scrubbed(opened):
    page = opened()
    until(page, READY)
    told = page.locator(".controls output")
    page.get_by_label("One frame forward").click()
    page.get_by_label("One frame forward").click()
    page.get_by_label("One frame back").click()
    assert told.inner_text().startswith("frame 1 ")
    page.locator("input[type=range]").fill("18")
    assert told.inner_text() == "frame 18 · 0:01.50"
    assert page.locator("video").evaluate_all("all => all.map(v => v.currentTime)") == pytest.approx(
        [18.5 / 12] * 8
    )


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(opened, width, scheme):
    page = opened(width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(", "))) > 384) == (scheme == "light")


@pytest.mark.fault(16)
def test_names_stay_text(opened):
    page = opened()
    name = HOSTILE.removesuffix(".mkv")
    assert name in [n.strip() for n in names(page, "#scores")]
    assert page.locator("img[src=x]").count() == 0


def test_without_a_script_all_can_be_read(opened):
    page = opened(java_script_enabled=False)
    for key in ("scores", "prints", "shots"):
        assert page.locator(f"#{key} tbody tr").first.is_visible()
    assert page.locator("#pictures img").first.is_visible()
    assert page.locator("#films video").first.get_attribute("controls") is not None
    assert not page.locator(".controls").is_visible()
    assert page.locator("#histograms svg.chart").first.is_visible()


def test_every_picture_has_words_and_every_control_a_name(opened):
    page = opened()
    assert page.locator("img").evaluate_all("all => all.every(i => i.closest('dialog') || i.alt.length > 5)")
    named = "e.textContent.trim() || e.getAttribute('aria-label') || e.querySelector('img[alt]')"
    assert page.locator("button").evaluate_all(f"all => all.filter(e => !({named})).length") == 0
    assert page.locator("svg.chart, .plane svg").evaluate_all(
        "all => all.every(e => e.getAttribute('aria-label'))"
    )
