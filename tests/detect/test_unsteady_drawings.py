"""Held drawings on unsteady prints, small changes that must not be missed, and steady films."""

from copy import deepcopy

import numpy as np
import pytest

from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.detect.unsteady_drawings import PrintDrawingDetector
from cartoonize.unsteadiness import Unsteadiness
from tests.support.worn import drawing, unsteady, worn

N_HELD, N_DRAWINGS = 4, 7
N = N_HELD * N_DRAWINGS
#: Frames after which an unsteady print is known to be one.
N_BEFORE = 13


def film(places, grain=0.0, drawn=lambda k: drawing(mouth=3 * (k // N_HELD % 2))):
    """Yield frames of drawings that are held for four frames; every second one has a mouth of 8x3 pixels."""
    for k, at in enumerate(places):
        yield worn(drawn(k), at, grain, seed=k)


def found_in(frames):
    detector = PrintDrawingDetector()
    return [detector.add(frame) for frame in frames]


@pytest.mark.parametrize("grain", [0, 1])
@pytest.mark.parametrize(("weave", "flicker"), [(1, 0), (1, 0.02)], ids=["weave", "both"])
def test_drawings_of_an_unsteady_print_are_those_of_a_steady_one(weave, flicker, grain):
    places = unsteady(N, weave=weave, flicker=flicker)
    found = found_in(film(places, grain))
    begins = [is_new for is_new, _ in found]
    assert sum(DrawingDetector().is_new(f) for f in film(places, grain)) == N
    assert begins[4 * N_HELD :] == [k % N_HELD == 0 for k in range(4 * N_HELD, N)]
    origins = [(places[k].down - found[k][1].down, places[k].right - found[k][1].right) for k in range(16, N)]
    assert np.ptp(origins, 0).max() < 0.3


@pytest.fixture(scope="module", params=[0, 1, 2])
def watching(request):
    """Return a grain, and a detector that has seen a held drawing on an unsteady print with it."""
    detector = PrintDrawingDetector()
    for frame in film(unsteady(18, weave=1, flicker=0.02), request.param, drawn=lambda k: drawing()):
        detector.add(frame)
    return request.param, detector


@pytest.mark.parametrize("change", ["none", "a mouth", "a blink", "a blush", "a line"])
def test_a_small_change_is_a_new_drawing(watching, change):
    grain, detector = watching
    other = drawing(mouth=2 if change == "a mouth" else 0)
    if change == "a blink":
        other[112:116, 150:154] = 90
    if change == "a blush":
        other[110:128, 135:153] -= np.uint8(9)
    if change == "a line":
        other[105:135, 170] = 150
    shown = worn(other, Unsteadiness(0.6, -0.3, 1.02), grain, seed=99)
    assert deepcopy(detector).add(shown)[0] == (change != "none")


def test_grain_that_hides_changes_makes_every_frame_a_drawing():
    found = found_in(film(unsteady(20, weave=1), grain=9, drawn=lambda k: drawing()))
    assert all(is_new for is_new, _ in found)


def test_pictures_of_drawings_stand_still():
    places = unsteady(N, weave=1, flicker=0.02)
    detector, levels, edges = PrintDrawingDetector(), [], []
    for k, frame in enumerate(film(places)):
        detector.add(frame)
        if k >= N_BEFORE:
            levels.append(detector.picture[10:60, 10:60].mean())
            edges.append(detector.picture[10:60, 10:60].astype(float))
    assert np.std(levels) < 0.3 < np.std([frame[10:60, 10:60].mean() for frame in film(places)])
    assert np.abs(np.diff(edges, axis=0)).mean() < 0.7


def test_a_steady_film_has_the_drawings_that_it_had():
    def pictures():
        for k in range(40):
            frame = drawing(mouth=k // 3 % 4)
            frame[20:60, 5 * (k // 2) : 5 * (k // 2) + 30] = 240
            yield frame

    plain = DrawingDetector()
    assert found_in(pictures()) == [(plain.is_new(frame), None) for frame in pictures()]


def test_frames_that_must_begin_a_drawing_do_so():
    places = unsteady(24, weave=1)
    detector = PrintDrawingDetector()
    for k, frame in enumerate(film(places, drawn=lambda k: drawing())):
        found = detector.add(frame, is_cut=k == 17, begins=k == 20)
        if k in (17, 20):
            assert found == (True, None)
        elif k > N_BEFORE:
            assert not found[0], k


def test_a_frame_of_another_size_is_new():
    detector = PrintDrawingDetector()
    for frame in film(unsteady(20, weave=1), drawn=lambda k: drawing()):
        detector.add(frame)
    assert detector.add(np.ascontiguousarray(drawing()[:200])) == (True, None)
