"""Background of a shot from its luminance, and the foreground in front of it."""

import numpy as np
import pytest

from cartoonize.methods.classical.common.background import Background, foreground

SIZE = 96
ROWS, COLUMNS = np.indices((SIZE, 2 * SIZE))
#: A wide drawing of the ground: hills, a fence, a sun.
WIDE = 0.6 + 0.15 * np.sin(COLUMNS / 9.0) * np.sin(ROWS / 7.0)
WIDE[60:64] = 0.1
WIDE[50:80, ::16] = 0.1
WIDE[np.hypot(ROWS - 20, COLUMNS - 60) < 12] = 0.95
WIDE = WIDE.astype(np.float32)
GROUND = WIDE[:, :SIZE]


def grain(seed, strength=0.008):
    return np.random.default_rng(seed).normal(0, strength, (SIZE, SIZE)).astype(np.float32)


def walk(number, step=4):
    """Return the ground with a light outlined box in front of it, and the mask of the box."""
    left = 2 + step * number
    mask = np.zeros((SIZE, SIZE), bool)
    mask[40:72, left : left + 20] = True
    picture = np.where(mask, np.float32(0.02), GROUND)
    picture[42:70, left + 2 : left + 18] = 0.8
    return picture + grain(number), mask


def shot(pictures):
    background = Background(SIZE, SIZE)
    for picture in pictures:
        background.add(picture)
    return background


@pytest.fixture(scope="module")
def walked():
    return shot(walk(number)[0] for number in range(18))


def test_the_plate_is_the_ground(walked):
    plate, is_known = walked.plate(), walked.is_known
    assert plate.dtype == np.float32 and is_known.dtype == bool
    assert is_known.mean() > 0.98
    assert np.abs(plate - GROUND)[is_known].mean() < 0.005
    assert (np.abs(plate - GROUND)[is_known] < 0.05).mean() > 0.99


@pytest.mark.parametrize("number", [1, 8, 16])
def test_the_foreground_is_the_box(walked, number):
    from scipy.ndimage import binary_dilation, binary_erosion

    picture, mask = walk(number)
    found = foreground(picture, walked.plate(), walked.is_known)
    core, around = binary_erosion(mask, iterations=2), binary_dilation(mask, iterations=2)
    assert found[core].all() and found[~around].mean() < 0.02


def test_the_background_alone_has_no_foreground(walked):
    assert foreground(GROUND + grain(99), walked.plate(), walked.is_known).mean() < 0.02


def test_a_region_that_mostly_differs_is_foreground_as_a_whole(walked):
    picture, mask = walk(8)
    picture[44:68, 38:48] = GROUND[44:68, 38:48]  # part of the box happens to be as light as the ground
    picture[50:60, 38:44] = 0.8
    found = foreground(picture, walked.plate(), walked.is_known)
    assert found[mask].mean() > 0.75


def test_a_panning_shot_has_no_background():
    background = shot(WIDE[:, 2 * n : 2 * n + SIZE] + grain(n) for n in range(20))
    assert not background.is_known.any()
    assert foreground(GROUND, background.plate(), background.is_known).all()
    slow = shot(WIDE[:, n // 3 : n // 3 + SIZE] + grain(n) for n in range(40))
    assert not slow.is_known.any()


@pytest.mark.parametrize("n_pictures", [12, 40])
def test_one_jump_of_the_print_is_not_a_pan(n_pictures):
    jump = n_pictures // 2
    jumped = shot((np.roll(GROUND, 3, 1) if n == jump else GROUND) + grain(n) for n in range(n_pictures))
    assert jumped.is_known.mean() > 0.95


def test_a_plate_of_too_few_pictures_is_not_known():
    assert not Background(SIZE, SIZE).is_known.any()
    assert not shot([GROUND]).is_known.any() and not shot([GROUND] * 2).is_known.any()
    still = shot([GROUND] * 3)
    assert still.is_known.all() and np.allclose(still.plate(), GROUND)


def test_bytes_are_equivalent_to_fractions():
    pictures = [np.rint(walk(number)[0].clip(0, 1) * 255).astype(np.uint8) for number in range(8)]
    one, other = shot(pictures), shot((picture / np.float32(255)) for picture in pictures)
    assert np.array_equal(one.plate(), other.plate()) and np.array_equal(one.is_known, other.is_known)


def test_memory_does_not_grow():
    background = Background(SIZE, SIZE)

    def n_bytes():
        return sum(getattr(value, "nbytes", 0) for value in vars(background).values())

    background.add(GROUND)
    before = n_bytes()
    for number in range(30):
        background.add(walk(number % 18)[0])
    assert n_bytes() == before
