"""cartoonize colorize --album: repeated drawings get the colours of the training episodes."""

import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace
from tests.support.cartoons import in_grey, pan_over_towns

#: Frames of a shot.
N_FRAMES = 8


@pytest.fixture
def series(cartoonize, tmp_path):
    """Make a workspace with a coloured episode of two towns, and one that is held out."""
    write_film(tmp_path / "e1.mkv", pan_over_towns((1, 2)), frame_rate=12)
    write_film(tmp_path / "e2.mkv", pan_over_towns((3, 4)), frame_rate=12)
    root = ("-w", tmp_path / "w")
    assert cartoonize("extract", tmp_path / "e1.mkv", tmp_path / "e2.mkv", *root).code == 0
    assert cartoonize("split", "--test", "e2", *root).code == 0
    return Workspace(tmp_path / "w")


@pytest.fixture
def right(cartoonize, series, tmp_path):
    """Colour towns with the variant `grey` and tracks; return the share of right colours and messages."""

    def call(seeds, *arguments):
        truth = list(pan_over_towns(seeds, step=4))
        write_film(tmp_path / "grey.mkv", map(in_grey, truth), frame_rate=12)
        output = tmp_path / "coloured.mkv"
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", series.root)
        tracks = ("--variant", "grey", "--refine", "tracks")
        outcome = cartoonize("colorize", tmp_path / "grey.mkv", *tracks, *arguments, *fixed, "--json")
        assert outcome.code == 0, outcome.err
        with open_source(output) as result:
            found = [rgb_to_lab(frame.rgb)[..., 1:] for frame in result.frames(rgb=True)]
        apart = [np.abs(a - rgb_to_lab(b)[..., 1:]).max(-1) for a, b in zip(found, truth, strict=True)]
        return (np.array(apart) < 10).mean(), outcome.err

    return call


def test_a_drawing_of_the_training_episodes_is_found(right):
    alone, messages = right((1,), "--no-album")
    assert "looked up" not in messages and alone < 0.2
    helped, messages = right((1,))
    assert "Drawings are looked up among 16 coloured drawings." in messages
    assert helped > 0.7


def test_the_album_has_only_training_episodes(right, series):
    train, test = (series.picture_paths(series.set_of(series.load(), name)) for name in ("train", "test"))
    assert len(train) == len(test) == 2 * N_FRAMES == len(WorkspaceAlbum(series))
    assert right((3,))[0] < 0.05


def test_a_reference_helps_other_shots(right, tmp_path):
    import cv2

    first, *_ = pan_over_towns((5,))
    cv2.imwrite(str(tmp_path / "first.png"), first[..., ::-1])
    alone, _ = right((5, 6, 5), "--reference", tmp_path / "first.png", "--no-album")
    helped, _ = right((5, 6, 5), "--reference", tmp_path / "first.png")
    assert helped > alone + 0.2
