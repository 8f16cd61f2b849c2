"""cartoonize colorize: outputs for studios."""

import av
import cv2
import numpy as np
import pytest

from cartoonize.video import open_source, write_film
from tests.support.films import N_FRAMES

pytestmark = pytest.mark.video


@pytest.fixture
def call(cartoonize, studio, films, tmp_path):
    """Colour the grey film with a network; return the outcome."""

    def colorize(output, *arguments, refine="none"):
        call = ("colorize", films / "grey.mkv", "-w", studio.root, "-o", tmp_path / output, "--json")
        return cartoonize(*call, "--refine", refine, *arguments)

    return colorize


def summary(outcome):
    assert outcome.code == 0, outcome.err
    return outcome.json["outputs"][0]


def test_prores_and_its_profiles(call, tmp_path):
    summary(call("out.mov", "--codec", "prores", "--profile", "proxy"))
    with av.open(str(tmp_path / "out.mov")) as container:
        assert container.streams.video[0].profile == "Proxy"
        assert container.streams.audio and sum(1 for _ in container.decode(video=0)) == N_FRAMES
    outcome = call("out.mov", "--codec", "prores", "--profile", "proxy")
    assert summary(outcome)["as_before"]


def test_the_default_output_of_prores_is_mov(cartoonize, studio, films):
    outcome = cartoonize(
        "colorize", films / "grey.mkv", "-w", studio.root, "--codec", "prores", "--preview", "3", "--json",
        "--variant", "grey",
    )  # fmt: skip
    assert summary(outcome)["output"] == str(studio.out / "grey.mov")
    # MOV cannot hold the colour of the subtitle.
    assert [path.rsplit(".")[-1] for path in summary(outcome)["sidecars"]] == ["srt"]


@pytest.mark.parametrize("codec, suffix", [("tiff", ".tif"), ("exr", ".exr"), ("png", ".png")])
def test_sequences_of_pictures(call, tmp_path, codec, suffix):
    summary(call("out", "--codec", codec, "--preview", "3", "--variant", "grey"))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"{k:06d}{suffix}" for k in (1, 2, 3)]


def test_the_layer_of_colour(call, tmp_path, films):
    """Above the grey film it gives the film that is written without the option."""
    summary(call("whole", "--codec", "png", "--preview", "3"))
    summary(call("layer", "--codec", "png", "--preview", "3", "--chroma-only"))
    with open_source(films / "grey.mkv") as source:
        for number, frame in zip((1, 2, 3), source.frames(), strict=False):
            whole = cv2.imread(str(tmp_path / "whole" / f"{number:06d}.png")) / 255
            layer = cv2.imread(str(tmp_path / "layer" / f"{number:06d}.png"), cv2.IMREAD_UNCHANGED) / 65535
            opacity, grey = layer[..., 3:], frame.grey[..., None] / 255
            assert opacity.max() > 0.1
            assert np.abs(layer[..., :3] * opacity + grey * (1 - opacity) - whole).max() < 2 / 255


def test_a_layer_of_prores(call, tmp_path):
    summary(call("layer.mov", "--codec", "prores", "--preview", "3", "--chroma-only"))
    with av.open(str(tmp_path / "layer.mov")) as container:
        stream = container.streams.video[0]
        assert stream.profile == "4444" and stream.format.name.startswith("yuva444p")


def test_a_clip_for_each_shot_from_the_cache(call, tmp_path):
    """Options of the output change nothing in the colours, so no shot is coloured again."""
    first = summary(call("whole.mkv", "--codec", "ffv1", refine="tracks"))
    result = summary(call("clips", "--codec", "ffv1", "--clip-per-shot", "--handles", "2", refine="tracks"))
    assert result["n_kept_shots"] == result["n_shots"] == first["n_shots"] == 2
    assert result["output"] == str(tmp_path / "clips")
    clips = sorted((tmp_path / "clips").iterdir())
    assert [clip.name for clip in clips] == ["clips.0001.mkv", "clips.0002.mkv"]
    counts = []
    for clip in clips:
        with open_source(clip) as source:
            counts.append(sum(1 for _ in source.frames()))
    assert sum(counts) == N_FRAMES + 4
    assert (tmp_path / "clips.confidence.json").exists()
    assert summary(call("clips", "--codec", "ffv1", "--clip-per-shot", "--handles", "2", refine="tracks"))[
        "as_before"
    ]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--profile", "hq"), "no profiles"),
        (("--codec", "prores", "--profile", "ultra"), "proxy"),
        (("--codec", "prores", "--crf", "3"), "crf"),
        (("--chroma-only",), "opacity"),
        (("--handles", "3"), "--clip-per-shot"),
        (("--clip-per-shot",), "Give a folder"),
        (("--codec", "mpeg9"), "prores"),
    ],
)
def test_what_does_not_go_together_is_said_in_a_line(fails, studio, films, tmp_path, arguments, words):
    suffix = ".mov" if "prores" in arguments else ".mkv"
    call = ("colorize", films / "grey.mkv", "-w", studio.root, "-o", tmp_path / f"out{suffix}", *arguments)
    fails(*call, words=[words], code=2)
    assert not (tmp_path / f"out{suffix}").exists()


@pytest.mark.parametrize(
    "arguments",
    [("--codec", "dnxhr"), ("--codec", "prores", "--profile", "lt"), ("--codec", "prores", "--chroma-only")],
)
def test_the_confidence_video_is_an_ordinary_one(cartoonize, studio, tmp_path, arguments):
    film = tmp_path / "grey.mkv"
    write_film(film, (np.full((128, 256, 3), 90, np.uint8) for _ in range(3)), codec="ffv1")
    output = tmp_path / "out.mov"
    call = ("colorize", film, "-w", studio.root, "-o", output, "--confidence-video", "--refine", "tracks")
    outcome = cartoonize(*call, "--variant", "grey", *arguments)
    assert outcome.code == 0, outcome.err
    with av.open(str(tmp_path / "out.confidence.mkv")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert not container.streams.video[0].format.name.startswith("yuva")


def test_a_folder_of_clips_of_pictures_is_known_by_its_pictures(call, tmp_path):
    arguments = ("--codec", "png", "--clip-per-shot")
    summary(call("clips", *arguments))
    assert summary(call("clips", *arguments))["as_before"]
    first = tmp_path / "clips" / "clips.0001" / "000001.png"
    first.write_bytes(first.read_bytes() + b"changed")
    assert "exists already" in call("clips", *arguments).err
    assert not summary(call("clips", *arguments, "--force"))["as_before"]
