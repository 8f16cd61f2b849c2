"""Painting in the page: the grey frame, and the picture that comes back with the frame below its paint."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest

from cartoonize.annotations.locate import locate
from cartoonize.annotations.references import read_reference
from cartoonize.errors import UnknownNameError, UsageError
from cartoonize.reporting import LOG
from cartoonize.review.again import again_arguments
from cartoonize.review.canvas import grey_frame, with_frame_below
from cartoonize.review.films import find_films
from cartoonize.review.worker import color_again, suggest
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.video import open_source

PNG = {"Content-Type": "image/png"}


def decoded(content, flags=cv2.IMREAD_UNCHANGED):
    return cv2.imdecode(np.frombuffer(content, np.uint8), flags)


def encoded(bgra):
    return cv2.imencode(".png", bgra)[1].tobytes()


def header(width, height):
    """Return the start of a PNG that says that it has this size."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def test_the_canvas_is_the_picture_that_is_suggested(colored, film, client):
    suggest(colored, {"suggest": [str(film.source)]}, LOG)
    folder = suggestions_folder(colored, film.source)
    files = sorted(folder.glob("*.png"))
    assert files
    for file in files:
        index = int(file.stem[-6:])
        answer = client.get(f"/canvas/{film.key}/{index}")
        assert answer.headers["content-type"] == "image/png"
        shown = decoded(answer.content)
        assert (shown == cv2.imread(str(file))[..., 0]).all()
        tag = {"If-None-Match": answer.headers["etag"]}
        assert client.get(f"/canvas/{film.key}/{index}", headers=tag).status_code == 304
    (listed,) = client.get("/api/films").json()["films"]
    assert files[0].name.startswith(f"{listed['stem']}-") and listed["pixel_aspect"] == 1


def test_frames_that_do_not_exist(client, film):
    assert client.get(f"/canvas/{film.key}/24").status_code == 404
    assert client.get("/canvas/none/0").status_code == 404
    with pytest.raises(UnknownNameError):
        grey_frame(film, -1)


def test_a_sent_picture_gets_the_frame_below_its_paint(client, film):
    grey = grey_frame(film, 5)
    sent = np.zeros((*grey.shape, 4), np.uint8)
    sent[10:14, 20:28] = (30, 60, 200, 255)
    answer = client.post(f"/api/paintings?film={film.key}&frame=5", content=encoded(sent), headers=PNG).json()
    body = {"film": film.key, "name": "e1-000005.png", "content": answer["content"]}
    client.post("/api/actions", json={"version": 0, "kind": "paint", "arguments": body})
    kept = decoded(client.get(f"/paintings/{film.key}/e1-000005.png").content)
    is_painted = sent[..., 3] > 0
    assert (kept[..., 3] == sent[..., 3]).all() and (kept[is_painted] == sent[is_painted]).all()
    assert (kept[~is_painted][:, :3] == grey[~is_painted][:, None]).all()


@pytest.mark.parametrize(
    "query", ["film={}&frame=x", "film={}", "frame=5", "film={}&frame=-1", "film=a&frame=1"]
)
def test_a_picture_of_a_wrong_frame_is_refused(client, film, query):
    sent = encoded(np.zeros((64, 96, 4), np.uint8))
    answer = client.post(f"/api/paintings?{query.format(film.key)}", content=sent, headers=PNG)
    assert answer.status_code in (400, 404) and answer.json()["error"]


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(UsageError, match="has 96x32 pixels, but the frame has 96x64"):
        with_frame_below(np.zeros((32, 96, 4), np.uint8), np.zeros((64, 96), np.uint8))


def test_too_many_pixels_are_refused_before_they_are_decoded(client):
    answer = client.post("/api/paintings", content=header(30_000, 30_000), headers=PNG)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the picture has 30000x30000 pixels, more than 67 million")
    from PIL import Image

    file = io.BytesIO()
    Image.new("1", (9000, 8000)).save(file, "PNG")
    assert "9000x8000" in client.post("/api/paintings", content=file.getvalue(), headers=PNG).json()["error"]


def test_a_frame_with_one_small_spot_is_found(colored, film, tmp_path):
    """Little of it is painted, but the frame below the paint shows where it is."""
    spot = np.zeros((64, 96, 4), np.uint8)
    spot[30:35, 40:46] = (30, 60, 200, 255)  # 0.5% of the frame
    file = tmp_path / "spot.png"
    for index in (4, 13, 20):
        rgba = cv2.cvtColor(spot, cv2.COLOR_BGRA2RGBA)
        painted = with_frame_below(rgba, grey_frame(film, index))
        cv2.imwrite(str(file), cv2.cvtColor(painted, cv2.COLOR_RGBA2BGRA))
        reference = read_reference(file)
        assert not reference.is_transparent and len(reference.hints)
        with open_source(film.source) as source:
            (sighting,) = locate(source.frames(), [reference]).sightings
        assert sighting.frame == index - index % 2 and sighting.likeness > 0.9  # drawings are held


@pytest.mark.parametrize("is_most", [True, False], ids=["most of the sky", "a spot"])
def test_what_was_painted_here_colours_its_thing_if_it_is_most_of_it(colored, film, open_session, is_most):
    """A spot is for itself: it may be a cloud. It is shown where its pixels go."""
    grey = grey_frame(film, 2)
    _, regions = cv2.connectedComponents((grey == grey[5, 50]).astype(np.uint8), connectivity=4)
    sky = regions == regions[5, 50]
    spot = np.zeros_like(sky)
    spot[2:8, 40:60] = True  # a small part of the sky
    sent = np.zeros((*grey.shape, 4), np.uint8)
    sent[sky if is_most else spot] = (40, 200, 40, 255)  # in green
    session = open_session(colored)
    content = session.keep_painting(encoded(sent), film.key, "2")
    arguments = {"film": film.key, "name": "e1-000002.png", "content": content}
    session.act(0, "paint", arguments)
    color_again(colored, again_arguments(session.films, {"arguments": {}}, "cpu"), LOG)
    (again,) = find_films(colored)
    shown = decoded(session.pictures.frame(again, again.shots[0], "now", 8))  # another frame of the shot

    def is_green(area):
        blue, green, red = shown[area].astype(int).mean(0)
        return green > max(blue, red) + 20

    assert is_green(cv2.erode((sky & spot).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    away = sky & ~(cv2.dilate(spot.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0)
    assert is_green(away) == is_most
