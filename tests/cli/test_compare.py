"""cartoonize compare."""

import shutil
from fractions import Fraction

import numpy as np
import pytest

from cartoonize.tasks import compare as task
from cartoonize.tasks.compare import GAP
from cartoonize.video import open_source, write_film
from tests.support.files import tree
from tests.support.films import BAD_SOURCES, N_FRAMES, film, pictures


def test_panels_side_by_side(cartoonize, films, tmp_path):
    output = tmp_path / "compare.mp4"
    videos = (films / "e1.mkv", films / "grey.mkv")
    labels = ("--label", "one", "--label", "zwei")
    outcome = cartoonize(
        "compare", *videos, "-o", output, "--height", "64", *labels, "-w", tmp_path, "--json"
    )
    assert outcome.code == 0, outcome.err
    assert outcome.json == {"output": str(output), "n_frames": N_FRAMES}
    assert set(tree(tmp_path)) == {"compare.mp4"} and f"Wrote {output}: 24 frames." in outcome.err
    with open_source(output) as source:
        (first, *rest) = [frame.rgb.astype(int) for frame in source.frames(rgb=True)]
        assert len(rest) == N_FRAMES - 1 and float(source.format.frame_rate) == pytest.approx(12)
    strip, picture = first[:28], first[28:]
    assert picture.shape == (64, 96 + GAP + 96, 3) and strip.max() > 150  # the label
    left, between, right = picture[:, :96], picture[:, 96:-96], picture[:, -96:]
    assert np.ptp(left[32, 20]) > 100 and np.ptp(right[32, 20]) < 20 and between[:, 2:-2].max() < 40
    assert not np.array_equal(strip[:, :96], strip[:, -96:])


def test_it_is_as_long_as_the_shortest_and_wraps_into_rows(cartoonize, films, tmp_path):
    short = film(tmp_path / "short.mkv", 2, n_frames=10)
    output = tmp_path / "compare.mkv"
    videos = (films / "e1.mkv", short, films / "e3.mkv")
    outcome = cartoonize("compare", *videos, "-o", output, "--columns", "2", "--height", "64", "--json")
    assert outcome.json["n_frames"] == 10
    with open_source(output) as source:
        assert (source.format.height, source.format.width) == (2 * (64 + 28) + GAP, 2 * 96 + GAP)


def test_labels_are_the_shortest_names_that_differ(cartoonize, films, tmp_path, monkeypatch):
    videos = [tmp_path / name for name in ("a/out/rpi.mkv", "b/out/rpi.mkv", "auto.mkv")]
    for video in videos:
        video.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(films / "e1.mkv", video)
    labels, panel = [], task._Panel
    monkeypatch.setattr(
        task, "_Panel", lambda source, label, height: labels.append(label) or panel(source, label, height)
    )
    assert cartoonize("compare", *videos, "-o", tmp_path / "c.mkv", "--height", 64).code == 0
    assert labels == ["a/out/rpi", "b/out/rpi", "auto"]


def test_four_panels_are_a_square_with_labels_that_grow_with_them(cartoonize, films, tmp_path):
    output = tmp_path / "compare.mp4"
    label = ("--label", "a label that is far too long for a narrow panel like this")
    outcome = cartoonize("compare", *[films / "e1.mkv"] * 4, "-o", output, "--height", 480, *label * 4)
    assert outcome.code == 0, outcome.err
    with open_source(output) as source:
        assert (source.format.height, source.format.width) == (2 * (480 + 40) + GAP, 2 * 720 + GAP)


def test_panels_have_square_pixels(cartoonize, tmp_path):
    wide = tmp_path / "wide.mkv"
    write_film(wide, pictures(1, 4), frame_rate=12, sample_aspect_ratio=Fraction(4, 3))
    output = tmp_path / "c.mkv"
    assert cartoonize("compare", wide, wide, "-o", output, "--height", 64).code == 0
    with open_source(output) as source:
        assert source.format.width == 2 * 128 + GAP


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_sources(fails, films, bad, tmp_path, name):
    if name == "cut.mp4":  # which is longer than the other one
        return
    output = tmp_path / "c.mp4"
    fails("compare", films / "e1.mkv", bad / name, "-o", output, words=[bad / name, BAD_SOURCES[name]])
    assert tree(tmp_path) == {}


def test_a_film_that_ends_too_early_leaves_nothing(fails, bad, tmp_path):
    long = film(tmp_path / "long.mkv", n_frames=60)
    words = [bad / "cut.mp4", BAD_SOURCES["cut.mp4"]]
    fails("compare", long, bad / "cut.mp4", "-o", tmp_path / "c.mp4", words=words)
    assert set(tree(tmp_path)) == {"long.mkv"}


def test_an_output_that_exists_is_kept_unless_forced(cartoonize, fails, films, tmp_path):
    video = shutil.copy(films / "e1.mkv", tmp_path / "e.mkv")
    other, output = films / "e2.mkv", tmp_path / "c.mkv"
    output.write_text("precious")
    before = tree(tmp_path)
    fails("compare", video, other, "-o", output, words=[output, "exists", "--force"])
    for force in ([], ["--force"]):
        fails("compare", video, other, "-o", video, *force, words=[video, "one of the inputs"])
    assert tree(tmp_path) == before
    assert cartoonize("compare", video, other, "-o", output, "--height", "64", "--force").code == 0


def test_an_unwritable_output(fails, films, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for output in (tmp_path / "file" / "c.mp4", tmp_path / "nowhere" / "c.mp4"):
        fails(
            "compare", films / "e1.mkv", films / "e2.mkv", "-o", output, words=[output, "cannot be written"]
        )
    assert set(tree(tmp_path)) == {"file"}


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["-o", "c.avi"], [".avi", ".mp4", ".mkv"]),
        (["-o", "c.mp4", "--label", "one"], ["1 labels", "2 videos"]),
        (["-o", "c.mp4", "--columns", "0"], ["columns must be at least 1, got 0"]),
        (["-o", "c.mp4", "--height", "4"], ["height must be 32 to 2160, got 4"]),
    ],
)
def test_wrong_usage(fails, films, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    fails("compare", films / "e1.mkv", films / "e2.mkv", *arguments, words=words, code=2)
    assert tree(tmp_path) == {}


def test_one_video_is_not_enough(fails, misused, films, tmp_path):
    fails("compare", films / "e1.mkv", "-o", tmp_path / "c.mp4", words=["two videos"], code=2)
    misused("compare", films / "e1.mkv", films / "e2.mkv", words=["--output"])
