"""What corrections will change elsewhere is known before it happens."""

import time

import cv2
import numpy as np
import pytest

from cartoonize.errors import UnknownNameError
from cartoonize.reporting import LOG
from cartoonize.review.again import again_arguments
from cartoonize.review.worker import color_again
from cartoonize.tracking import memory

GREEN = {"frame": 4, "x": 0.25, "y": 0.55, "color": "#28a032", "reach": "everywhere"}


@pytest.fixture
def recognises_all(monkeypatch):
    """Let the memory take everything for the same."""
    monkeypatch.setattr(memory, "_LIGHTNESS_SCALE", 1000.0)
    monkeypatch.setattr(memory, "_PREDICTION_SCALE", 1000.0)


def found(session):
    """Return the preview when it is complete."""
    end = time.monotonic() + 60
    while not (state := session.preview.as_json())["is_done"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    return state


def pin(session, **changes):
    (film,) = session.films.values()
    session.act(session.journal.state().version, "pin", {"film": film.key, **GREEN, **changes})
    session.corrections.wait_for()
    return film


def test_the_preview_shows_what_colouring_again_changes(session, recognises_all, colored):
    film = pin(session)
    state = found(session)
    assert [(one["film"], one["start"]) for one in state["changes"]] == [(film.key, film.shots[1].start)]
    assert (state["done"], state["of"]) == (2, 2) and state["changes"][0]["share"] > 0.3
    shot = film.shots[1]
    before, after = (
        cv2.imdecode(np.frombuffer(session.preview.picture(film, shot, side), np.uint8), cv2.IMREAD_COLOR)
        for side in ("before", "after")
    )
    greener = (after.astype(int)[..., 1] - after[..., 2]) - (before.astype(int)[..., 1] - before[..., 2])
    assert before.shape == after.shape and (greener > 20).mean() > 0.2
    color_again(colored, again_arguments(session.films, session.jobs.as_json(), "cpu"), LOG)
    assert film.has_changed(shot)
    session.act(session.journal.state().version, "accept", {"film": film.key, "shots": [[0, 12]]})
    assert found(session)["changes"] == []  # nothing waits any more


def test_accepted_shots_and_colours_of_one_shot_change_nothing_elsewhere(session, recognises_all):
    film = pin(session, reach="shot")
    assert found(session)["changes"] == []
    pin(session)
    assert len(found(session)["changes"]) == 1
    shot = film.shots[1]
    accept = {"film": film.key, "shots": [[shot.start, shot.stop]]}
    session.act(session.journal.state().version, "accept", accept)
    assert found(session)["changes"] == []
    with pytest.raises(UnknownNameError):
        session.preview.picture(film, shot, "after")
    with pytest.raises(UnknownNameError):
        session.preview.picture(film, shot, "left")


def test_what_is_not_recognised_does_not_change(session, monkeypatch):
    monkeypatch.setattr(memory, "_LIGHTNESS_SCALE", 1e-6)
    pin(session)
    assert found(session)["changes"] == []


def test_the_page_asks_for_it(session, recognises_all, browse):
    film = pin(session)
    client = browse(session)
    found(session)
    (change,) = client.get("/api/changes").json()["changes"]
    address = f"/changes/{change['film']}/{change['start']}"
    for side in ("before", "after"):
        answer = client.get(f"{address}/{side}")
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
    assert client.get(f"{address}/now").status_code == 404
    assert client.get(f"/changes/{film.key}/0/after").status_code == 404
