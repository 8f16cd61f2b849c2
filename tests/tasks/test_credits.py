"""Credits in the workspace: detected in the drawn series, marked by hand, left out of training."""

import numpy as np
import pytest

from cartoonize.detect.credits import CreditColors
from cartoonize.errors import UsageError
from cartoonize.sample.series import SampleOptions, credits_opacity
from cartoonize.tasks.credits import CreditsOptions, mark_credits
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.sample import sample
from cartoonize.workspace import Workspace

DRAWN = SampleOptions(n_episodes=2, seconds=8.0, height=240, width=320)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    sample(folder, options=DRAWN)
    workspace = Workspace(folder / "w")
    extract(workspace, [folder / "episode1.mkv"], options=ExtractOptions(threshold=0.5))
    return workspace


def test_the_drawn_credits_are_found_and_nothing_else(workspace):
    (found,) = mark_credits(workspace, [], colors=CreditColors(), options=CreditsOptions())
    record = workspace.load().episode("episode1")
    opacity = credits_opacity(1, DRAWN)
    marked = np.array([record.credits.covers(index) for index in range(record.n_decoded)])
    assert len(opacity) == record.n_decoded
    assert marked[opacity >= 0.2].mean() >= 0.9
    assert not marked[opacity == 0].any()
    assert found.n_credits == len(record.frames) - len(record.pictures) > 0


def test_faded_neighbours_are_trimmed_only_if_asked(workspace):
    (plain,) = mark_credits(workspace, [], colors=CreditColors(), options=CreditsOptions(dry_run=True))
    (trimmed,) = mark_credits(
        workspace, [], colors=CreditColors(), options=CreditsOptions(dry_run=True, trim=8)
    )
    assert trimmed.n_credits > plain.n_credits
    assert trimmed.n_credits - plain.n_credits <= 4 * 8


def test_marks_by_hand_win(workspace):
    options = CreditsOptions(detect=False, mark=((60, 70),), unmark=((0, 5),))
    mark_credits(workspace, ["episode1"], colors=CreditColors(), options=options)
    credits = workspace.load().episode("episode1").credits
    assert credits.covers(60) and credits.covers(69) and not credits.covers(70)
    assert not credits.covers(4)
    options = CreditsOptions(detect=False, unmark=((64, 66),))
    mark_credits(workspace, ["episode1"], colors=CreditColors(), options=options)
    credits = workspace.load().episode("episode1").credits
    assert credits.covers(63) and not credits.covers(65) and credits.covers(66)
    mark_credits(workspace, ["episode1"], colors=CreditColors(), options=CreditsOptions())
    assert workspace.load().episode("episode1").credits.covers(63), "a search must keep marks by hand"


def test_marks_need_one_episode(workspace):
    with pytest.raises(UsageError, match="one EPISODE"):
        mark_credits(workspace, [], colors=CreditColors(), options=CreditsOptions(mark=((0, 3),)))
