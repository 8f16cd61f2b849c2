"""Telecined films from the command line: fields and flags are kept, or the film itself is written."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from cartoonize.video import open_source, write_film
from tests.support.films import pictures
from tests.support.telecine import PATTERNS, film_numbers, telecined

pytestmark = pytest.mark.video
RATE = Fraction(30000, 1001)
N = 40


def large(picture):
    """Enlarge a picture, so that it has enough lines for a comb."""
    return cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)


@pytest.fixture
def film(tmp_path):
    """A telecined film whose drawings are held for two pictures."""
    path = tmp_path / "film.mkv"
    frames = telecined(map(large, pictures(1, N)), PATTERNS["3:2"])
    sound = np.zeros((44100, 2), np.float32)
    write_film(path, frames, frame_rate=RATE, field_order="top", codec="ffv1", sound=sound)
    return path


def chroma(path):
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    height = frames[0].height
    planes = [frame.to_ndarray()[height:].reshape(2, height // 2, -1) for frame in frames]
    return np.stack(planes), [frame.interlaced_frame for frame in frames]


@pytest.mark.parametrize("refine", ["none", "tracks"])
def test_each_field_has_the_colours_of_its_picture(cartoonize, studio, film, tmp_path, refine):
    plain, outputs = tmp_path / "plain.mkv", [tmp_path / "a.mkv", tmp_path / "b.mkv"]
    write_film(plain, map(large, pictures(1, N)), codec="ffv1", frame_rate=Fraction(24000, 1001))
    for source, output in zip((film, plain), outputs, strict=True):
        options = ("--codec", "ffv1", "--refine", refine, "-o", output, "--json")
        outcome = cartoonize("colorize", source, "-w", studio.root, *options)
        assert outcome.code == 0, outcome.err
        (result,) = outcome.json["outputs"]
        assert result["n_unique"] == N // 2  # as many as the film has drawings
    (woven, interlaced), (whole, _) = map(chroma, outputs)
    assert all(interlaced)
    for planes, (first, second) in zip(woven, film_numbers(N, PATTERNS["3:2"]), strict=True):
        assert np.array_equal(planes[:, 0::2], whole[first][:, 0::2])
        assert np.array_equal(planes[:, 1::2], whole[second][:, 1::2])
    with open_source(film) as source, open_source(outputs[0]) as result:
        assert result.format.field_order == source.format.field_order == "top"
        assert result.format.frame_rate == source.format.frame_rate
        for one, other in zip(source.frames(), result.frames(), strict=True):
            assert np.array_equal(one.luma, other.luma) and one.pts == other.pts


def test_the_film_itself_is_written(cartoonize, film, tmp_path):
    output = tmp_path / "out.mkv"
    options = ("--variant", "grey", "--codec", "ffv1", "--film", "-o", output, "--json")
    outcome = cartoonize("colorize", film, "-w", tmp_path / "w", *options)
    assert outcome.code == 0, outcome.err
    (result,) = outcome.json["outputs"]
    assert (result["n_frames"], result["n_unique"]) == (N, N // 2)
    with open_source(output) as source:
        assert float(source.format.frame_rate) == pytest.approx(24000 / 1001, abs=0.01)
        assert source.format.field_order == "progressive"
        times = [float(frame.pts * source.format.time_base) for frame in source.frames()]
    assert np.diff(times) == pytest.approx(1001 / 24000, abs=0.0011)
    with av.open(str(output)) as container:
        ends = [float(p.pts * p.time_base) for p in container.demux(audio=0) if p.size]
    assert max(ends) == pytest.approx(1, abs=0.05)


def test_a_film_that_is_not_telecined_is_told(fails, films, tmp_path):
    arguments = ("-w", tmp_path, "--variant", "grey", "--film")
    fails("colorize", films / "e1.mkv", *arguments, words=("is not telecined film",), code=2)
