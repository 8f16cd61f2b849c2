"""Gate weave and flicker are noticed; what was drawn or made with a camera is not taken for them."""

import numpy as np
import pytest

from cartoonize.detect.print_steadiness import PrintSteadiness
from cartoonize.unsteadiness import Unsteadiness
from tests.support.worn import STEADY, drawing, unsteady, worn

N = 28


def n_unsteady(frames):
    """Return after how many of the frames the print counts as unsteady."""
    steadiness, n = PrintSteadiness(), 0
    for frame in frames:
        steadiness.add(frame, is_same=False, is_cut=False)
        n += steadiness.is_unsteady
    return n


@pytest.mark.parametrize("grain", [0, 2])
@pytest.mark.parametrize(
    ("weave", "flicker"),
    [(0.5, 0), (1.0, 0), (0, 0.02), (1.0, 0.03)],
    ids=["weave", "strong", "flicker", "both"],
)
def test_weave_and_flicker_are_noticed(weave, flicker, grain):
    places = unsteady(N, weave=weave, flicker=flicker)
    frames = [worn(drawing(), at, grain, seed=k) for k, at in enumerate(places)]
    assert n_unsteady(frames) > N - 20


def actor(k):
    frame = drawing()
    left = 20 + 5 * (k // 2)
    frame[90:170, left : left + 50] = drawing(3)[90:170, 100:150]
    return frame


STEADY_FILMS = {
    "held": lambda k: drawing(),
    "a character walks": actor,
    "a slow pan": lambda k: worn(drawing(), Unsteadiness(0, 0.5 * k)),
    "a fast pan": lambda k: worn(drawing(), Unsteadiness(0, 7.0 * k)),
    "a large shake": lambda k: worn(drawing(), Unsteadiness(8.0 * (-1) ** k, 0)),
    "a fade out and in": lambda k: worn(drawing(), Unsteadiness(0, 0, abs(1 - k / 14) * 0.9 + 0.1)),
    "grain": lambda k: worn(drawing(), STEADY, 3, seed=k),
    "other pictures": lambda k: drawing(k),
}


@pytest.mark.parametrize("name", STEADY_FILMS)
def test_a_steady_print_stays_steady(name):
    assert n_unsteady(map(STEADY_FILMS[name], range(N))) == 0


def test_pairs_across_cuts_do_not_count():
    steadiness = PrintSteadiness()
    for at in unsteady(N, weave=1):
        steadiness.add(worn(drawing(), at), is_same=False, is_cut=True)
    assert not steadiness.is_unsteady


def test_another_size_begins_anew():
    steadiness = PrintSteadiness()
    for size in (240, 200, 240):
        steadiness.add(np.ascontiguousarray(drawing()[:size]), is_same=False, is_cut=False)
    assert not steadiness.is_unsteady
