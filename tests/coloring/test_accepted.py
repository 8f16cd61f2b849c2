"""Accepted shots: their colours stay, whatever changes."""

from dataclasses import replace

import numpy as np
import pytest

from cartoonize.coloring.accepted import AcceptedShots, converted, with_accepted_colors
from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.frames import Frame
from tests.support.cached_shots import PLANES, cached_shot, equal

GREY = np.zeros((12, 16), np.uint8)
OTHER = np.full((6, 8), 7, np.uint16), np.full((6, 8), 9, np.uint16)


def frames(times):
    return [Frame(k, pts, GREY, GREY, chroma=OTHER) for k, pts in enumerate(times)]


@pytest.fixture
def accepted(tmp_path):
    """Return the accepted shots of a film: one of six frames, from pts 0 to 200."""
    planes, shot = cached_shot()
    shot.write(tmp_path / "shot.npz")
    shots = AcceptedShots(tmp_path / "accepted")
    shots.add(tmp_path / "shot.npz")
    return planes, shots


@pytest.mark.parametrize("first", [0, 80], ids=["whole film", "part from the middle of the shot"])
def test_frames_of_an_accepted_shot_keep_its_colours(accepted, first):
    planes, shots = accepted
    times = range(first, 320, 40)
    chroma = {f.pts: f.chroma for f in with_accepted_colors(frames(times), shots, PLANES)}
    shown = dict(zip(range(0, 240, 40), [0, 1, 1, 2, 3, 3], strict=True))
    for pts in times:
        assert equal(chroma[pts], planes[shown[pts]] if pts in shown else OTHER)


def test_a_frame_at_another_time_keeps_its_own_colours(accepted):
    _, shots = accepted
    (frame,) = with_accepted_colors(frames([50]), shots, PLANES)
    assert equal(frame.chroma, OTHER)


def test_accepting_again_replaces_and_removing_ends_it(accepted, tmp_path):
    planes, shots = accepted
    before = shots.fingerprint
    shots.add(tmp_path / "shot.npz")
    assert (len(shots), shots.fingerprint) == (1, before)
    _, shot = cached_shot()
    replace(shot, start=8, tracks=None).write(tmp_path / "shot.npz")
    shots.add(tmp_path / "shot.npz")
    assert len(shots) == 1 and shots.fingerprint != before
    again = AcceptedShots(tmp_path / "accepted")
    assert again.fingerprint == shots.fingerprint
    again.remove(0)
    again.remove(0)
    assert (len(again), again.fingerprint, again.find(0)) == (0, "", None)
    assert not list((tmp_path / "accepted").iterdir())


def test_what_cannot_be_read_is_an_error(accepted, tmp_path):
    _, shots = accepted
    with pytest.raises(UsageError, match="no colours to accept"):
        shots.add(tmp_path / "missing.npz")
    (path,) = (tmp_path / "accepted").iterdir()
    path.write_bytes(b"damaged")
    with pytest.raises(WorkspaceError, match="are damaged"):
        shots.find(40)


def test_colours_in_another_format_are_the_same_colours():
    rng = np.random.default_rng(0)
    wide = replace(PLANES, chroma_height=12, chroma_width=16, bit_depth=8, full_range=True)
    smooth = rng.integers(300, 700, (1, 1)).repeat(6, 0).repeat(8, 1).astype(np.uint16)
    there = converted((smooth, smooth), PLANES, wide)
    assert there[0].shape == (12, 16) and there[0].dtype == np.uint8
    back = converted(there, wide, PLANES)
    assert back[0].dtype == np.uint16 and np.abs(back[0].astype(int) - smooth).max() <= 2
    grey = np.full((6, 8), 512, np.uint16)
    assert (converted((grey, grey), PLANES, wide)[0] == 128).all()
    assert converted((smooth, smooth), PLANES, PLANES)[0] is smooth
