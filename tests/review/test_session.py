"""The session: pages are told what changes."""

import time

import pytest

from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import UnknownNameError
from cartoonize.filters.refine import RefineOptions
from cartoonize.tasks.colorize import colorize


@pytest.fixture
def told(colored, open_session, monkeypatch):
    """Open a session, and collect what it publishes."""
    session = open_session(colored)
    events = []
    monkeypatch.setattr(session.events, "publish", lambda name, data: events.append((name, data)))
    return session, events


def test_an_action_is_told(told):
    session, events = told
    (key,) = session.films
    session.act(0, "accept", {"film": key, "shots": [[0, 12]]})
    assert events == [("state", {"version": 1})]
    with pytest.raises(UnknownNameError):
        session.act(1, "accept", {"film": "another", "shots": [[0, 12]]})
    assert len(events) == 1


def test_the_end_of_a_job_is_told_and_films_are_found_again(told, tmp_path):
    session, events = told
    before = session.films
    assert session.films is before
    for name in ("quick", "grey.mkv"):
        (tmp_path / name).touch()
    session.learn([str(tmp_path / "quick")], [str(tmp_path / "grey.mkv")])
    end = time.monotonic() + 60
    while not any(name == "job" and data["state"] == "finished" for name, data in events):
        assert time.monotonic() < end, events
        time.sleep(0.02)
    names = [name for name, _ in events]
    assert names.count("films") == 1 and names[0] == "job"
    assert session.films is not before and set(session.films) == set(before)
    revisions = [data["revision"] for name, data in events if name == "job"]
    assert revisions == sorted(revisions)


def test_films_that_another_command_colours_are_found(told, films):
    session, _ = told
    assert len(session.films) == 1
    session.refresh()
    before = session.films
    choice, tracks = Choice(variants=("grey",)), ColorizeOptions(refine=RefineOptions("tracks"))
    colorize(session.workspace, [films / "grey.mkv"], choice=choice, options=tracks)
    assert session.films is before  # not at each request
    session.refresh()
    assert sorted(film.name for film in session.films.values()) == ["e1", "grey"]


def test_progress_is_not_told_too_often(told, tmp_path):
    session, events = told
    for name in ("endless", "grey.mkv"):
        (tmp_path / name).touch()
    session.learn([str(tmp_path / "endless")], [str(tmp_path / "grey.mkv")])
    end = time.monotonic() + 60
    while not session.jobs.as_json()["works"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    n = len(events)
    time.sleep(1)
    assert len(events) - n <= 5  # the child tells each piece of work five times a second
    session.jobs.stop()
