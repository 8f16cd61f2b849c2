"""Of transitions that overlap, the one with the best rank counts, when nothing better is awaited."""

import pytest

from cartoonize.detect.transition_choice import MARGIN, Pending, Transition
from cartoonize.wipe_front import Front


def dissolve(start, stop, cost):
    return Transition("dissolve", start, stop, (0.5,) * (stop - start), cost=cost)


def wipe(start, stop, cost):
    fronts = (Front("line", 1.0, 0.0),) * (stop - start)
    return Transition("wipe", start, stop, (0.5,) * (stop - start), cost=cost, fronts=fronts)


def chosen(*candidates):
    """Add each candidate when it is complete; return those that count."""
    pending, found = Pending(), []
    for n_frames in range(1, 200):
        for one in candidates:
            if n_frames == one.stop + MARGIN:
                found.append(pending.add(one, n_frames))
        found.append(pending.due(n_frames))
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (dissolve(20, 40, 1.0), dissolve(20, 50, 1.2)),  # the first half of a slow dissolve
        (dissolve(20, 29, 2.9), wipe(20, 68, 1.2)),  # a doubtful dissolve that is a part of a wipe
        (wipe(22, 38, 1.9), dissolve(20, 40, 1.5)),
        (wipe(20, 40, 0.9), wipe(20, 68, 0.8)),
    ],
)
def test_the_better_one_of_two_that_overlap_counts(worse, better):
    assert chosen(worse, better) == [better]


def test_transitions_that_follow_each_other_all_count():
    three = wipe(20, 32, 0.5), dissolve(50, 62, 0.8), dissolve(62, 80, 2.6)
    assert chosen(*three) == list(three)


def test_a_clear_dissolve_does_not_wait_for_long():
    pending = Pending()
    pending.add(dissolve(20, 32, 0.8), 36)
    assert pending.due(46) is None
    assert pending.due(47) is not None
