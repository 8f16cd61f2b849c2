"""Fixtures of the tests of the review page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cartoonize.coloring.options import ColorizeOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.review.app import create_app
from cartoonize.review.films import ColoredFilm, find_films
from cartoonize.review.job import Jobs
from cartoonize.review.security import Guard
from cartoonize.review.session import ReviewSession
from cartoonize.tasks.colorize import colorize
from cartoonize.workspace import Workspace
from tests.support import ROOT

TOKEN, PORT = "a-token", 8123
ORIGIN = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="session")
def colored_once(trained: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Colour the test episode along tracks. All tests share the workspace; `colored` is a copy."""
    root = tmp_path_factory.mktemp("review") / "colored"
    workspace = Workspace(Path(shutil.copytree(trained.root, root)))
    colorize(workspace, options=ColorizeOptions(refine=RefineOptions("tracks")))
    return workspace


@pytest.fixture
def colored(colored_once: Workspace, tmp_path: Path) -> Workspace:
    """Copy the coloured workspace. The test may change the copy."""
    return Workspace(Path(shutil.copytree(colored_once.root, tmp_path / "colored")))


@pytest.fixture
def film(colored: Workspace) -> ColoredFilm:
    """Return the coloured film."""
    (found,) = find_films(colored)
    return found


@pytest.fixture
def open_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ReviewSession]]:
    """Return a function that opens a session, whose jobs only pretend to work."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    opened: list[ReviewSession] = []

    def open_one(workspace: Workspace, home: Path | None = None) -> ReviewSession:
        session = ReviewSession(workspace, home=home or tmp_path)
        worker = (sys.executable, "-m", "tests.support.review_worker")
        session.jobs = Jobs(workspace, session.jobs._changed, worker)
        opened.append(session)
        return session

    yield open_one
    for session in opened:
        session.close()
        session.jobs.close(timeout=20)


@pytest.fixture
def session(colored: Workspace, open_session: Callable[..., ReviewSession]) -> ReviewSession:
    """Open a session whose first shot is open."""
    session = open_session(colored)
    (film,) = session.films.values()
    session.corrections.open_shots.get(film, film.shots[0])
    session.corrections.wait_for()
    return session


@pytest.fixture
def browse(open_session: Callable[..., ReviewSession]) -> Callable[..., TestClient]:
    """Return a function that opens a client of a guarded session, which has the cookie unless told."""

    def browse(session: ReviewSession, *, cookie: bool = True, **options: Any) -> TestClient:
        app = Guard(create_app(session), token=TOKEN, port=PORT)
        headers = {"Origin": ORIGIN, **options.pop("headers", {})}
        client = TestClient(app, base_url=ORIGIN, headers=headers, follow_redirects=False, **options)
        if cookie:
            client.cookies.set(f"cartoonize-review-{PORT}", TOKEN)
        return client

    return browse


@pytest.fixture
def client(
    colored: Workspace, open_session: Callable[..., ReviewSession], browse: Callable[..., TestClient]
) -> TestClient:
    """Return a client of a session in the coloured workspace."""
    return browse(open_session(colored))


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that starts the command in a process of its own, and returns the address."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    servers: list[Any] = []

    def start(workspace: Workspace) -> tuple[str, Any]:
        command = [sys.executable, "-m", "cartoonize", "review", "--no-browser", "-w", str(workspace.root)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        servers.append(server)
        assert server.stdout is not None
        line = server.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", line), line
        return line, server

    yield start
    for server in servers:
        server.terminate()
        assert server.wait(timeout=20) == 0


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a page. At the end, nothing may have been said on the console, or asked of another host."""
    contexts: list[Any] = []
    said: list[str] = []
    asked: list[str] = []

    def open_page(address: str, width: int = 1280, height: int = 720) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "blob:"))] == []
