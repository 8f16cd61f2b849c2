"""Corrections as one file: saved in one workspace, added in another one."""

import io
import json
import shutil
import zipfile

import cv2
import numpy as np
import pytest

from cartoonize.annotations.cuts import Cut, read_cuts
from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules
from cartoonize.annotations.pins import Pin, read_pins, write_pins
from cartoonize.annotations.track_edits import Split, read_track_edits
from cartoonize.errors import UsageError
from cartoonize.review import bundle
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.workspace import Workspace

PAINTED = cv2.imencode(".png", np.full((96, 96, 3), (50, 160, 40), np.uint8))[1].tobytes()


def archive(**files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as written:
        for name, content in files.items():
            written.writestr(name.replace("_", "."), content)
    return memory.getvalue()


@pytest.fixture
def saved(colored, session):
    """Return the corrections of a workspace, as one file, and what they are."""
    (film,) = session.films.values()
    state = session.act(0, "pin", {"film": film.key, "frame": 4, "x": 0.25, "y": 0.55, "color": "#28a032",
                                   "reach": "shot"})  # fmt: skip
    state = session.act(state.version, "mark", {"film": film.key, "do": "split", "frame": 8, "from": 6,
                                                "places": [[0.25, 0.55]]})  # fmt: skip
    state = session.act(state.version, "mark", {"film": film.key, "do": "cut", "frame": 5})
    rule = {"color": "#d22832", "name": "Sash", "group": "", "becomes": "", "is_locked": True}
    session.act(state.version, "rule", rule)
    session.corrections.wait_for()
    write_pins(colored.pins, [*read_pins(colored.pins), Pin("another", 4, 0.5, 0.5, "#808000")])
    content = session.paintings.keep(PAINTED)
    session.act(
        session.journal.state().version,
        "paint",
        {"film": film.key, "name": "e1-000004.png", "content": content},
    )
    return session.saved_corrections()


def test_another_workspace_gets_the_corrections_and_can_undo_them(
    saved, colored_once, tmp_path, open_session, browse
):
    other = Workspace(shutil.copytree(colored_once.root, tmp_path / "other"))
    session = open_session(other)
    client = browse(session)
    assert client.post("/api/corrections", content=saved).json() == {"added": 5, "left_out": 1}
    session.corrections.wait_for()
    assert [pin.color for pin in read_pins(other.pins)] == ["#28a032"]
    assert read_cuts(other.cuts) == [Cut("e1", 5, True)]
    assert [type(one) for one in read_track_edits(other.tracks)] == [Split]
    assert read_paint_rules(other.paints) == [PaintRule("#d22832", "Sash", is_locked=True)]
    (film,) = session.films.values()
    assert film.has_changed(film.shots[0])
    painted = suggestions_folder(other, film.source) / "e1-000004.png"
    assert painted.read_bytes() == PAINTED and session.painted()["waiting"] == 1
    assert client.post("/api/corrections", content=saved).json() == {"added": 0, "left_out": 1}
    version = session.journal.state().version
    for _ in range(4):
        version = session.act(version, "undo", {}).version
    assert not painted.exists()
    assert (
        read_pins(other.pins) == [] and read_cuts(other.cuts) == [] and read_paint_rules(other.paints) == []
    )
    again = client.get("/corrections.zip")
    assert again.headers["content-disposition"] == 'attachment; filename="corrections.zip"'
    assert zipfile.ZipFile(io.BytesIO(again.content)).testzip() is None


def test_an_accepted_shot_is_not_changed(saved, colored_once, tmp_path, open_session):
    session = open_session(Workspace(shutil.copytree(colored_once.root, tmp_path / "other")))
    (film,) = session.films.values()
    first = film.shots[0]
    session.act(0, "accept", {"film": film.key, "shots": [[first.start, first.stop]]})
    with pytest.raises(UsageError, match="is accepted"):
        session.add_corrections(saved)
    assert session.journal.state().version == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an archive",
        archive(),
        archive(notes_txt="nothing"),
        archive(**{"../pins_json": "{}"}),
        archive(pins_json="{"),
        archive(pins_json=json.dumps({"format": "cartoonize-pins", "version": 99, "pins": []})),
        archive(paints_json=json.dumps({"format": "cartoonize-paints", "version": 1, "paints": [{}]})),
        archive(pins_json=" " * (17 << 20)),
        archive(**{"references/e1/e1-000004_png": "no picture"}),
        archive(**{"references/e1/notes_txt": "no picture"}),
    ],
)
def test_what_is_no_such_file_is_refused(session, content):
    with pytest.raises(UsageError):
        session.add_corrections(content)
    assert session.journal.state().version == 0


def test_what_is_too_large_is_refused(saved, session, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_ARCHIVE", 100)
    with pytest.raises(UsageError, match="more than 100"):
        session.add_corrections(saved)


def test_pictures_outside_of_the_folders_of_films_are_left_alone(session, tmp_path):
    pins = json.dumps({"format": "cartoonize-pins", "version": 1, "pins": []})
    names = ("../references/e1/a_png", "references/../a_png", "references/e1/../a_png", "references/a_png")
    found = session.add_corrections(archive(pins_json=pins, **dict.fromkeys(names, PAINTED)))
    assert found["added"] == 0
    assert not list(tmp_path.rglob("a.png"))
