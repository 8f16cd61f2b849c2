"""The documentation site: it builds without a warning, and its pages load nothing from other hosts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.browser import CHROMIUM, QUIET

pytestmark = pytest.mark.slow
#: Addresses that a browser loads by itself: scripts, styles, fonts, pictures. Links for people do not count.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//
    |<link\b(?![^>]*\brel=["']?(?:canonical|next|prev))[^>]*\bhref=["']?(?:https?:)?//
    |@import\s+["'](?:https?:)?//
    |url\(["']?(?:https?:)?//""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does, and return its folder."""
    pytest.importorskip("mkdocs", reason="needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_nothing_is_loaded_from_other_hosts(site: Path) -> None:
    for file in [*site.rglob("*.html"), *site.rglob("*.css"), *site.rglob("*.svg")]:
        assert not (found := LOADED.search(file.read_text(encoding="utf-8"))), f"{file}: {found}"


def test_all_pages_are_there(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").exists(), page
    results = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.md")}
    assert results <= {path.stem for path in (site / "results").glob("*.html")}


def test_generated_pages_have_their_contents(site: Path) -> None:
    from cartoonize.cli.main import COMMANDS

    commands = (site / "commands.html").read_text()
    assert all(f"cartoonize {name}" in commands for name in COMMANDS)
    assert "--reference IMAGE" in commands and "UNSET" not in commands
    recipes = (site / "recipes.html").read_text()
    assert all(f'id="{path.stem}"' in recipes for path in (ROOT / "pipelines").glob("*.toml"))
    assert "<svg" in (site / "results" / "plots" / "series-e03.svg").read_text()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_ask_no_other_host(site: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        for file in sorted(site.rglob("*.html")):
            page.goto(file.as_uri())
            across = page.evaluate("document.documentElement.scrollWidth")
            assert across <= width, f"{file.name} is {across} pixels wide"
        browser.close()
    assert all(address.startswith(("file:", "data:", "blob:")) for address in asked)
