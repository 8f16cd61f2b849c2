"""Outlines and small spots of paint get the colours that they have in references."""

import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.frames import Frame
from cartoonize.tracking.ink import Ink
from cartoonize.tracking.parts import parts_of
from tests.support.streams import track
from tests.support.tracked import BLUE, GREEN, RED, SIZE, at, near, predicted

BROWN = (10.0, 25.0)


def cloth(x):
    """Return a light cloth with a frame of dark ink and five small dark spots, and where the spots are."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    spots = np.zeros((SIZE, SIZE), bool)
    for k in range(5):
        spots |= np.hypot(rows - 140, columns - (x + 36 * k)) < 2.2
    picture = np.full((SIZE, SIZE), 200, np.uint8)
    picture[spots] = 100
    picture[60:63, 20:236] = picture[200:203, 20:236] = 20
    return picture, spots


def film(n_frames):
    nothing = np.zeros((SIZE, SIZE), bool)
    for t in range(n_frames):
        picture = cloth(40 + 3 * t)[0]
        histogram = predicted(nothing, (GREEN, GREEN), np.random.default_rng(t))
        yield Frame(t, t, picture, picture, drawing=t, shot=0, histogram=histogram)


def painted_cloth(t):
    picture, spots = cloth(40 + 3 * t)
    ab = np.empty((SIZE, SIZE, 2), np.float32)
    ab[:] = BLUE
    ab[spots], ab[picture == 20] = RED, BROWN
    return ColorHints.everywhere(ab)


def test_small_spots_keep_their_paint_and_outlines_their_ink():
    for t, frame in enumerate(track(film(8), {3: painted_cloth(3)})):
        assert near(BLUE, at(frame, 128, 100))
        assert near(BROWN, at(frame, 128, 61)), t
        assert all(near(RED, at(frame, 40 + 3 * t + 36 * k, 140)) for k in range(5)), t


def drawing():
    lightness = np.full((64, 64), 80, np.float32)
    lightness[30:33] = 10
    return parts_of(lightness)


def test_ink_has_a_colour_at_each_lightness_that_was_seen():
    parts = drawing()
    ab = np.zeros((64, 64, 2), np.float32)
    ab[parts.lines] = BROWN
    ink, tracks = Ink(), np.arange(len(parts.areas))
    ink.add(tracks, parts, ColorHints.everywhere(ab))
    shown, known = ink.drawn(np.full((64, 64, 2), 50, np.float32), tracks, parts)
    assert (known == parts.lines).all() and known.any()
    assert np.allclose(shown[known], BROWN) and (shown[~known] == 50).all()


@pytest.mark.parametrize("n_before", [0, 1])
def test_ink_of_unknown_tracks_stays(n_before):
    parts = drawing()
    ink, tracks = Ink(), np.arange(len(parts.areas))
    if n_before:
        ink.add(tracks + 100, parts, ColorHints.everywhere(np.zeros((64, 64, 2), np.float32)))
    ab = np.full((64, 64, 2), 50, np.float32)
    shown, known = ink.drawn(ab, tracks, parts)
    assert not known.any() and (shown == ab).all()
