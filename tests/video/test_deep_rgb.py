"""RGB with more than 8 bits: the luma has all bits, through the reader and the writer."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import open_source, open_writer
from cartoonize.video.planes import luma_of_rgb_frame

pytestmark = pytest.mark.video

HEIGHT, WIDTH = 32, 64


def codes(bits):
    """Return R, G and B: random codes, and a grey ramp with all steps in the first row."""
    rgb = np.random.default_rng(1).integers(0, 1 << bits, (HEIGHT, WIDTH, 3))
    rgb[0] = np.linspace(0, (1 << bits) - 1, WIDTH).astype(int)[:, None]
    return rgb


def luma_of(rgb):
    """Return Y' by BT.601."""
    return rgb @ np.array([0.299, 0.587, 0.114])


def packed(rgb, pix_fmt, bits):
    """Return a frame with these codes."""
    planar = pix_fmt if "gbrap" in pix_fmt else f"gbrp{bits}le"
    frame = av.VideoFrame(WIDTH, HEIGHT, planar)
    for plane, number in zip(frame.planes, (1, 2, 0, 0), strict=False):
        lines = np.frombuffer(plane, np.uint8).reshape(HEIGHT, plane.line_size)
        lines[:, : 2 * WIDTH] = rgb[..., number].astype("<u2").view(np.uint8).reshape(HEIGHT, -1)
    return frame if pix_fmt == frame.format.name else frame.reformat(format=pix_fmt)


def film(path, codec, pix_fmt, bits):
    rgb = codes(bits)
    with av.open(str(path), "w", format="nut") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        for number in range(3):
            frame = packed(rgb, pix_fmt, bits)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return rgb


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "bits"),
    [
        ("ffv1", "gbrp9le", 9),
        ("ffv1", "gbrp10le", 10),
        ("ffv1", "gbrap10le", 10),
        ("rawvideo", "gbrp10be", 10),
        ("ffv1", "gbrp12le", 12),
        ("ffv1", "gbrp14le", 14),
        ("ffv1", "gbrp16le", 16),
        ("rawvideo", "rgb48le", 16),
        ("rawvideo", "rgb48be", 16),
        ("rawvideo", "rgba64le", 16),
    ],
)
def test_the_luma_of_deep_rgb_has_all_bits(tmp_path, codec, pix_fmt, bits):
    path = tmp_path / "film.nut"
    rgb = film(path, codec, pix_fmt, bits)
    with open_source(path) as source:
        assert (source.format.pix_fmt, source.format.bit_depth, source.format.full_range) == (
            pix_fmt,
            bits,
            True,
        )
        frame = next(iter(source.frames(rgb=True)))
    assert frame.luma.dtype == np.uint16
    assert np.abs(frame.luma - luma_of(rgb)).max() < 1
    assert len(np.unique(frame.luma[0])) == WIDTH
    grey = luma_of(rgb) * 255 / ((1 << bits) - 1)
    assert np.abs(frame.grey - grey).max() <= 1 and frame.rgb.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(("pix_fmt", "bits"), [("gbrpf32le", 16), ("x2rgb10le", 10)])
def test_floats_become_16_bits_and_packed_codes_keep_theirs(pix_fmt, bits):
    rgb = codes(bits)
    luma = luma_of_rgb_frame(packed(rgb, pix_fmt, bits), "bt601")
    assert np.abs(luma - luma_of(rgb)).max() < 2 and luma.max() >= (1 << bits) - 2


@pytest.mark.parametrize(("bits", "codec"), [(10, "ffv1"), (10, "h265"), (12, "ffv1")])
def test_the_copy_has_the_bits_of_the_source(tmp_path, bits, codec):
    path, output = tmp_path / "film.nut", tmp_path / "copy.mkv"
    film(path, "ffv1", f"gbrp{bits}le", bits)
    with open_source(path) as source, open_writer(output, source.format, codec=codec) as writer:
        frames = list(source.frames())
        for frame in frames:
            writer.write(frame)
    with open_source(output) as copy:
        assert (copy.format.bit_depth, copy.format.full_range) == (bits, True)
        luma = next(iter(copy.frames())).luma
    if codec == "ffv1":
        assert np.array_equal(luma, frames[0].luma)
