"""Places of dropped pictures: found in a thread by what they show, in the right film, and kept."""

import hashlib
import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from cartoonize.review.located import Located, Place
from cartoonize.video import open_source, write_film
from tests.support.cartoons import cartoon


@pytest.fixture
def two_films(tmp_path):
    """Write two films of eight held drawings each; return them by key, as the page knows them."""
    films = {}
    for number, key in enumerate(("e1", "e2")):
        films[key] = SimpleNamespace(key=key, source=tmp_path / f"{key}.mkv")
        drawings = (cartoon(8 * number + k // 3, (96, 128), 14) for k in range(24))
        write_film(films[key].source, drawings, frame_rate=12)
    return films


@pytest.fixture
def drop(tmp_path, two_films):
    """Return a function that writes a painted frame of a film and returns its content and its path."""

    def drop_one(name, film, index):
        with open_source(two_films[film].source) as source:
            rgb = next(frame.rgb for frame in source.frames(rgb=True) if frame.index == index)
        path = tmp_path / name
        cv2.imwrite(str(path), rgb[..., ::-1])
        return hashlib.sha256(path.read_bytes()).hexdigest(), path

    return drop_one


def found_by(located, pictures, films):
    located.look_for(pictures, films)
    end = time.monotonic() + 30
    while any(located.place(content, films) is None for content in pictures):
        assert time.monotonic() < end
        time.sleep(0.01)
    return [located.place(content, films) for content in pictures]


def test_pictures_are_found_in_their_films_in_one_pass_and_kept(
    workspace, two_films, drop, tmp_path, monkeypatch
):
    noise = tmp_path / "noise.png"
    cv2.imwrite(str(noise), np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    strange = [(hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in (noise, broken)]
    pictures = dict([drop("a.png", "e1", 6), drop("b.png", "e2", 14), drop("c.png", "e1", 20), *strange])
    passes, told = [], threading.Event()
    located = Located(workspace, told.set)
    places_in = located._places_in
    monkeypatch.setattr(
        located,
        "_places_in",
        lambda film, some: passes.append((film.key, len(some))) or places_in(film, some),
    )
    a, b, c, *others = found_by(located, pictures, two_films)
    assert told.wait(5) and passes == [("e1", 4), ("e2", 4)]
    assert [(key, place.frame // 3) for key, place in (a, b, c)] == [("e1", 2), ("e2", 4), ("e1", 6)]
    assert a[1].seconds == pytest.approx(a[1].frame / 12, abs=0.01) and a[1].likeness > 0.95
    assert all(place.frame == -1 for _, place in others)

    again = Located(workspace, told.set)
    assert [again.place(content, two_films) for content in pictures] == [a, b, c, *others]
    assert again.place("0" * 64, two_films) is None


def test_a_new_film_is_looked_at_alone(workspace, two_films, drop):
    content, path = drop("a.png", "e2", 4)
    located = Located(workspace, lambda: None)
    first = {"e1": two_films["e1"]}
    ((_, place),) = found_by(located, {content: path}, first)
    assert place.frame == -1
    assert located.place(content, two_films) is None  # not known for the new film
    ((key, place),) = found_by(located, {content: path}, two_films)
    assert (key, place.frame // 3) == ("e2", 1)


def test_what_goes_wrong_is_not_kept(workspace, two_films, drop, tmp_path):
    content, path = drop("a.png", "e1", 3)
    lost = {"lost": SimpleNamespace(key="lost", source=tmp_path / "none.mkv")}
    located = Located(workspace, lambda: None)
    ((_, place),) = found_by(located, {content: path}, lost)
    assert place == Place()
    assert Located(workspace, lambda: None).place(content, lost) is None  # another start tries again

    path.write_bytes(b"changed since")
    located.look_for({content: path}, two_films)
    end = time.monotonic() + 30
    while located._thread is not None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert located.place(content, two_films) is None

    workspace.cache.joinpath("review").mkdir(parents=True, exist_ok=True)
    for text in ("", "[]", "{", '{"versions": [0], "places": {}}', '{"versions": 3, "places": 5}'):
        (workspace.cache / "review" / "located.json").write_text(text)
        assert Located(workspace, lambda: None).place(content, two_films) is None


def test_a_dropped_picture_says_where_it_belongs(client, film):
    with open_source(film.source) as source:
        rgb = next(frame.rgb for frame in source.frames(rgb=True) if frame.index == 16)
    sent = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
    content = client.post("/api/paintings", content=sent, headers={"Content-Type": "image/png"}).json()[
        "content"
    ]
    body = {"film": film.key, "name": "mine.png", "content": content}
    client.post("/api/actions", json={"version": 0, "kind": "paint", "arguments": body})
    end = time.monotonic() + 30
    while True:
        (picture,) = client.get("/api/paintings").json()["films"][0]["pictures"]
        if picture["place"]:
            break
        assert time.monotonic() < end
        time.sleep(0.02)
    assert picture["place"] == {"film": film.key, "frame": 16, "seconds": pytest.approx(16 / 12, abs=0.01)}


def test_the_place_of_a_picture_that_was_painted_here_is_known(client, film):
    sent = cv2.imencode(".png", np.full((64, 96, 4), 200, np.uint8))[1].tobytes()
    answer = client.post(
        f"/api/paintings?film={film.key}&frame=13", content=sent, headers={"Content-Type": "image/png"}
    )
    body = {"film": film.key, "name": "e1-000013.png", "content": answer.json()["content"]}
    client.post("/api/actions", json={"version": 0, "kind": "paint", "arguments": body})
    (picture,) = client.get("/api/paintings").json()["films"][0]["pictures"]
    assert picture["place"] == {"film": film.key, "frame": 13, "seconds": pytest.approx(13 / 12, abs=0.01)}
