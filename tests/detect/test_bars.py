"""Bars and film gates in drawn shots: found to the pixel, steady, and not in dark scenes."""

import os
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from cartoonize.detect.bars import ShotBorders, picture_areas
from cartoonize.frames import Area

DATA = Path(os.environ.get("CARTOONIZE_TEST_DATA", "nowhere"))
HEIGHT, WIDTH = 240, 320
LETTERBOX, PILLARBOX, WINDOWBOX = (30, 30, 0, 0), (0, 0, 40, 40), (24, 20, 36, 32)


def scene(seed, height, width, light=1.0):
    """Draw a picture of ellipses with outlines."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width), rng.integers(60, 200), np.uint8)
    for _ in range(12):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(10, 60)), int(rng.integers(10, 60)))
        cv2.ellipse(picture, center, axes, 0, 0, 360, int(rng.integers(50, 240)), -1)
        cv2.ellipse(picture, center, axes, 0, 0, 360, 10, 2)
    return np.rint(picture * light).astype(np.uint8)


def boxed(picture, bars, level=0):
    top, bottom, left, right = bars
    return cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=level)


def shot(seed, bars, n=8, *, light=1.0, level=0, noise=0.0):
    """Draw the frames of a shot that pans, within bars (top, bottom, left, right)."""
    top, bottom, left, right = bars
    height, width = HEIGHT - top - bottom, WIDTH - left - right
    wide = scene(seed, height, width + 2 * n, light)
    rng = np.random.default_rng(seed)
    for k in range(n):
        frame = boxed(wide[:, 2 * k : 2 * k + width], bars, level)
        yield np.clip(np.rint(frame + rng.normal(0, noise, frame.shape)), 0, 255).astype(np.uint8)


def measured(frames):
    borders = ShotBorders()
    for frame in frames:
        borders.add(frame)
    return borders.measured()


def areas(*shots):
    return picture_areas([measured(frames) for frames in shots])


def area(bars, radii=(0, 0)):
    top, bottom, left, right = bars
    return Area(top, HEIGHT - bottom, left, WIDTH - right, radii)


@pytest.mark.parametrize("bars", [LETTERBOX, PILLARBOX, WINDOWBOX])
@pytest.mark.parametrize(("level", "noise"), [(0, 0), (16, 2), (30, 6)])
def test_bars_are_found_to_the_pixel_also_grey_and_noisy_ones(bars, level, noise):
    assert areas(*(shot(k, bars, level=level, noise=noise) for k in range(3))) == [area(bars)] * 3


def test_a_picture_without_bars_has_none():
    assert areas(*(shot(k, (0, 0, 0, 0)) for k in range(5))) == [None] * 5


@pytest.mark.parametrize("light", [0.02, 0.1, 0.2])
def test_dark_scenes_are_not_bars(light):
    assert areas(*(shot(k, (0, 0, 0, 0), light=light) for k in range(3))) == [None] * 3


def test_the_night_sky_and_a_black_ground_are_not_bars():
    def night():
        for k in range(8):
            frame = scene(3, HEIGHT, WIDTH)
            sky = np.rint(np.linspace(0, 90, 120))[:, None]
            frame[:120] = np.minimum(frame[:120], sky)
            frame[200:] = 4  # straight, but on one side of one shot only
            cv2.circle(frame, (60 + 4 * k, 100), 30, 220, -1)
            yield frame

    others = [list(shot(k, (0, 0, 0, 0))) for k in range(2)]
    assert areas(others[0], night(), others[1]) == [None] * 3


def test_a_dark_shot_has_the_bars_of_its_neighbours_if_they_agree():
    dark = list(shot(1, LETTERBOX, light=0.01))
    bright = [list(shot(k, LETTERBOX)) for k in range(2, 4)]
    other = list(shot(5, PILLARBOX))
    assert areas(bright[0], dark, bright[1]) == [area(LETTERBOX)] * 3
    assert areas(dark, bright[0]) == [area(LETTERBOX)] * 2
    assert areas(bright[0], dark, other) == [area(LETTERBOX), None, area(PILLARBOX)]


def test_each_shot_has_its_own_bars():
    kinds = [LETTERBOX, PILLARBOX, (0, 0, 0, 0), WINDOWBOX, LETTERBOX]
    found = areas(*(shot(k, bars) for k, bars in enumerate(kinds)))
    assert found == [area(bars) if any(bars) else None for bars in kinds]


def test_edges_do_not_jump_by_a_line_from_shot_to_shot():
    sizes = [(30, 30, 0, 0), (31, 29, 0, 0), (30, 30, 0, 0), (29, 31, 0, 0)]
    found = areas(*(shot(k, bars, level=20, noise=4) for k, bars in enumerate(sizes)))
    assert all(one == other for one, other in pairwise(found)) and found[0] == area(LETTERBOX)


def test_edges_in_interlaced_frames_are_between_lines_of_both_fields():
    bars = (30, 30, 0, 0)
    (found,) = picture_areas([measured(shot(1, bars))], line_step=4)
    assert found == area((32, 32, 0, 0))


def test_a_slanting_edge_is_an_edge():
    def slanting(seed):
        for frame in shot(seed, (0, 0, 0, 0)):
            for x in range(WIDTH):
                frame[: 30 + round(x / WIDTH * 2), x] = 8
                frame[HEIGHT - 30 :, x] = 8
            yield frame

    (first, *rest) = areas(*map(slanting, range(3)))
    assert first in (area((30, 30, 0, 0)), area((32, 30, 0, 0))) and set(rest) == {first}


def test_a_line_with_a_drop_out_of_the_tape_is_still_bar():
    def torn(seed):
        for k, frame in enumerate(shot(seed, LETTERBOX, 12, level=16, noise=3)):
            frame[3 + k, 40:200] = 255
            frame[4 + k, 40:200] = 255
            yield frame

    assert areas(*map(torn, range(2))) == [area(LETTERBOX)] * 2


@pytest.mark.parametrize("n", [6, 30])
def test_the_ground_of_a_title_that_fades_is_not_a_bar(n):
    """It is dark in the mean of the shot, and light at its height."""

    def title():
        for k in range(n):
            card = np.full((HEIGHT, WIDTH), 77, np.uint8)
            card[HEIGHT // 2 - 20 : HEIGHT // 2 + 20, 8 : WIDTH - 8] = 240
            yield np.rint(card * min(1, (k + 1) / n * 2, (n - k) / n * 2)).astype(np.uint8)

    assert areas(title(), shot(0, (0, 0, 0, 0)), title()) == [None] * 3


def rounded(frames, radii, level=20):
    corners = Area(0, HEIGHT, 0, WIDTH, radii).corners.astype(np.float32)
    soft = cv2.GaussianBlur(corners, (0, 0), 1.5)
    for frame in frames:
        yield np.rint(frame * (1 - soft) + level * soft).astype(np.uint8)


def test_the_round_corners_of_a_film_gate_are_found():
    films = [list(rounded(shot(k, (0, 0, 0, 0)), (18, 18))) for k in range(4)]
    dark = list(shot(9, (0, 0, 0, 0), light=0.02))
    found = areas(*films[:2], dark, *films[2:])
    assert len(set(found)) == 1 and found[0] is not None
    assert (found[0].top, found[0].bottom, found[0].left, found[0].right) == (0, HEIGHT, 0, WIDTH)
    assert all(abs(radius - 18) <= 3 for radius in found[0].radii)


def test_dark_corners_of_a_picture_are_not_a_gate():
    def vignette(seed):
        y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        gain = np.clip(1.6 - (x * x + y * y) * 0.8, 0, 1)
        return (np.rint(frame * gain).astype(np.uint8) for frame in shot(seed, (0, 0, 0, 0)))

    assert areas(*map(vignette, range(3))) == [None] * 3


@pytest.mark.skipif(not DATA.is_dir(), reason="CARTOONIZE_TEST_DATA has no films")
def test_popeye_has_a_film_gate_and_munchausen_has_nothing():
    from cartoonize.filters.areas import find_areas
    from cartoonize.video import open_source

    with open_source(DATA / "popeye" / "p2.mkv") as source:
        gate = find_areas(islice(source.frames(), 240)).at(100)
    assert gate is not None
    assert min(gate.radii) >= 55
    assert max(gate.radii) <= 95
    assert (gate.top, gate.bottom, gate.left, gate.right) == (0, 1074, 0, 1440)
    with open_source(DATA / "munchausen" / "e01.mp4") as source:
        assert set(find_areas(islice(source.frames(), 240)).areas) == {None}
