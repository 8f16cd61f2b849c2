"""cartoonize doubtful, cartoonize references suggest, colorize --confidence-video."""

import cv2
import numpy as np
import pytest

from cartoonize.filters.render import confidence_planes
from cartoonize.frames import Frame, PlaneFormat
from cartoonize.tasks import suggest
from cartoonize.video import open_source
from tests.support.films import N_FRAMES, pictures


@pytest.fixture
def colored(cartoonize, studio):
    """Colour the test episode with tracks; return the workspace and the output."""
    outcome = cartoonize("colorize", "-w", studio.root, "--refine", "tracks", "--json")
    assert outcome.code == 0, outcome.err
    (result,) = outcome.json["outputs"]
    assert result["confidence"] == str(studio.out / "e1.confidence.json")
    assert "cartoonize doubtful" in outcome.err
    return studio, studio.out / "e1.mkv"


def test_the_worst_shot_comes_first(cartoonize, colored):
    studio, output = colored
    outcome = cartoonize("doubtful", "-w", studio.root, "--json")
    shots = outcome.json["shots"]
    assert [s["shot"] for s in sorted(shots, key=lambda s: s["start"])] == [0, 1]
    assert [(s["start"], s["stop"]) for s in sorted(shots, key=lambda s: s["start"])] == [
        (0, 12),
        (12, N_FRAMES),
    ]
    assert shots[0]["confidence"] <= shots[1]["confidence"]
    assert all(0 < s["confidence"] < 1 and s["regions"] for s in shots)
    named = cartoonize("doubtful", output, "-n", 1, "--json")
    assert named.json["shots"] == shots[:1] or named.json["shots"][0]["start"] == shots[0]["start"]
    assert "likely right" in named.err and "references suggest" in named.err


def test_without_anything_coloured(fails, studio, tmp_path):
    fails("doubtful", "-w", studio.root, words=["contains no video coloured with tracks"], code=2)
    fails("doubtful", tmp_path / "x.mkv", words=["x.confidence.json does not exist"])


def test_the_confidence_as_a_video(cartoonize, studio, films, tmp_path):
    output = tmp_path / "x.mkv"
    outcome = cartoonize(
        "colorize",
        "-w",
        studio.root,
        "--refine",
        "tracks",
        "--confidence-video",
        "-o",
        output,
        "--codec",
        "ffv1",
    )
    assert outcome.code == 0, outcome.err
    with open_source(tmp_path / "x.confidence.mkv") as shown, open_source(films / "e1.mkv") as source:
        frames = list(shown.frames(rgb=True))
        assert len(frames) == N_FRAMES
        assert all(np.array_equal(a.luma, b.luma) for a, b in zip(frames, source.frames(), strict=True))


def test_low_confidence_is_red():
    grey = np.full((64, 64), 120, np.uint8)
    confidence = np.ones((256, 256), np.float32)
    confidence[:, 128:] = 0
    planes = PlaneFormat(64, 64, 64, 64, 8, True, "bt601")
    cb, cr = confidence_planes(Frame(0, 0, grey, grey, confidence=confidence), planes)
    assert (cb[:, :30] == 128).all() and (cr[:, :30] == 128).all()
    assert cr[:, 34:].min() > 170 and cb[:, 34:].max() < 120


def test_a_confidence_video_replaces_nothing_and_needs_tracks(fails, studio, tmp_path):
    (tmp_path / "x.confidence.mkv").write_text("mine")
    base = ("colorize", "-w", studio.root, "--confidence-video", "-o", tmp_path / "x.mkv")
    fails(*base, "--refine", "tracks", words=["x.confidence.mkv exists already", "--force"])
    fails(*base, words=["--confidence-video requires --refine tracks", "Add --refine tracks"], code=2)
    assert (tmp_path / "x.confidence.mkv").read_text() == "mine"


def test_suggested_frames_can_be_painted_and_used_as_references(cartoonize, studio, films, tmp_path):
    outcome = cartoonize("references", "suggest", "e1", "-n", 2, "-w", studio.root, "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json["references"]
    assert [f["shot"] for f in found] in ([0, 1], [1, 0])
    assert found[0]["mends"] >= found[1]["mends"] > 0 and sum(f["covers"] for f in found) <= 1.0001
    assert "likely wrong" in outcome.err and "Together they cover" in outcome.err
    colors = list(pictures(1))
    for suggestion in found:
        path = studio.root / "references" / "e1" / f"e1-{suggestion['frame']:06d}.png"
        assert suggestion["path"] == str(path)
        grey = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert (
            grey.shape == (64, 96, 4) and (grey[..., 0] == grey[..., 2]).all() and (grey[..., 3] == 255).all()
        )
        cv2.imwrite(str(path), colors[suggestion["frame"]][..., ::-1])
    outcome = cartoonize(
        "colorize", "-w", studio.root, "--reference", studio.root / "references" / "e1",
        "-o", tmp_path / "x.mkv", "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["outputs"][0]["refine"] == "tracks"
    shots = cartoonize("doubtful", tmp_path / "x.mkv", "--json").json["shots"]
    assert all(shot["confidence"] > 0.8 for shot in shots)


def test_suggestions_give_networks_their_input(cartoonize, studio, monkeypatch):
    """A network trained on CIE L of the coloured picture gets that as input, as in colorize."""
    small = ("--width", "0.125", "--batch-size", "4", "--accumulate", "1", "--epochs", "1")
    done = cartoonize("train", "-w", studio.root, "--variant", "plain-l2", *small, "--luminance", "cielab")
    assert done.code == 0, done.err
    seen = []
    colorize = suggest.predict_frames

    def watched(frames, members, **options):
        for frame in colorize(frames, members, **options):
            seen.append(frame.rgb is not None)
            yield frame

    monkeypatch.setattr(suggest, "predict_frames", watched)
    assert cartoonize("references", "suggest", "e1", "-n", 1, "-w", studio.root).code == 0
    assert len(seen) == N_FRAMES and all(seen)


def test_suggest_with_wrong_arguments(fails, studio, tmp_path):
    base = ("references", "suggest", "-w", studio.root)
    fails(*base, "nowhere", words=["unknown file or episode 'nowhere'", "e1"], code=2)
    fails(*base, "e1", "-n", 0, words=["n must be at least 1, got 0"], code=2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "painted.png").write_text("work")
    fails(*base, "e1", "-o", tmp_path / "mine", words=["mine exists already", "-o"])
