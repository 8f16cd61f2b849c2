"""Things that look the same in coloured pictures."""

import threading

import cv2
import numpy as np
import pytest

from cartoonize.color.hex import lab_of
from cartoonize.errors import UnknownNameError
from cartoonize.review.similar import Looks, RegionIndex
from cartoonize.review.similar_things import SimilarThings
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.workspace import Workspace

BLUE, RED, GREEN = "#3355bb", "#bb4433", "#338844"


def picture(shapes):
    """Return a grey drawing (256, 256) with outlined shapes (kind, x, y, colour), as regions and ab."""
    grey = np.full((256, 256), 225, np.uint8)
    ab = np.zeros((256, 256, 2), np.float32)
    for kind, x, y, color in shapes:
        mask = np.zeros((256, 256), np.uint8)
        if kind == "disc":
            cv2.circle(mask, (x, y), 22, 1, -1)
        else:
            cv2.rectangle(mask, (x - 30, y - 9), (x + 30, y + 9), 1, -1)
        grey[mask > 0], ab[mask > 0] = 110, lab_of(color)[1:]
        grey[cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0] = 0
    return parts_of_grey(grey), ab


@pytest.fixture(scope="module")
def index():
    everywhere = np.ones((256, 256), bool)
    one, two = picture([("disc", 60, 60, BLUE), ("bar", 180, 180, RED)]), picture([("disc", 190, 70, BLUE)])
    return RegionIndex([(0, *one, everywhere), (1, *two, everywhere)])


def region(parts, x, y):
    return int(parts.regions[y, x])


def test_shape_tells_things_of_one_lightness_apart(index):
    parts, _ = picture([("disc", 100, 150, GREEN), ("bar", 60, 60, GREEN)])
    for (x, y), color in (((100, 150), BLUE), ((60, 60), RED)):
        (_, best), *_ = index.similar(parts, region(parts, x, y), 5)
        assert np.linalg.norm(best.ab - lab_of(color)[1:]) < 2
    found = [one.ab for _, one in index.similar(parts, region(parts, 100, 150), 9)]
    assert len(found) == 3  # blue, red and the ground: each colour once


def test_a_region_is_most_like_itself(index):
    parts, _ = picture([("disc", 60, 60, BLUE), ("bar", 180, 180, RED)])
    looks = Looks.of(parts, range(len(parts.areas)))
    for k in range(len(parts.areas)):
        assert looks.distances(Looks.of(parts, [k])).argmin() == k


def test_an_index_is_kept_as_arrays(index):
    again = RegionIndex.of(index.arrays())
    parts, _ = picture([("bar", 60, 60, GREEN)])
    one, other = (i.similar(parts, region(parts, 60, 60), 5) for i in (index, again))
    assert [(n, r.picture, r.box) for n, r in one] == [(n, r.picture, r.box) for n, r in other]
    assert len(RegionIndex.of(RegionIndex(()).arrays())) == 0


def test_unknown_colours_are_left_out():
    parts, ab = picture([("disc", 60, 60, BLUE)])
    known = np.zeros((256, 256), bool)
    known[30:90, 30:90] = True
    (one,) = [RegionIndex([(0, parts, ab, known)])[0]]
    assert np.linalg.norm(one.ab - lab_of(BLUE)[1:]) < 2
    assert len(RegionIndex([(0, parts, ab, np.zeros_like(known))])) == 0


def ready(workspace):
    done = threading.Event()
    things = SimilarThings(workspace, done.set)
    parts, _ = picture([("disc", 60, 60, BLUE)])
    assert things.find(parts, 0) is None
    assert done.wait(60)
    return things, parts


def test_the_things_of_a_workspace_with_their_pictures(colored):
    things, parts = ready(colored)
    found = things.find(parts, region(parts, 60, 60))
    assert 1 < len(found) <= 6 and len({one["color"] for one in found}) == len(found)
    number = int(found[0]["picture"].partition("?")[0].rpartition("/")[2])
    assert cv2.imdecode(np.frombuffer(things.picture(number), np.uint8), 1).shape[0] == 72
    (kept,) = (colored.cache / "review").glob("similar-*.npz")
    state = kept.stat().st_mtime_ns
    again, _ = ready(colored)
    assert again.find(parts, region(parts, 60, 60)) == found and kept.stat().st_mtime_ns == state
    for wrong in (-1, 10**9):
        with pytest.raises(UnknownNameError):
            things.picture(wrong)
    kept.write_bytes(b"damaged")
    again, _ = ready(colored)
    assert again.find(parts, region(parts, 60, 60)) == found


def test_painted_frames_count_where_they_are_painted(tmp_path):
    workspace = Workspace(tmp_path)
    painted = np.zeros((256, 256, 4), np.uint8)
    painted[..., :3] = 225
    cv2.circle(painted, (60, 60), 22, (0xBB, 0x55, 0x33, 255), -1)
    folder = workspace.root / "references" / "e1"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "000004.png"), painted)
    things, parts = ready(workspace)
    (found,) = things.find(parts, region(parts, 60, 60))
    assert np.linalg.norm(lab_of(found["color"])[1:] - lab_of(BLUE)[1:]) < 6


def test_the_page_asks_for_them(session, browse):
    client = browse(session)
    (film,) = session.films.values()
    address = f"/api/shots/{film.key}/{film.shots[0].start}/similar/4?x=0.25&y=0.55"
    while (similar := client.get(address).json()["similar"]) is None:
        pass
    shown = client.get(similar[0]["picture"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert client.get("/similar/999999").status_code == 404
    assert client.get(address.replace("/4?", "/999?")).json() == {"similar": []}
