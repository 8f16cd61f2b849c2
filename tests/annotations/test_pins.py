"""Pins: colours of single regions of frames."""

import json

import numpy as np
import pytest

from cartoonize.annotations.pins import Pin, hints_of_pins, read_pins, write_pins
from cartoonize.color.lab import rgb_to_lab
from cartoonize.errors import UsageError, WorkspaceError
from cartoonize.tracking.parts import parts_of_grey
from cartoonize.video import open_source
from tests.support.films import film, pictures
from tests.support.tracked import SIZE, scene

RED = Pin("grey", 0, 0.2, 0.55, "#d22832")
N_FRAMES = 16


def parts_and_disc():
    """Return the parts of a picture of a disc on a background, and the mask of the disc."""
    picture, inside = scene(100)
    return parts_of_grey(picture), inside


def hints_on(parts, pins):
    return hints_of_pins(parts.regions, parts.lines, parts.lightness, pins)


def test_a_pin_colours_its_region_and_nothing_else():
    parts, inside = parts_and_disc()
    lines = parts.lines
    red, blue = Pin("a", 0, 100 / SIZE, 0.5, "#ff0000"), Pin("a", 0, 0.02, 0.02, "#0000ff")
    hints = hints_on(parts, [red])
    assert (hints.confidence[inside & ~lines] == 1).all() and not hints.confidence[lines].any()
    assert hints.confidence[:60].max() == 0
    np.testing.assert_allclose(hints.ab[128, 100], (80.1, 67.2), atol=0.2)
    both = hints_on(parts, [red, blue])
    assert (both.confidence[5, 5], both.confidence[128, 100]) == (1, 1) and both.ab[5, 5, 1] < -100


def test_the_error_of_contradicting_pins_names_both():
    parts, _ = parts_and_disc()
    one, other = Pin("a", 3, 0.39, 0.5, "#ff0000"), Pin("a", 3, 0.4, 0.52, "#00ff00")
    with pytest.raises(UsageError, match=r"at 0\.39, 0\.5 \(#ff0000\).*at 0\.4, 0\.52 \(#00ff00\)"):
        hints_on(parts, [one, other])
    hints_on(parts, [one, Pin("a", 3, 0.4, 0.52, "#fe0000")])  # nearly the same colour


def test_pins_on_light_and_dark_places_of_one_region_are_a_gradient():
    regions, lines = np.zeros((100, 50), np.int32), np.zeros((100, 50), bool)
    lightness = np.repeat(np.linspace(30, 90, 100, dtype=np.float32)[:, None], 50, 1)
    dark, light = Pin("a", 3, 0.5, 0.2, "#2040c0"), Pin("a", 3, 0.4, 0.8, "#c0e0ff")
    for pins in ([dark, light], [light, dark]):
        hints = hints_of_pins(regions, lines, lightness, pins)
        assert np.allclose(hints.ab[20, 0], dark.ab, atol=0.5) and np.allclose(
            hints.ab[80, 0], light.ab, atol=0.5
        )
        assert np.allclose(hints.ab[50, 0], (dark.ab + light.ab) / 2, atol=0.5)
        assert np.allclose(hints.ab[0], dark.ab) and np.allclose(hints.ab[-1], light.ab)
        assert hints.pinned.all()


def test_written_pins_are_read_again(tmp_path):
    pins = [RED, Pin("b", 12, 0.0, 0.999, "#00FF00", "shot")]
    write_pins(tmp_path / "pins.json", pins)
    assert read_pins(tmp_path / "pins.json") == pins
    assert read_pins(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"color": "red"},
        {"color": "#12345"},
        {"x": 1.0},
        {"y": -0.1},
        {"x": float("nan")},
        {"frame": -1},
        {"reach": "nowhere"},
    ],
)
def test_invalid_pins_are_an_error(wrong):
    with pytest.raises(UsageError, match="pin a frame"):
        Pin(**{"episode": "a", "frame": 1, "x": 0.5, "y": 0.5, "color": "#ffffff", **wrong})


