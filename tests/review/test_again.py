"""All films are coloured again with the present pins."""

from dataclasses import replace

import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.pins import Pin, read_pins, write_pins
from cartoonize.coloring.evidence_file import SavedEvidence, write_evidence
from cartoonize.errors import UsageError
from cartoonize.reporting import LOG
from cartoonize.review.again import again_arguments
from cartoonize.review.films import find_films
from cartoonize.review.worker import color_again

NO_JOB = {"arguments": {}}


def test_films_that_a_command_coloured_get_the_present_pins(colored, film):
    arguments = again_arguments({film.key: film}, NO_JOB, "cpu")
    tags = [film.tag(shot) for shot in film.shots]
    pins = [Pin("e1", 4, 0.25, 0.55, "#28a032", "shot")]
    write_pins(colored.pins, pins)
    assert color_again(colored, arguments, LOG) == {"films": 1}
    (again,) = find_films(colored)
    assert (again.name, again.video) == (film.name, film.video)
    first, second = again.shots
    assert again.has_changed(first) and not again.has_changed(second)
    assert again.tag(second) == tags[1] and again.tag(first) != tags[0]
    assert read_pins(colored.root / "review" / "used-pins.json") == pins
    color_again(colored, arguments, LOG)
    assert not any(again.has_changed(shot) for shot in again.shots)  # since the latest job


def test_a_series_is_done_again_with_its_films(film):
    job = {"arguments": {"colored": ["a.mkv"], "grey": ["b.mkv"], "device": "cuda"}}
    arguments = again_arguments({film.key: film}, job, "cpu")
    assert arguments == {"colored": ["a.mkv"], "grey": ["b.mkv"], "device": "cpu"}


def test_what_cannot_be_coloured_again(colored, film):
    import numpy as np

    with pytest.raises(UsageError, match="no film"):
        again_arguments({}, NO_JOB, "cpu")
    hints = ColorHints(np.zeros((256, 256, 2), np.float32), np.ones((256, 256), np.float32))
    write_evidence(film.shots_folder.parent, SavedEvidence({3: hints}))
    with pytest.raises(UsageError, match="Run that command again"):
        again_arguments({film.key: film}, NO_JOB, "cpu")


def test_corrections_wait_until_the_films_are_coloured_with_them(colored, open_session):
    session = open_session(colored)
    pin = Pin("e1", 4, 0.25, 0.55, "#28a032")
    other = replace(pin, y=0.1)
    fields = [{"film": "f", "pin": vars(one), "others": []} for one in (pin, other)]
    session.journal.add(0, "pin", fields[0])
    state = session.journal.add(1, "pin", fields[1])
    waiting = session.corrections.files.n_waiting
    assert waiting(state) == 2
    write_pins(colored.root / "review" / "used-pins.json", [pin, replace(pin, frame=9)])
    assert waiting(state) == 1
    state = session.journal.add(2, "unpin", fields[0])
    assert waiting(state) == 2  # the film still has the first one


def test_a_job_that_colours_again(client):
    assert client.post("/api/again", json={}).status_code == 200
    while (job := client.get("/api/job").json())["state"] not in ("failed", "finished"):
        pass
    assert job["task"] == "again" and job["arguments"]["films"][0]["members"] == ["plain-l2"]
