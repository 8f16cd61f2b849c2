"""Paints of the series, of palettes and of model sheets."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.palettes import Paint, palette_content, palette_paints
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.review.paints import Paints
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