GOOD = {"episode": "a", "frame": 1, "x": 0.5, "y": 0.5, "color": "#ffffff"}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[]",
        {},
        {"format": "cartoonize-pins", "version": 99, "pins": []},
        {"format": "cartoonize-pins", "version": 1, "pins": [{}]},
        {"format": "cartoonize-pins", "version": 1, "pins": [{**GOOD, "more": 1}]},
        {"format": "cartoonize-pins", "version": 1, "pins": [{**GOOD, "frame": 1.5}]},
        {"format": "cartoonize-pins", "version": 1, "pins": [{**GOOD, "frame": True}]},
        {"format": "cartoonize-pins", "version": 2, "pins": [{**GOOD, "reach": 3}]},
        {"format": "cartoonize-pins", "version": 1, "pins": 3},
    ],
)
def test_damaged_files_are_an_error(tmp_path, data):
    path = tmp_path / "pins.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    with pytest.raises(WorkspaceError, match=r"pins\.json"):
        read_pins(path)


def test_pins_of_version_1_reach_everywhere(tmp_path):
    path = tmp_path / "pins.json"
    path.write_text(json.dumps({"format": "cartoonize-pins", "version": 1, "pins": [GOOD]}))
    assert read_pins(path) == [Pin(**GOOD, reach="everywhere")]


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def colored(cartoonize, grey, tmp_path):
    """Colour the grey film with the variant `grey`; return ab (frames, height, width, 2) and the messages."""

    def call(*arguments):
        output = tmp_path / "x.mkv"
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", tmp_path, "--json")
        outcome = cartoonize("colorize", grey, "--variant", "grey", "--refine", "tracks", *arguments, *fixed)
        assert outcome.code == 0, outcome.err
        with open_source(output) as source:
            frames = [rgb_to_lab(frame.rgb)[..., 1:] for frame in source.frames(rgb=True)]
        return np.stack(frames), outcome.err

    return call


def test_a_pin_colours_its_track_up_to_the_cut(colored, tmp_path):
    write_pins(
        tmp_path / "pins.json", [Pin("grey", 4, 0.2, 0.55, "#d22832"), Pin("other", 0, 0.5, 0.5, "#00ff00")]
    )
    ab, messages = colored()
    assert "1 pin on grey.mkv" in messages
    boxes = [(p == (210, 40, 50)).all(-1) for p in pictures(1, N_FRAMES)]
    half = N_FRAMES // 2
    inside = np.stack([a[box].mean(0) for a, box in zip(ab, boxes, strict=True)])
    assert (inside[:half, 0] > 35).all() and (np.abs(inside[half:]) < 2).all()
    sky = np.stack([np.abs(a[-8:]).mean() for a in ab])
    assert (sky < 2).all()


def test_outside_of_the_coloured_part_there_is_no_effect(colored, tmp_path):
    write_pins(tmp_path / "pins.json", [Pin("grey", 4, 0.2, 0.55, "#d22832")])
    ab, messages = colored("--start", "0.7")  # frame 9
    assert "pin" not in messages and np.abs(ab).max() < 3


def test_pins_on_an_unknown_episode_are_named(colored, tmp_path):
    pins = [Pin(name, 4, 0.2, 0.55, "#d22832") for name in ("grey", "gray", "gray", "earlier")]
    write_pins(tmp_path / "pins.json", pins)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "earlier.mkv").touch()  # coloured in another call
    _, messages = colored()
    assert "pins.json has 2 pins for 'gray', which is not a source of this call" in messages
    assert "The sources are grey." in messages and "earlier" not in messages


def test_errors_of_pins_are_one_line(fails, grey, tmp_path):
    base = (
        "colorize",
        grey,
        "--variant",
        "grey",
        "--refine",
        "tracks",
        "-o",
        tmp_path / "x.mkv",
        "-w",
        tmp_path,
    )
    write_pins(tmp_path / "pins.json", [Pin("grey", 999, 0.5, 0.5, "#d22832")])
    fails(*base, words=["pin grey frame 999", "after the end of grey.mkv"], code=2)
    write_pins(tmp_path / "pins.json", [RED, Pin("grey", 0, 0.21, 0.56, "#00ff00")])
    fails(*base, words=["#d22832", "#00ff00", "one region"], code=2)
    (tmp_path / "pins.json").write_text("{")
    fails(*base, words=["pins.json", "cannot be read"])
    assert not (tmp_path / "x.mkv").exists()
