"""Paints of the series, of palettes and of model sheets."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.paint_rules import PaintRule, read_paint_rules, write_paint_rules
from cartoonize.annotations.palettes import Paint, palette_content, palette_paints
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.paints import Paints
from cartoonize.review.series_paints import series_paints, where_it_is
from cartoonize.review.state import title_of
from cartoonize.workspace import Workspace


def picture(alpha=False):
    """Return a PNG of a red square on blue; if asked for, on a transparent ground."""
    pixels = np.full((300, 400, 4), (200, 90, 40, 0 if alpha else 255), np.uint8)
    pixels[60:240, 80:320] = (50, 40, 210, 255)
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_the_series_has_the_paints_of_its_episodes(colored):
    (series,) = Paints(colored).as_json()["groups"]
    assert series["id"] == "series" and 1 < len(series["paints"]) <= 64
    assert 0.9 < sum(paint["share"] for paint in series["paints"]) <= 1.001
    assert Paints(colored).as_json()["groups"] == [series]


def test_a_workspace_without_episodes_has_none(tmp_path):
    assert Paints(Workspace(tmp_path)).as_json()["groups"][0]["paints"] == []


@pytest.mark.parametrize("suffix", ["json", "gpl", "ase"])
def test_palettes_are_kept_and_given_back(tmp_path, suffix):
    paints = Paints(Workspace(tmp_path))
    paints.add("mine." + suffix, palette_content([Paint("#d22832", "Sash")], suffix))
    _, mine = Paints(Workspace(tmp_path)).as_json()["groups"]
    assert mine["name"] == "mine." + suffix
    assert mine["paints"] == [{"color": "#d22832", "name": "Sash", "share": 0.0}]
    assert palette_paints(paints.content(mine["id"], "gpl")) == [Paint("#d22832", "Sash")]
    paints.remove(mine["id"])
    assert len(paints.as_json()["groups"]) == 1
    for wrong in (mine["id"], "../journal", "series", ""):
        with pytest.raises(UnknownNameError):
            paints.remove(wrong)


def test_a_model_sheet_gives_its_paints(tmp_path):
    paints = Paints(Workspace(tmp_path))
    paints.add("sheet.png", picture(alpha=True))
    paints.add("poster.png", picture())
    groups = {
        group["name"]: [paint["color"] for paint in group["paints"]] for group in paints.as_json()["groups"]
    }
    assert groups["sheet.png"] == ["#d22832"]
    assert sorted(groups["poster.png"]) == ["#285ac8", "#d22832"]
    with pytest.raises(UsageError, match="neither a palette nor a picture"):
        paints.add("notes.txt", b"red and blue")
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x06\0\0\0"
    with pytest.raises(UsageError, match="60000x60000 pixels"):
        paints.add("huge.png", header + b"\0" * 40)


def test_the_page_lists_adds_and_saves_them(colored, open_session, browse):
    client = browse(open_session(colored))
    assert len(client.get("/api/paints").json()["groups"]) == 1
    answer = client.post("/api/paints?name=sheet.png", content=picture())
    sheet = answer.json()["groups"][1]
    saved = client.get(f"/paints/{sheet['id']}.ase")
    assert saved.headers["content-disposition"] == 'attachment; filename="paints.ase"'
    assert {paint.color for paint in palette_paints(saved.content)} == {"#285ac8", "#d22832"}
    assert client.get(f"/paints/{sheet['id']}.exe").status_code == 404
    assert client.get("/paints/..%2fjournal.json").status_code == 404
    assert client.post("/api/paints?name=x", content=b"nothing").status_code == 400
    assert len(client.post("/api/paints/remove", json={"id": sheet["id"]}).json()["groups"]) == 1


def rule(session, **fields):
    known = {"name": "", "group": "", "becomes": "", "is_locked": False}
    after = session.act(session.journal.state().version, "rule", {**known, **fields})
    session.corrections.wait_for()
    return after


def test_a_paint_is_replaced_in_the_open_shot_and_the_undo_takes_it_back(session, colored):
    (film,) = session.films.values()

    def colors():
        return np.array([planes for planes in film.cached(film.shots[0]).chroma])

    before, tag = colors(), film.tag(film.shots[1])
    thing = session.thing(film, film.shots[0], 4, [[0.25, 0.55]])["thing"]
    state = rule(session, color=thing["color"], becomes="#28a032", name="Box")
    assert read_paint_rules(colored.paints) == [PaintRule(thing["color"], "Box", "", "#28a032")]
    assert title_of(state.done[-1].change) == "paint Box: #28a032"
    assert session.corrections.files.n_waiting(state) == 1
    assert not np.array_equal(before, colors()) and film.tag(film.shots[1]) == tag
    state = rule(session, color=thing["color"], becomes="#28a032", name="Crate", is_locked=True)
    assert title_of(state.done[-1].change) == "fix the paint Crate"
    for _ in range(2):
        state = session.act(state.version, "undo", {})
    session.corrections.wait_for()
    assert np.array_equal(before, colors()) and read_paint_rules(colored.paints) == []
    assert session.corrections.files.n_waiting(state) == 0


def test_names_wait_for_nothing_and_rules_of_others_stay(session, colored):
    other = PaintRule("#123456", is_locked=True)
    write_paint_rules(colored.paints, [other])
    state = rule(session, color="#d22832", name="Sash", group="Boris")
    assert read_paint_rules(colored.paints) == [other, PaintRule("#d22832", "Sash", "Boris")]
    assert session.corrections.files.n_waiting(state) == 0
    rule(session, color="#d22832")
    assert read_paint_rules(colored.paints) == [other]


@pytest.mark.parametrize(
    "change", [{"color": "red"}, {"color": 3}, {"name": 3}, {"is_locked": "yes"}, {"more": 1}]
)
def test_wrong_rules_are_refused(session, change):
    with pytest.raises(UsageError):
        rule(session, **{"color": "#d22832", "name": "Sash", **change})


def test_an_accepted_shot_keeps_its_paints(session):
    (film,) = session.films.values()
    first = film.shots[0]
    color = session.thing(film, first, 4, [[0.25, 0.55]])["thing"]["color"]
    session.act(0, "accept", {"film": film.key, "shots": [[first.start, first.stop]]})
    tag = film.tag(first)
    rule(session, color=color, becomes="#28a032")
    assert film.tag(first) == tag


def test_the_paints_of_the_series_are_grouped_named_and_shown(colored, open_session, browse):
    found = series_paints(colored)
    assert len(found.paints) == len(found.groups) == len(found.pictures) and set(found.groups) != {0}
    assert {0} <= set(found.groups) <= set(range(len(found.paints)))
    color = found.paints[0].color
    picture = where_it_is(found.pictures[0], color).astype(int)
    has_color = (picture.max(-1) - picture.min(-1)) > 0
    assert 0.01 < has_color.mean() < 0.99
    client = browse(open_session(colored))
    shown = client.get(f"/paints/where/{color[1:]}")
    assert shown.headers["content-type"] == "image/jpeg"
    again = client.get(f"/paints/where/{color[1:]}", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304
    for wrong in ("0000ff", "..", "nothing", "%00"):
        assert client.get(f"/paints/where/{wrong}").status_code in (400, 404)
    write_paint_rules(colored.paints, [PaintRule(color, "Wall", "Street")])
    rows = client.get("/api/paints").json()["groups"][0]["paints"]
    assert [row["name"] for row in rows if row["color"] == color] == ["Wall"] and rows[0]["set"] >= 0
