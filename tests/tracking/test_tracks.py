"""Regions are followed through drawn shots with known answers."""

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import lightness_on_grid
from cartoonize.frames import COLOR_SIZE
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.parts import Parts, parts_of
from cartoonize.tracking.plate import Plate
from cartoonize.tracking.tracks import Follower

SIZE = COLOR_SIZE
Y, X = np.mgrid[:SIZE, :SIZE]


def disc(picture, x, y, radius=24, grey=200, line=20):
    """Draw a disc with an outline."""
    distance = np.hypot(X - x, Y - y)
    picture[distance < radius + 1.5] = line
    picture[distance < radius - 1.5] = grey
    return picture


def background(grey=120):
    return np.full((SIZE, SIZE), grey, np.uint8)


def followed(pictures):
    """Return the track under every pixel of every picture."""
    follower, maps = Follower(), []
    for grey in pictures:
        parts = parts_of(lightness_on_grid(grey, SIZE, SIZE))
        maps.append(follower.add(grey, parts)[parts.regions])
    return maps


def test_outlines_divide_a_picture_into_regions():
    parts = parts_of(lightness_on_grid(disc(background(), 128, 128), SIZE, SIZE))
    inside, outside = parts.regions[128, 128], parts.regions[10, 10]
    assert inside != outside and len(parts.areas) == 2
    line = np.hypot(X - 128, Y - 128)
    assert parts.lines[np.abs(line - 24) < 1].mean() > 0.95
    assert not parts.lines[np.abs(line - 24) > 4].any()
    assert (parts.regions[line < 20] == inside).all() and (parts.regions[line > 28] == outside).all()


def test_an_outline_divides_two_areas_of_one_paint():
    picture = background()
    picture[:, 126:129] = 10
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    assert len(parts.areas) == 2 and parts.regions[0, 0] != parts.regions[0, -1]


def test_an_outline_gets_less_colour_than_its_region():
    parts = parts_of(lightness_on_grid(disc(background(), 128, 128, grey=220, line=0), SIZE, SIZE))
    red = parts.painted(np.full((len(parts.areas), N_KNOTS, 2), 50, np.float32))
    assert (red[128, 128 + 24] < 20).all()
    assert (red[~parts.lines] == 50).all()


def test_an_outline_gets_the_colours_of_both_its_sides():
    picture = background()
    picture[:, 126:129] = 60
    parts = parts_of(lightness_on_grid(picture, SIZE, SIZE))
    values = np.zeros((len(parts.areas), N_KNOTS, 2), np.float32)
    values[parts.regions[0, 0], :, 0] = values[parts.regions[0, -1], :, 1] = 50
    left, middle, right = parts.painted(values)[100, 126:129]
    assert left[0] > right[0] > 0 and right[1] > left[1] > 0  # red on the left, yellow on the right
    shade = (parts.lightness[100, 127] + 16) / (parts.lightness[100, 100] + 16)
    assert middle == pytest.approx([25 * shade, 25 * shade], rel=0.01)


def test_an_outline_without_paint_near_it_is_darkened_once():
    lines = np.zeros((SIZE, SIZE), bool)
    lines[100:140, 100:140] = True
    lightness = np.where(lines, 20, 80).astype(np.float32)
    regions = np.zeros((SIZE, SIZE), np.int32)
    parts = Parts(regions, lines, np.array([(~lines).sum()]), np.array([80], np.float32), lightness)
    red = parts.painted(np.full((1, N_KNOTS, 2), 50, np.float32))
    assert red[120, 120] == pytest.approx([50 * 36 / 96] * 2)
    share = np.zeros((SIZE, SIZE), np.float32)
    share[:10] = 1
    over = parts.overpainted(red, np.zeros_like(red), share, np.zeros_like(lines))
    assert (over[100:140, 100:140] == red[100:140, 100:140]).all()


@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_moving_disc_is_one_track(step):
    maps = followed(disc(background(), 50 + step * t, 100) for t in range(12))
    assert {m[100, 50 + step * t] for t, m in enumerate(maps)} == {maps[0][100, 50]}
    assert {m[200, 200] for m in maps} == {maps[0][200, 200]}
    assert maps[0][100, 50] != maps[0][200, 200]


def test_a_pan_keeps_its_tracks():
    rng = np.random.default_rng(0)
    wide = np.full((SIZE, 2 * SIZE), 130, np.uint8)
    for k in range(8):
        x = 30 + 60 * k
        wide[40 + 10 * k : 110 + 10 * k, x : x + 40] = rng.integers(150, 250)
    maps = followed(np.ascontiguousarray(wide[:, 5 * t : 5 * t + SIZE]) for t in range(20))
    for t in range(10):
        assert maps[t][100, 110 - 5 * t] == maps[0][100, 110]
        assert maps[t][240, 100] == maps[0][240, 100]


