"""Fixtures of the tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import CHROMIUM, QUIET


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start a real browser. A module that asks for it has the marks `NEEDS_CHROMIUM`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()
