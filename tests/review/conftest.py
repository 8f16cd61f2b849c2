"""Fixtures of the tests of the review page."""

from __future__ import annotations

import shutil
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
