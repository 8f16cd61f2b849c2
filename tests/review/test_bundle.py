"""Corrections as one file: saved in one workspace, added in another one."""

import io
import json
import shutil
import zipfile

import pytest

from cartoonize.annotations.cuts import Cut, read_cuts
from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules
from cartoonize.annotations.pins import Pin, read_pins, write_pins
from cartoonize.annotations.track_edits import Split, read_track_edits
from cartoonize.errors import UsageError
from cartoonize.review.bundle import bundle
from cartoonize.workspace import Workspace


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
    return bundle(colored)


def test_another_workspace_gets_the_corrections_and_can_undo_them(
    saved, colored_once, tmp_path, open_session, browse
):
    other = Workspace(shutil.copytree(colored_once.root, tmp_path / "other"))
    session = open_session(other)
    client = browse(session)
    assert client.post("/api/corrections", content=saved).json() == {"added": 4, "left_out": 1}
    session.corrections.wait_for()
    assert [pin.color for pin in read_pins(other.pins)] == ["#28a032"]
    assert read_cuts(other.cuts) == [Cut("e1", 5, True)]
    assert [type(one) for one in read_track_edits(other.tracks)] == [Split]
    assert read_paint_rules(other.paints) == [PaintRule("#d22832", "Sash", is_locked=True)]
    (film,) = session.films.values()
    assert film.has_changed(film.shots[0])
    assert client.post("/api/corrections", content=saved).json() == {"added": 0, "left_out": 1}
    version = session.journal.state().version
    for _ in range(3):
        version = session.act(version, "undo", {}).version
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
    ],
)
def test_what_is_no_such_file_is_refused(session, content):
    with pytest.raises(UsageError):
        session.add_corrections(content)
    assert session.journal.state().version == 0
