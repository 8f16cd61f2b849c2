"""Known colours of a part of a shot, and what the next part gets."""

from types import SimpleNamespace

import numpy as np
import pytest

from cartoonize.filters.part_hints import PartHints
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.tracking.tracks import paths_between
from tests.support.tracked import RED, SIZE, X, Y, near, painted, scene

EVERYWHERE = np.ones((SIZE, SIZE), bool)
INSIDE = scene(100)[1]


@pytest.fixture(scope="module")
def shot():
    """Three drawings of a disc that moves, and their paths."""
    pictures = [scene(x)[0] for x in (100, 106, 112)]
    drawings = [SimpleNamespace(grey=picture, parts=parts_of_grey(picture)) for picture in pictures]
    pairs = zip(drawings, drawings[1:], strict=False)
    return drawings, [paths_between(one.grey, one.parts.lightness, other.grey) for one, other in pairs]


def handed_over(shot, hints):
    """Return the hints of the next part, which begins with the last drawing."""
    part = PartHints()
    part.add(0, hints)
    part.carry(*shot)
    assert near(RED, part.known[2].ab[120, 112])
    return part.after(2, EVERYWHERE)


def test_a_picture_votes_in_the_next_part_too(shot):
    following, parts = handed_over(shot, painted(INSIDE)), shot[0][2].parts
    votes = following.voting(0, parts)
    assert near(RED, votes.ab[128, 112]) and votes.confidence[128, 112] > 0 and votes.confidence[5, 5] > 0


@pytest.mark.parametrize("where", [INSIDE, INSIDE & (Y < 128)], ids=["a thing", "a patch"])
def test_paint_on_a_part_of_a_picture_does_not_vote_in_the_next_part(shot, where):
    following, parts = handed_over(shot, painted(INSIDE, where=where)), shot[0][2].parts
    assert following.given[0].confidence[120, 112] > 0 and len(following.voting(0, parts)) == 0
    assert following.given[0].pinned is None  # it decides about no thing there
    is_whole = following.whole(0, parts).confidence[120, 112] > 0
    assert is_whole == (where is INSIDE)


def test_a_picture_of_the_first_drawing_of_the_next_part_counts(shot):
    """The drawing is held: the frame that is painted comes after the hand-over."""
    following, parts = handed_over(shot, painted(INSIDE, where=INSIDE)), shot[0][2].parts
    following.add(0, painted(X < 0))
    votes = following.voting(0, parts)
    assert votes.confidence[5, 5] == 1 and votes.confidence[128, 112] > 0


def test_only_trusted_colours_are_handed_over(shot):
    part = PartHints()
    part.add(0, painted(INSIDE))
    part.carry(*shot)
    following = part.after(2, X < 112)
    assert following.given[0].confidence[128, 108] > 0 and following.given[0].confidence[128, 116] == 0