def test_a_fade_keeps_its_tracks():
    scene = disc(background(), 128, 128)
    maps = followed((scene * (1 - t / 14)).astype(np.uint8) for t in range(10))
    assert {m[128, 128] for m in maps} == {maps[0][128, 128]}
    assert {m[5, 5] for m in maps} == {maps[0][5, 5]}


def test_a_disc_keeps_its_track_behind_a_pillar():
    def scene(t):
        picture = disc(background(), 30 + 10 * t, 128)
        picture[:, 100:160] = 40
        return picture

    maps = followed(scene(t) for t in range(20))
    first = maps[0][128, 30]
    assert maps[19][128, 220] == first  # hidden for some drawings, then out again
    assert maps[0][10, 10] == maps[19][10, 10]
    assert maps[10][128, 130] == maps[0][128, 130] != first


def test_hidden_background_gets_its_track_again():
    def scene(t):
        picture = background()
        picture[100:130, 100:130] = 220  # a window
        if 4 <= t < 9:
            picture[60:180, 60:180] = 60  # something in front of it
        return picture

    maps = followed(scene(t) for t in range(14))
    assert maps[13][115, 115] == maps[0][115, 115]
    assert maps[13][90, 90] == maps[0][90, 90]


@pytest.mark.parametrize("closer", [1.012, 1 / 1.012])
def test_background_that_is_hidden_during_a_zoom_gets_its_track_again(closer):
    """There are three windows of one grey, away from the middle. Each gets its own track again."""
    still = background()
    rng = np.random.default_rng(0)
    still[::16] = still[:, ::16] = 100  # a grid that shows the motion
    for x, y in ((40, 60), (75, 60), (110, 60)):
        still[y : y + 22, x : x + 22] = 220
    still[150:240, 40:220] = cv2.resize(
        rng.integers(90, 160, (9, 18)).astype(np.uint8), (180, 90), interpolation=cv2.INTER_NEAREST
    )

    def camera(t):
        zoom = closer**t
        return np.array([[zoom, 0, 128 * (1 - zoom)], [0, zoom, 128 * (1 - zoom)]])

    def scene(t):
        picture = cv2.warpAffine(still, camera(t), (SIZE, SIZE), flags=cv2.INTER_AREA, borderValue=120)
        if 4 <= t < 16:
            picture[:130] = 60  # something in front of the windows
        return picture

    maps = followed(scene(t) for t in range(20))
    tracks = [maps[0][71, x] for x in (51, 86, 121)]
    assert len(set(tracks)) == 3
    places = [np.rint(camera(19) @ (x, 71, 1)).astype(int) for x in (51, 86, 121)]
    assert [maps[19][y, x] for x, y in places] == tracks


def test_a_plate_moves_with_shifts_zooms_and_turns():
    tracks = np.full((SIZE, SIZE), 1, np.int32)
    tracks[20:30, 200:210] = 2
    for step in (
        np.array([[1, 0, 0.3], [0, 1, -0.2]]),
        np.array([[1.004, 0, -0.5], [0, 1.004, -0.5]]),
        np.array([[np.cos(0.01), -np.sin(0.01), 1], [np.sin(0.01), np.cos(0.01), -1]]),
    ):
        plate = Plate(SIZE, SIZE)
        plate.remember(tracks, np.zeros((SIZE, SIZE), np.float32))
        whole = np.eye(3)
        for _ in range(20):
            plate.move(step)
            whole = np.vstack([step, (0, 0, 1)]) @ whole
        x, y, _ = whole @ (204.5, 24.5, 1)
        spot = np.zeros((SIZE, SIZE), np.int32)
        spot[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2] = 1
        found = plate.recall(spot, np.zeros((SIZE, SIZE), np.float32), np.array([False, True]), 1.0)
        assert found[1] == 2


@pytest.mark.parametrize("fades_in", [True, False])
def test_a_fade_does_not_merge_tracks(fades_in):
    """In the darkest frames the whole picture is one region, from which others seem to separate."""
    picture = disc(disc(disc(background(), 60, 60, grey=140), 190, 70, grey=160), 120, 190, grey=100)
    gains = [0.02, 0.06, 0.12, 0.25, 0.5, 0.75, 1.0, 1.0][:: 1 if fades_in else -1]
    shots = followed(np.rint(picture * gain).astype(np.uint8) for gain in gains)
    places = ((60, 60), (70, 190), (190, 120), (5, 5))
    bright = shots[-1 if fades_in else 0]
    assert len({bright[place] for place in places}) == len(places)
    dimmed = shots[4 if fades_in else -5]  # half as bright
    assert [dimmed[place] for place in places] == [bright[place] for place in places]
