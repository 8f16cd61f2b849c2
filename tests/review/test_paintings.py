"""Painted frames: suggested, sent by the page, used by later colouring, undone."""

import json

import cv2
import numpy as np
import pytest

from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.reporting import LOG
from cartoonize.review.again import again_arguments
from cartoonize.review.paintings import Paintings
from cartoonize.review.worker import color_again, suggest
from cartoonize.tasks.suggest import suggestions_folder


def png(color, size=(96, 96)):
    """Return a PNG of one colour (red, green, blue)."""
    return cv2.imencode(".png", np.full((*size, 3), color[::-1], np.uint8))[1].tobytes()


@pytest.fixture
def suggested(colored, film):
    """Return the folder of a film whose frames were suggested for painting, and the names of the pictures."""
    suggest(colored, {"suggest": [str(film.source)]}, LOG)
    folder = suggestions_folder(colored, film.source)
    return folder, [picture["name"] for picture in Paintings(colored).listing(film)]


def act(session, film, name, content):
    version = session.journal.state().version
    return session.act(version, "paint", {"film": film.key, "name": name, "content": content})


def test_a_painted_frame_is_used_and_can_be_undone(colored, film, suggested, open_session):
    folder, (name, *_) = suggested
    grey = (folder / name).read_bytes()
    session = open_session(colored)
    before = session.painted()
    assert before["waiting"] == 0 and not before["films"][0]["pictures"][0]["is_painted"]

    rgb = cv2.imread(str(folder / name))
    rgb[..., 1] //= 2
    painted = cv2.imencode(".png", rgb)[1].tobytes()
    act(session, film, name, session.paintings.keep(painted))
    assert (folder / name).read_bytes() == painted
    after = session.painted()
    assert after["waiting"] == 1 and after["films"][0]["pictures"][0]["is_painted"]

    for _ in range(2):  # the second time, the colours of the first one are no reason to refuse
        color_again(colored, again_arguments(session.films, {"arguments": {}}, "cpu"), LOG)
    assert any(film.has_changed(shot) for shot in film.shots) or film.cached(film.shots[0])
    assert session.painted()["waiting"] == 0

    session.act(session.journal.state().version, "undo", {})
    assert (folder / name).read_bytes() == grey and session.painted()["waiting"] == 1
    session.act(session.journal.state().version, "redo", {})
    assert (folder / name).read_bytes() == painted


def test_a_picture_of_its_own_is_added_and_removed(colored, film, open_session):
    session = open_session(colored)
    act(session, film, "mine.png", session.paintings.keep(png((200, 40, 40))))
    file = suggestions_folder(colored, film.source) / "mine.png"
    assert file.is_file()
    assert [row["name"] for row in session.painted()["films"][0]["pictures"]] == ["mine.png"]
    act(session, film, "mine.png", None)
    assert not file.exists() and session.painted()["films"][0]["pictures"] == []


def test_removing_a_painted_suggestion_brings_the_grey_picture_back(colored, film, suggested, open_session):
    folder, (name, *_) = suggested
    grey = (folder / name).read_bytes()
    session = open_session(colored)
    act(session, film, name, session.paintings.keep(png((200, 40, 40))))
    act(session, film, name, None)
    assert (folder / name).read_bytes() == grey


def test_a_kill_between_the_journal_and_the_file(colored, film, suggested, open_session):
    folder, (name, other, *_) = suggested
    grey = (folder / name).read_bytes()
    session = open_session(colored)
    content = png((200, 40, 40))
    act(session, film, name, session.paintings.keep(content))
    act(session, film, other, session.paintings.keep(content))
    (folder / name).write_bytes(grey)  # as if it had been killed before
    (folder / other).write_bytes(png((1, 2, 3)))  # changed in a paint program since
    open_session(colored).reconcile()
    assert (folder / name).read_bytes() == content
    assert (folder / other).read_bytes() == png((1, 2, 3))


@pytest.mark.parametrize(
    "name",
    ["../x.png", "/etc/x.png", ".x.png", "x.svg", "x", "a/b.png", "a\\b.png", "x.png\0", "\u202ex.png", ""],
)
def test_names_that_are_not_those_of_pictures(colored, film, name):
    paintings = Paintings(colored)
    content = paintings.keep(png((1, 2, 3)))
    with pytest.raises(UsageError):
        paintings.completed(film, {"film": film.key, "name": name, "content": content})
    with pytest.raises((UsageError, UnknownNameError)):
        paintings.path(film, name)


@pytest.mark.parametrize(
    "name", ["[a] Film's end (1933)-000120.png", "Müller & Söhne #2-000001.PNG", "映画-000001.png"]
)
def test_names_of_pictures_follow_those_of_films(colored, film, name):
    paintings = Paintings(colored)
    content = paintings.keep(png((1, 2, 3)))
    completed = paintings.completed(film, {"film": film.key, "name": name, "content": content})
    assert completed["name"] == name


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(40), b"%!PS"])
def test_what_is_not_a_picture_is_refused_and_not_kept(colored, content):
    paintings = Paintings(colored)
    with pytest.raises(UsageError, match="not a picture"):
        paintings.keep(content)
    folder = colored.root / "review" / "paintings"
    assert not folder.exists() or not list(folder.iterdir())


def test_content_that_was_not_sent(colored, film):
    for content in ("0" * 64, "../../x", 5, ["a"]):
        with pytest.raises(UsageError, match="not sent"):
            Paintings(colored).completed(film, {"film": film.key, "name": "a.png", "content": content})


def test_the_addresses(client, film):
    key = film.key
    answer = client.post("/api/paintings", content=png((9, 200, 9)), headers={"Content-Type": "image/png"})
    content = answer.json()["content"]
    body = {"version": 0, "kind": "paint", "arguments": {"film": key, "name": "a b.png", "content": content}}
    assert client.post("/api/actions", json=body).json()["undo"] == "picture a b.png"
    (listed,) = client.get("/api/paintings").json()["films"]
    assert listed["pictures"][0]["name"] == "a b.png"
    picture = client.get(f"/paintings/{key}/a%20b.png")
    assert picture.headers["content-type"] == "image/png" and picture.content == png((9, 200, 9))
    assert client.get(f"/paintings/{key}/b.png").status_code == 404
    assert client.get(f"/paintings/{key}/..%2f..%2fpins.json").status_code in (400, 404)
    assert client.get("/paintings/none/a.png").status_code == 404
    assert (
        client.post("/api/paintings", content=b"x", headers={"Content-Type": "text/html"}).status_code == 400
    )
    assert client.post("/api/paintings", json={}).status_code == 400
    assert json.loads(client.get("/api/state").text)["undo"] == "picture a b.png"


def test_what_another_page_has_saved_is_not_replaced(colored, film, suggested, open_session):
    folder, (name, *_) = suggested
    session = open_session(colored)
    paintings = session.paintings

    def painted(value):
        rgb = cv2.imread(str(folder / name))
        rgb[:9, :9] = value
        return paintings.keep(cv2.imencode(".png", rgb)[1].tobytes())

    def save(content, instead_of):
        arguments = {"film": film.key, "name": name, "content": content, "instead_of": instead_of}
        session.act(session.journal.state().version, "paint", arguments)

    (row, *_) = paintings.listing(film)
    one, other = painted((0, 0, 255)), painted((0, 255, 0))
    save(one, row["content"])
    with pytest.raises(UsageError, match="another page has saved"):
        save(other, row["content"])
    assert paintings.listing(film)[0]["content"] == one
    save(other, one)
    assert paintings.listing(film)[0]["content"] == other
