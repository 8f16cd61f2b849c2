"""Unpainted areas of references: as grey as the film, whatever the format of the picture."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.references import read_references
from cartoonize.annotations.unpainted import is_unpainted, painted_hints
from cartoonize.color.lab import lightness_on_grid
from cartoonize.tracking.parts import parts_of
from cartoonize.video.planes import luma_of_rgb

SIZE = 256
#: Paints of the four houses, from left to right. The last one is grey.
PAINTS = ((200, 60, 50), (60, 140, 70), (70, 90, 190), (150, 150, 150))
NEVER, OFTEN = np.zeros(101, np.float32), np.full(101, 0.4, np.float32)


def houses():
    """Draw four houses with outlines on a blue sky; return the picture, and the house of each pixel."""
    rgb = np.full((SIZE, SIZE, 3), (120, 180, 230), np.uint8)
    numbers = np.full((SIZE, SIZE), -1)
    for k, paint in enumerate(PAINTS):
        left = 10 + 62 * k
        cv2.rectangle(rgb, (left, 80), (left + 50, 220), paint, -1)
        cv2.rectangle(rgb, (left, 80), (left + 50, 220), (10, 10, 10), 2)
        numbers[86:215, left + 6 : left + 45] = k
    return rgb, numbers


RGB, NUMBERS = houses()
GREY = luma_of_rgb(RGB, "bt601")
LIGHTNESS = lightness_on_grid(GREY, SIZE, SIZE)
PARTS = parts_of(LIGHTNESS)


@pytest.fixture
def known(tmp_path):
    """Save a reference; return for each house the share of its pixels with known colours."""

    def call(rgb, suffix=".png", shares=NEVER):
        path = tmp_path / f"a{suffix}"
        cv2.imwrite(str(path), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75] if suffix == ".jpg" else [])
        (reference,) = read_references([path])
        hints = painted_hints(reference, LIGHTNESS, PARTS.regions, PARTS.lines, shares)
        return [float((hints.confidence[k == NUMBERS] > 0).mean()) for k in range(4)]

    return call


def without_paint(*left):
    rgb = RGB.copy()
    for k in left:
        rgb[k == NUMBERS] = GREY[k == NUMBERS][:, None]
        at = 10 + 62 * k
        rgb[80:221, at : at + 51] = GREY[80:221, at : at + 51, None]
    return rgb


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("left", [(1,), (0, 2), (0, 1, 2)])
def test_an_unpainted_house_is_unknown_in_any_format(known, suffix, left):
    expected = [float(k not in left) for k in range(3)]
    np.testing.assert_allclose(known(without_paint(*left), suffix)[:3], expected, atol=0.03)


def test_grey_is_right_where_coloured_episodes_have_it_and_little_is_unpainted(known):
    assert known(RGB) == [1, 1, 1, 0]
    assert known(RGB, shares=OFTEN) == [1, 1, 1, 1]
    sky_and_houses = np.repeat(GREY[..., None], 3, -1)
    sky_and_houses[NUMBERS == 0] = RGB[NUMBERS == 0]
    assert known(sky_and_houses, shares=OFTEN)[1:] == [0, 0, 0]


def test_grey_that_is_lighter_than_the_film_was_painted(known):
    rgb = RGB.copy()
    rgb[NUMBERS == 3] = 185
    assert known(rgb) == [1, 1, 1, 1]


def test_a_stroke_on_an_unpainted_region_counts(known):
    rgb = without_paint(1)
    rgb[120:160, 92:103] = RGB[120:160, 92:103]
    share = known(rgb)[1]
    assert 0.05 < share < 0.15


def test_dark_shades_of_a_paint_are_painted(known):
    """They have little colour, as the film has."""
    assert (
        known(
            np.where((NUMBERS == 0)[..., None] & (np.arange(SIZE)[:, None, None] > 180), GREY[..., None], RGB)
        )[0]
        == 1
    )


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_grey_picture_is_unpainted_and_a_small_patch_of_paint_is_not(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    grey = np.repeat(GREY[..., None], 3, -1)
    painted = grey.copy()
    painted[100:130, 20:50] = RGB[100:130, 20:50]
    for rgb, expected in ((grey, True), (painted, False)):
        cv2.imwrite(str(path), rgb[..., ::-1])
        (reference,) = read_references([path])
        assert is_unpainted(reference, LIGHTNESS) == expected
    assert not is_unpainted(reference, LIGHTNESS + 10)
