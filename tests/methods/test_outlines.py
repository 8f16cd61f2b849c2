"""Outlines by the Laplacian of a Gaussian, and the regions between them."""

import numpy as np
import pytest

from cartoonize.methods.classical.common.outlines import (
    contacts,
    fill_outlines,
    largest,
    outlines,
    regions_between,
)

SIZE = 128
ROWS, COLUMNS = np.indices((SIZE, SIZE))


def box(picture, top, left, bottom, right, line=0.05, width=3):
    """Draw the outline of a box."""
    inside = picture[top + width : bottom - width, left + width : right - width].copy()
    picture[top:bottom, left:right] = line
    picture[top + width : bottom - width, left + width : right - width] = inside


@pytest.fixture
def drawing():
    """Draw a box and a disc on paper of the same lightness, with outlines three pixels wide."""
    picture = np.full((SIZE, SIZE), 0.7, np.float32)
    box(picture, 20, 10, 70, 50)
    distance = np.hypot(ROWS - 80, COLUMNS - 90)
    picture[np.abs(distance - 25) < 1.5] = 0.05
    return picture


def grain(seed, strength, shape=(SIZE, SIZE)):
    return np.random.default_rng(seed).normal(0, strength, shape).astype(np.float32)


def test_a_box_and_a_disc_are_regions(drawing):
    found = outlines(drawing)
    assert found.dtype == bool and found[drawing < 0.1].all()
    assert found.sum() < 2 * (drawing < 0.1).sum()  # at most a pixel wider on each side
    regions = regions_between(drawing)
    assert regions.dtype == np.int32 and regions.max() == 2
    assert np.array_equal(regions < 0, found)
    paper, inside, disc = regions[2, 2], regions[45, 30], regions[80, 90]
    assert (paper, inside, disc) == (0, 1, 2)  # in reading order
    assert (regions[24:66, 14:46] == inside).mean() > 0.95
    assert (regions[np.hypot(ROWS - 80, COLUMNS - 90) < 21] == disc).all()


def test_faint_shades_and_slopes_are_not_outlines(drawing):
    before = outlines(drawing)
    drawing[25:65, 30:45] -= 0.04
    assert np.array_equal(outlines(drawing), before)
    slope = np.tile(np.linspace(0.2, 0.9, SIZE, dtype=np.float32), (SIZE, 1))
    assert not outlines(slope).any()


@pytest.mark.parametrize("strength", [0.005, 0.02, 0.05])
def test_grain_does_not_create_outlines(drawing, strength):
    assert outlines(0.6 + grain(0, strength)).mean() < 0.001
    noisy = drawing + grain(1, min(strength, 0.02))
    assert outlines(noisy)[drawing < 0.1].mean() > 0.98
    far = np.hypot(ROWS - 80, COLUMNS - 90) < 20
    assert outlines(noisy)[far].mean() < 0.01
    regions = largest(regions_between(noisy), 9, 10)
    assert regions.max() == 2 and len({regions[2, 2], regions[45, 30], regions[80, 90]}) == 3


def test_a_flat_picture_is_one_region():
    for level in (0.0, 0.5, 1.0):
        assert (regions_between(np.full((30, 40), level, np.float32)) == 0).all()
    assert regions_between(np.zeros((1, 1), np.float32)).tolist() == [[0]]


def test_a_small_gap_is_closed_and_a_large_one_is_not(drawing):
    drawing[19:24, 30:33] = 0.7
    regions = regions_between(drawing)
    assert regions[2, 2] != regions[45, 30]
    drawing[19:24, 15:45] = 0.7
    regions = regions_between(drawing)
    assert regions[2, 2] == regions[45, 30]


def test_touching_paints_are_separated_without_a_line():
    picture = np.full((60, 60), 0.7, np.float32)
    picture[:, 30:] = 0.4
    regions = regions_between(picture)
    assert regions.max() == 1 and (regions[:, :29] == 0).all() and (regions[:, 34:] == 1).all()


def test_brightness_of_the_print_does_not_change_outlines(drawing):
    assert np.array_equal(outlines(drawing * 0.8 + 0.1), outlines(drawing))


def test_outlines_are_assigned_to_the_nearest_region(drawing):
    regions = regions_between(drawing)
    filled = fill_outlines(regions)
    assert np.array_equal(filled[regions >= 0], regions[regions >= 0]) and filled.min() == 0
    assert filled[45, 10] == regions[2, 2] and filled[45, 12] == regions[45, 30]


def test_the_largest_regions_come_first():
    regions = np.array([[0, 1, 1, 1], [2, 2, -1, 3]], np.int32)
    assert largest(regions, 9, 2).tolist() == [[-1, 0, 0, 0], [1, 1, -1, -1]]
    assert largest(regions, 1, 2).tolist() == [[-1, 0, 0, 0], [-1, -1, -1, -1]]
    assert largest(regions, 9, 99).tolist() == [[-1, 0, 0, 0], [-1, -1, -1, -1]]


def test_contacts_count_neighbouring_pixels():
    regions = np.array([[0, 0, 1], [0, 2, 1]], np.int32)
    assert contacts(regions, 3).tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
