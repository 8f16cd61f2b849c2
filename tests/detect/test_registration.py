"""Registration against known shifts and changes of brightness, also beside moving characters and in grain."""

import numpy as np
import pytest

from cartoonize.detect.registration import placed, register
from cartoonize.unsteadiness import Unsteadiness
from tests.support.worn import drawing, worn

AT = [
    Unsteadiness(0.3, -0.4, 1.05, -3),
    Unsteadiness(-2.6, 1.7, 0.94, 2),
    Unsteadiness(4.2, 3.1, 1, 0),
    Unsteadiness(0, 0, 1.08, -8),
]


@pytest.mark.parametrize("grain", [0, 3])
@pytest.mark.parametrize("at", AT)
def test_position_and_brightness_are_found(at, grain):
    reference = worn(drawing(), Unsteadiness(), grain, seed=1)
    found = register(worn(drawing(), at, grain, seed=2), reference).frame
    assert [found.down, found.right] == pytest.approx([at.down, at.right], abs=0.08)
    levels = np.array([60, 130, 200])
    error = (found.gain * levels + found.offset) - (at.gain * levels + at.offset)
    assert np.abs(error).max() < 1.5


def test_a_character_that_moves_by_itself_does_not_count():
    before, after = drawing(), drawing()
    before[60:160, 40:120] = drawing(5)[60:160, 40:120]
    after[66:166, 52:132] = drawing(5)[60:160, 40:120]
    found = register(worn(after, AT[0]), before)
    assert found.frame.distance == pytest.approx(AT[0].distance, abs=0.06)
    assert found.unexplained_shift < 0.5 and found.unexplained_change < 0.5


def test_equal_pictures_are_at_the_same_place():
    found = register(drawing(), drawing()).frame
    assert (
        found.distance < 1e-3
        and found.gain == pytest.approx(1)
        and found.offset == pytest.approx(0, abs=1e-3)
    )


@pytest.mark.parametrize("picture", [np.full((240, 320), 90, np.uint8), np.full((3, 5), 90, np.uint8)])
def test_a_picture_without_edges_has_no_shift(picture):
    brighter = (picture + 4).astype(np.uint8)
    found = register(brighter, picture)
    assert found.frame.distance == 0 and found.unexplained_shift == 1
    if picture.size > 100:
        assert found.frame.gain * 90 + found.frame.offset == pytest.approx(94, abs=0.1)


def test_stripes_have_no_shift_along_themselves():
    stripes = np.repeat(np.tile([40, 200], 20).repeat(8)[:, None], 320, 1).astype(np.uint8)
    found = register(np.roll(stripes, 1, 0), stripes).frame
    assert abs(found.right) < 0.01 and np.isfinite([found.down, found.gain, found.offset]).all()


def test_placing_undoes_the_shift():
    at = Unsteadiness(1.4, -2.3)
    back = placed(worn(drawing(), at), at)
    inside = slice(4, -4), slice(4, -4)
    rest = np.abs(back - drawing())[inside].mean()
    assert rest < 0.2 * np.abs(worn(drawing(), at).astype(float) - drawing())[inside].mean()
