"""Grain: estimation, removal before regions are found, and steady colours under grain."""

import numpy as np
import pytest

from cartoonize.filters import predicted_part
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.track import track_frames
from cartoonize.frames import Frame, area_average
from cartoonize.refine.grain import estimate_grain, remove_grain
from cartoonize.tracking.steady import Steady
from tests.support.tracked import disc_film, near

SIZE = 256
Y, X = np.mgrid[:SIZE, :SIZE]
RED, GREEN = (50, 30), (-40, 30)


def drawing(x=100):
    """Draw a light disc with an outline on a middle grey."""
    distance = np.hypot(X - x, Y - 128)
    picture = np.full((SIZE, SIZE), 110, np.uint8)
    picture[distance < 50] = 20
    picture[distance < 47] = 190
    return picture


def grainy(picture, deviation, seed=0):
    noise = np.random.default_rng(seed).normal(0, deviation, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("deviation", [2, 5, 12])
def test_grain_is_estimated_and_outlines_are_ignored(deviation):
    assert estimate_grain(drawing()) == 0
    assert estimate_grain(grainy(drawing(), deviation)) == pytest.approx(deviation, rel=0.15)
    assert estimate_grain(grainy(drawing(), deviation)[:255, :201]) == pytest.approx(deviation, rel=0.15)


def test_removal_recovers_the_picture_under_the_grain():
    noisy = grainy(drawing(), 6)
    clean = remove_grain(noisy, 6)
    before, after = (np.abs(picture.astype(int) - drawing()) for picture in (noisy, clean))
    assert after.mean() < 0.4 * before.mean()
    outline = np.abs(np.hypot(X - 100, Y - 128) - 48.5) < 1
    assert clean[outline].mean() < 60  # not blurred into its surroundings


def test_only_grainy_drawings_are_cleaned_and_once():
    pictures = [drawing(), grainy(drawing(), 5), grainy(drawing(), 5)]
    numbers = [0, 1, 1]
    frames = [Frame(i, i, g, g, drawing=n) for i, (g, n) in enumerate(zip(pictures, numbers, strict=True))]
    plain, first, held = clean_frames(frames)
    assert plain.clean is None and plain.without_grain is plain.grey
    assert first.clean is held.clean and first.without_grain is first.clean
    assert all(frame.grey is g and frame.luma is g for frame, g in zip(frames, pictures, strict=True))


def test_a_large_film_is_cleaned_on_the_colour_grid():
    large = np.kron(drawing(), np.ones((2, 2), np.uint8))
    (frame,) = clean_frames([Frame(0, 0, large, grainy(large, 12), drawing=0)])
    assert frame.clean is not None and frame.clean.shape == (SIZE, SIZE)
    assert np.abs(frame.clean.astype(int) - area_average(large)).mean() < 3


def test_colours_under_grain_are_even_and_still():
    """Without cleaning, grain makes pixels of one paint take the colour of the other."""

    def frames():
        for frame in disc_film(12):
            grey = grainy(frame.grey, 9, seed=frame.index)
            yield frame.having(grey=grey, luma=grey)

    def flicker(numbered):
        ab = np.stack([frame.ab[0] for frame in track_frames(numbered)])
        return np.abs(np.diff(ab[:, :100, 200:], axis=0)).mean()

    assert flicker(clean_frames(frames())) < 0.5 * flicker(frames())


def even(ab):
    return np.broadcast_to(np.float32(ab), (SIZE, SIZE, 2)).copy()


def paths(shift=0):
    """Return the paths of all pixels to their earlier positions, ``shift`` pixels to the left."""
    from cartoonize.optical_flow import Paths

    before = X - shift
    back = np.where(before >= 0, Y * SIZE + before, -1).astype(np.int32)
    return Paths(back, np.full((SIZE, SIZE), -1, np.int32))


LIGHT = np.full((SIZE, SIZE), 50, np.float32)


def test_a_path_keeps_most_of_its_colour():
    steady = Steady()
    assert (steady.show(even(RED), LIGHT, None) == even(RED)).all()
    shown = steady.show(even(GREEN), LIGHT, paths())
    assert np.allclose(shown, np.add(np.multiply(RED, 0.85), np.multiply(GREEN, 0.15)), atol=1e-3)
    for _ in range(40):
        shown = steady.show(even(GREEN), LIGHT, paths())
    assert near(GREEN, shown[0, 0])


def test_colours_follow_the_motion_and_new_pixels_get_their_own():
    steady = Steady()
    halves = np.where(X[..., None] < 128, np.float32(RED), np.float32(GREEN))
    steady.show(halves, LIGHT, None)
    shown = steady.show(even(GREEN), LIGHT, paths(shift=20))
    assert near(GREEN, shown[50, 10]) and not near(GREEN, shown[50, 140]) and near(GREEN, shown[50, 160])


def test_pixels_of_other_lightness_and_given_pixels_are_not_mixed():
    steady = Steady()
    steady.show(even(RED), LIGHT, None)
    given = X < 100
    shown = steady.show(even(GREEN), LIGHT + 20 * (X > 200), paths(), given)
    assert near(GREEN, shown[50, 50]) and near(GREEN, shown[50, 220]) and not near(GREEN, shown[50, 150])


def test_decided_colours_are_not_changed_in_place():
    steady = Steady()
    steady.show(even(RED), LIGHT, None)
    decided = even(GREEN)
    steady.show(decided, LIGHT, paths())
    assert (decided == even(GREEN)).all()


def test_only_the_first_drawing_of_a_shot_has_no_paths(monkeypatch):
    shown, show = [], Steady.show

    def watched(self, ab, lightness, paths, exact=None):
        shown.append((id(self), paths is None))
        return show(self, ab, lightness, paths, exact)

    monkeypatch.setattr(predicted_part, "MAX_DRAWINGS", 4)  # longer shots are decided in parts
    monkeypatch.setattr(Steady, "show", watched)
    assert len(list(track_frames(disc_film(18, shot=lambda t: t // 9)))) == 18
    assert [first for _, first in shown] == [True, *[False] * 8] * 2
    assert len({one for one, _ in shown[:9]}) == 1
