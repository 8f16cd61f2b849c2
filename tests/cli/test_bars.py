"""Films with bars: bars stay grey to the pixel, and nothing learns from them."""

import json

import av
import cv2
import numpy as np
import pytest

from cartoonize.video import open_source, write_film
from tests.support.films import FRAME_RATE, pictures

pytestmark = pytest.mark.video
BAR = 16


def boxed(picture, level=12, noise=2.0, seed=0):
    """Add grey and noisy bars above and below."""
    rng = np.random.default_rng(int(picture.sum()) % 1000 + seed)
    whole = cv2.copyMakeBorder(picture, BAR, BAR, 0, 0, cv2.BORDER_CONSTANT, value=(level,) * 3)
    bars = np.ones(whole.shape[:2], bool)
    bars[BAR:-BAR] = False
    whole[bars] = np.clip(level + rng.normal(0, noise, (bars.sum(), 1)), 0, 255)
    return whole


@pytest.fixture
def letterboxed(tmp_path):
    path = tmp_path / "boxed.mkv"
    write_film(path, map(boxed, pictures(1)), frame_rate=FRAME_RATE, codec="ffv1")
    return path


def chroma(path):
    """Return the U and V planes of all frames, (frames, 2, height, width)."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
    height = frames[0].shape[0] * 2 // 3
    width = frames[0].shape[1]
    return np.stack([frame[height:].reshape(2, height // 2, width // 2) for frame in frames])


@pytest.mark.parametrize("refine", ["none", "grow", "tracks"])
def test_bars_are_grey_to_the_pixel(cartoonize, studio, letterboxed, tmp_path, refine):
    output = tmp_path / "out.mkv"
    outcome = cartoonize(
        "colorize", letterboxed, "-w", studio.root, "-o", output, "--codec", "ffv1", "--refine", refine
    )
    assert outcome.code == 0, outcome.err
    assert "boxed.mkv: black bars (16 pixels above, 16 pixels below) stay grey." in outcome.out
    planes = chroma(output)
    assert (planes[:, :, : BAR // 2] == 128).all()
    assert (planes[:, :, -BAR // 2 :] == 128).all()
    # A small network may find one of the shots grey.
    assert (planes[:, :, BAR // 2 : -BAR // 2] != 128).any((0, 1)).mean() > 0.9
    with open_source(letterboxed) as source, open_source(output) as result:
        for one, other in zip(source.frames(), result.frames(), strict=True):
            assert np.array_equal(one.luma, other.luma)


def test_a_picture_has_the_same_colours_with_and_without_bars(cartoonize, studio, letterboxed, tmp_path):
    bare, outputs = tmp_path / "bare.mkv", [tmp_path / "a.mkv", tmp_path / "b.mkv"]
    write_film(bare, pictures(1), frame_rate=FRAME_RATE, codec="ffv1")
    for source, output in zip((letterboxed, bare), outputs, strict=True):
        assert not cartoonize("colorize", source, "-w", studio.root, "-o", output, "--codec", "ffv1").code
    boxed, whole = map(chroma, outputs)
    assert np.array_equal(boxed[:, :, BAR // 2 : -BAR // 2], whole)


def test_no_bars_colours_everything(cartoonize, studio, letterboxed, tmp_path):
    output = tmp_path / "out.mkv"
    options = ("--codec", "ffv1", "--no-bars", "--refine", "none")
    outcome = cartoonize("colorize", letterboxed, "-w", studio.root, "-o", output, *options)
    assert outcome.code == 0 and "bars" not in outcome.err
    assert (chroma(output)[:, :, : BAR // 2] != 128).mean() > 0.5


def test_pictures_to_learn_from_have_no_bars(cartoonize, letterboxed, tmp_path):
    bare = tmp_path / "bare.mkv"
    write_film(bare, pictures(1), frame_rate=FRAME_RATE, codec="ffv1")
    outcome = cartoonize("extract", letterboxed, bare, "-w", tmp_path / "w")
    assert outcome.code == 0, outcome.err
    assert "boxed: black bars (16 pixels above, 16 pixels below) are left out." in outcome.out
    boxed, whole = (sorted((tmp_path / "w" / "frames" / name).glob("*.png")) for name in ("boxed", "bare"))
    assert [path.name for path in boxed] == [path.name for path in whole]
    for one, other in zip(boxed, whole, strict=True):
        change = np.abs(cv2.imread(str(one)).astype(int) - cv2.imread(str(other)))
        assert change[12:-12].max() <= 1  # decoders blend the colours of lines along the edge
    assert "up to date" in cartoonize("extract", letterboxed, "-w", tmp_path / "w").out
    again = cartoonize("extract", letterboxed, "-w", tmp_path / "w", "--no-bars")
    assert again.code == 0 and "up to date" not in again.out
    assert cv2.imread(str(boxed[0]))[:40].max() < 40


def test_moving_noise_in_bars_makes_no_new_frame(cartoonize, tmp_path):
    path = tmp_path / "noisy.mkv"
    still = next(pictures(1))
    write_film(path, (boxed(still, 20, 12, k) for k in range(8)), frame_rate=FRAME_RATE, codec="ffv1")
    outcome = cartoonize("extract", path, "-w", tmp_path / "w", "--threshold", "10")
    assert "noisy: kept 1 of 8 frames" in outcome.out


def test_scores_are_those_of_the_picture_alone(cartoonize, tmp_path):
    def wrong(picture):
        return np.clip(picture.astype(int) + (30, 0, 0), 0, 255).astype(np.uint8)

    films = {}
    for name, around in (("bare", lambda p: p), ("boxed", lambda p: boxed(p, 10, 0))):
        films[name] = tmp_path / f"{name}.mkv", tmp_path / f"{name}-wrong.mkv"
        for path, pixels in zip(films[name], (pictures(1), map(wrong, pictures(1))), strict=True):
            write_film(path, map(around, pixels), frame_rate=FRAME_RATE, codec="ffv1")

    def scores(name, *options):
        original, result = films[name]
        outcome = cartoonize("evaluate", result, "--reference", original, "--json", *options)
        assert outcome.code == 0, outcome.err
        return outcome.json["results"][0]

    bare, without, with_bars = scores("bare"), scores("boxed"), scores("boxed", "--no-bars")
    assert without["psnr"] == pytest.approx(bare["psnr"], abs=0.1)
    assert without["ciede2000"] == pytest.approx(bare["ciede2000"], rel=0.02)
    assert with_bars["psnr"] > bare["psnr"] + 1


def test_workers_leave_bars_grey(cartoonize, studio, letterboxed, tmp_path):
    pytest.importorskip("distributed")
    outputs = [tmp_path / "here.mkv", tmp_path / "there.mkv"]
    for output, options in zip(outputs, ((), ("--scheduler", "local[1]")), strict=True):
        outcome = cartoonize(
            "colorize", letterboxed, "-w", studio.root, "-o", output, "--codec", "ffv1", "--refine", "none",
            *options,
        )  # fmt: skip
        assert outcome.code == 0, outcome.err
    assert np.array_equal(*map(chroma, outputs))


def first_picture(path):
    with open_source(path) as source:
        return next(source.frames(rgb=True)).rgb.astype(int)


def test_references_show_whole_frames(cartoonize, studio, letterboxed, tmp_path):
    green = boxed(next(pictures(1)), 12, 0)
    sky = (green == (240, 220, 130)).all(-1)
    green[sky] = (150, 230, 150)
    reference, output = tmp_path / "boxed-000000.png", tmp_path / "out.mkv"
    cv2.imwrite(str(reference), green[..., ::-1])
    arguments = ("--reference", reference, "--codec", "ffv1", "-o", output)
    outcome = cartoonize("colorize", letterboxed, "-w", studio.root, *arguments)
    assert outcome.code == 0 and " is frame " in outcome.out, outcome
    assert (chroma(output)[:, :, : BAR // 2] == 128).all()
    assert (np.abs(first_picture(output) - green).max(-1)[sky] < 40).mean() > 0.9


def test_pins_count_on_whole_frames(cartoonize, studio, letterboxed, tmp_path):
    picture = boxed(next(pictures(1)), 12, 0)
    y, x = (int(k.mean()) for k in np.nonzero((picture == (210, 40, 50)).all(-1)))
    at = {"x": (x + 0.5) / picture.shape[1], "y": (y + 0.5) / picture.shape[0]}

    def colorize(**place):
        pin = {"episode": "boxed", "frame": 0, **place, "color": "#2030c0"}
        studio.pins.write_text(json.dumps({"format": "cartoonize-pins", "version": 1, "pins": [pin]}))
        output = tmp_path / "out.mkv"
        arguments = ("--codec", "ffv1", "-o", output, "--force")
        return output, cartoonize("colorize", letterboxed, "-w", studio.root, *arguments)

    output, outcome = colorize(**at)
    assert outcome.code == 0, outcome.err
    red, _, blue = first_picture(output)[y, x]
    assert blue > red + 40
    _, outcome = colorize(x=0.5, y=0.05)
    assert outcome.code == 2 and "is on a black bar" in outcome.err
