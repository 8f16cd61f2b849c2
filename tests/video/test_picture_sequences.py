"""Sequences of PNG, TIFF and OpenEXR pictures, and the layer of colour for compositors."""

import struct
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from cartoonize.errors import OutputError, UsageError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.video import open_source, open_writer, write_film
from cartoonize.video.full_color import color_layer, light_of

pytestmark = pytest.mark.video

SIZE = (48, 64)


def form(bit_depth=8, *, full_range=False, matrix="bt709"):
    return VideoFormat(
        height=SIZE[0],
        width=SIZE[1],
        time_base=Fraction(1, 25),
        frame_rate=Fraction(25),
        bit_depth=bit_depth,
        full_range=full_range,
        matrix=matrix,
    )


def colored(planes, source, seed=0, n_frames=3, strength=0.14):
    """Yield frames with smooth luma and random flat chroma; what they show, as R'G'B' in 0..1."""
    rng = np.random.default_rng(seed)
    height, width = planes.chroma_height, planes.chroma_width
    y = np.tile(np.linspace(0.3, 0.7, SIZE[1]), (SIZE[0], 1))
    scale, largest = 1 << (source.bit_depth - 8), (1 << source.bit_depth) - 1
    codes = y * largest if source.full_range else (16 + 219 * y) * scale
    luma = np.rint(codes).astype(np.uint8 if source.bit_depth == 8 else np.uint16)
    y = luma / largest if source.full_range else (luma / scale - 16) / 219
    red, blue = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}[
        planes.matrix
    ]
    for i in range(n_frames):
        chroma = rng.uniform(-strength, strength, (2, height // 8, width // 8))
        chroma = np.kron(chroma, np.ones((1, 8, 8)))
        chroma[:, :8] = 0  # grey
        span = (1 << planes.bit_depth) - 1 if planes.full_range else 224 << (planes.bit_depth - 8)
        stored = np.rint((1 << (planes.bit_depth - 1)) + span * chroma)
        stored = stored.astype(np.uint8 if planes.bit_depth == 8 else np.uint16)
        cb, cr = (stored.astype(float) - (1 << (planes.bit_depth - 1))) / span
        r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
        rgb = np.stack([r, (y - red * r - blue * b) / (1 - red - blue), b], -1)
        yield Frame(i, i, luma, luma, chroma=tuple(stored), duration=1), rgb


def read_exr(path):
    """Return the channels R, G, B and maybe A of an OpenEXR file."""
    decoder = av.CodecContext.create("exr", "r")
    frame, *_ = [*decoder.decode(av.Packet(path.read_bytes())), *decoder.decode(None)]
    rows = [
        np.frombuffer(p, np.float16).reshape(-1, p.line_size // 2)[: SIZE[0], : SIZE[1]] for p in frame.planes
    ]
    return np.stack([rows[2], rows[0], rows[1], *rows[3:]], -1).astype(float)


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("bit_depth", [8, 10])
@pytest.mark.parametrize("codec, suffix", [("png", ".png"), ("tiff", ".tif")])
def test_pictures_have_the_colours_that_were_meant(tmp_path, codec, suffix, bit_depth, full_range, matrix):
    """In 8 bits for films of 8 bits, else in 16; within one code, and of 16 bits within one of 10."""
    source = form(bit_depth, full_range=full_range, matrix=matrix)
    with open_writer(tmp_path / "out", source, codec=codec) as writer:
        assert writer.plane_format.bit_depth == (8 if bit_depth == 8 else 16)
        frames = list(colored(writer.plane_format, source))
        for frame, _ in frames:
            writer.write(frame)
    names = [f"{k:06d}{suffix}" for k in (1, 2, 3)]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    for name, (_, meant) in zip(names, frames, strict=True):
        picture = cv2.imread(str(tmp_path / "out" / name), cv2.IMREAD_UNCHANGED)[..., ::-1]
        assert picture.dtype == (np.uint8 if bit_depth == 8 else np.uint16)
        largest = np.iinfo(picture.dtype).max
        # The luma of 8 bits is first rounded to full range.
        assert np.abs(picture / largest - meant).max() <= (1.5 / 255 if bit_depth == 8 else 1 / 65535)


@pytest.mark.parametrize("bit_depth", [8, 10])
def test_exr_is_linear_light(tmp_path, bit_depth):
    source = form(bit_depth)
    with open_writer(tmp_path / "out", source, codec="exr") as writer:
        frames = list(colored(writer.plane_format, source))
        for frame, _ in frames:
            writer.write(frame)
    for path, (_, meant) in zip(sorted((tmp_path / "out").iterdir()), frames, strict=True):
        assert path.suffix == ".exr"
        light = np.where(meant <= 0.04045, meant / 12.92, ((meant + 0.055) / 1.055) ** 2.4)
        assert np.abs(read_exr(path) / np.maximum(light, 1e-3) - 1).max() < 2**-10  # of half floats


def test_one_picture_has_the_format_of_its_suffix(tmp_path):
    source = form()
    for name in ("a.tif", "a.exr", "a.png", "a.TIFF"):
        with open_writer(tmp_path / name, source) as writer:
            writer.write(next(colored(writer.plane_format, source))[0])
    starts = {"a.tif": b"II", "a.exr": b"\x76\x2f\x31\x01", "a.png": b"\x89PNG", "a.TIFF": b"II"}
    for name, start in starts.items():
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(UsageError, match="would not hold exr"):
        open_writer(tmp_path / "b.png", source, codec="exr")
    with pytest.raises(UsageError, match="crf"):
        open_writer(tmp_path / "b", source, codec="tiff", crf=3)


def test_names_of_stills_are_kept_and_other_folders_too(tmp_path):
    source = form()
    with open_writer(
        tmp_path / "out", source, codec="tiff", names=["x 7.png", "x 8.png", "x 9.png"]
    ) as writer:
        for frame, _ in colored(writer.plane_format, source):
            writer.write(frame)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["x 7.tif", "x 8.tif", "x 9.tif"]
    (tmp_path / "out" / "notes.txt").write_text("keep")
    with (
        pytest.raises(OutputError, match="more than TIF"),
        open_writer(tmp_path / "out", source, codec="tiff", force=True) as writer,
    ):
        writer.write(frame)


def test_opacity_of_stills_is_kept_or_said(tmp_path):
    rgba = np.full((*SIZE, 4), 120, np.uint8)
    rgba[..., 3] = np.arange(SIZE[1])
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "a.png"), rgba)
    for codec, kept in (("png", True), ("exr", True), ("tiff", False)):
        with (
            open_source(tmp_path / "in") as source,
            open_writer(tmp_path / codec, source.format, codec=codec, names=source.names) as writer,
        ):
            for frame in source.frames():
                writer.write(frame)
        assert bool(writer.warnings) != kept
    alpha = cv2.imread(str(tmp_path / "png" / "a.png"), cv2.IMREAD_UNCHANGED)[..., 3]
    assert np.array_equal(alpha, rgba[..., 3])
    assert np.abs(read_exr(tmp_path / "exr" / "a.exr")[..., 3] - alpha / 255).max() < 1e-3
    assert "alpha" in writer.warnings[0]


def over(layer, opacity, grey):
    return layer * opacity[..., None] + grey[..., None] * (1 - opacity[..., None])


def test_the_layer_above_the_grey_picture_is_the_coloured_picture():
    rng = np.random.default_rng(1)
    grey = rng.random(SIZE, np.float32)
    rgb = np.clip(grey[..., None] + rng.uniform(-0.5, 0.5, (*SIZE, 3)), 0, 1).astype(np.float32)
    rgb[:8] = grey[:8, :, None]
    layer, opacity = color_layer(grey, rgb)
    assert np.abs(over(layer, opacity, grey) - rgb).max() < 1e-5
    assert not opacity[:8].any() and layer.min() >= 0 and layer.max() <= 1
    extreme, ends = color_layer(
        np.array([[0.0, 1.0]], np.float32), np.array([[[0, 0, 0], [1, 1, 1]]], np.float32)
    )
    assert not ends.any() and np.isfinite(extreme).all()


def test_a_layer_of_png(tmp_path):
    """Above the untouched grey picture it is the coloured one, within one code."""
    source = form()
    with open_writer(tmp_path / "out", source, codec="png", chroma_only=True) as writer:
        frames = list(colored(writer.plane_format, source))
        for frame, _ in frames:
            writer.write(frame)
    for path, (frame, meant) in zip(sorted((tmp_path / "out").iterdir()), frames, strict=True):
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert picture.shape == (*SIZE, 4) and picture.dtype == np.uint16
        layer, opacity = picture[..., 2::-1] / 65535, picture[..., 3] / 65535
        grey = (frame.luma - 16.0) / 219
        assert np.abs(over(layer, opacity, grey) - meant).max() < 0.5 / 255
        assert not opacity[:8].any() and opacity[8:].any()


def test_a_layer_of_exr_is_linear_and_multiplied_by_its_opacity(tmp_path):
    source = form()
    with open_writer(tmp_path / "out", source, codec="exr", chroma_only=True) as writer:
        (frame, meant), *_ = colored(writer.plane_format, source)
        writer.write(frame)
    channels = read_exr(tmp_path / "out" / "000001.exr")
    grey = light_of(((frame.luma - 16.0) / 219).astype(np.float32))
    composed = channels[..., :3] + grey[..., None] * (1 - channels[..., 3:])
    assert np.abs(composed - light_of(meant.astype(np.float32))).max() < 1e-3


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
def test_a_layer_of_prores(tmp_path, matrix):
    source = form(matrix=matrix)
    path = tmp_path / "out.mov"
    with open_writer(path, source, codec="prores", chroma_only=True) as writer:
        frames = list(colored(writer.plane_format, source))
        for frame, _ in frames:
            writer.write(frame)
    with open_source(path) as result:
        read = list(result.frames(rgb=True))
    assert len(read) == 3
    for after, (frame, meant) in zip(read, frames, strict=True):
        opacity = np.zeros(SIZE) if after.alpha is None else after.alpha / np.iinfo(after.alpha.dtype).max
        composed = over(after.rgb / 255, opacity, (frame.luma - 16.0) / 219)
        assert np.abs(composed - meant).mean() < 1 / 255 and np.abs(composed - meant).max() < 8 / 255
        assert not opacity[:8].any() and opacity[8:].any()


@pytest.mark.parametrize(
    "codec, name", [("h264", "x.mp4"), ("ffv1", "x.mkv"), ("dnxhr", "x.mov"), ("tiff", "x")]
)
def test_a_layer_needs_opacity(tmp_path, codec, name):
    source = VideoFormat(height=128, width=256, time_base=Fraction(1, 25), frame_rate=Fraction(25))
    with pytest.raises(UsageError, match="opacity"):
        open_writer(tmp_path / name, source, codec=codec, chroma_only=True)


@pytest.mark.parametrize("codec, words", [("png", "do not say so"), ("exr", "curve of sRGB")])
def test_pictures_of_hdr_films_are_told(tmp_path, codec, words):
    source = replace(form(10, matrix="bt2020"), tags=(9, 16, 9, 1))
    assert words in open_writer(tmp_path / "out", source, codec=codec).warnings[0]


def test_pictures_keep_the_shape_of_pixels(tmp_path):
    """PNG in a chunk, TIFF in its resolution, OpenEXR in its header."""
    source = replace(form(), sample_aspect_ratio=Fraction(16, 11))
    for name in ("a.png", "a.tif", "a.exr"):
        with open_writer(tmp_path / name, source) as writer:
            writer.write(next(colored(writer.plane_format, source))[0])
        assert writer.warnings == []
    data = (tmp_path / "a.png").read_bytes()
    at = data.index(b"pHYs")
    assert struct.unpack(">IIB", data[at + 4 : at + 13]) == (11, 16, 0)
    assert cv2.imread(str(tmp_path / "a.png")).shape == (*SIZE, 3)
    with Image.open(tmp_path / "a.tif") as picture:
        across, down = (float(picture.tag_v2[tag]) for tag in (282, 283))
    assert across / down == pytest.approx(11 / 16)
    exr = (tmp_path / "a.exr").read_bytes()
    place = exr.index(b"pixelAspectRatio\0float\0") + 23
    assert struct.unpack("<If", exr[place : place + 8])[1] == pytest.approx(16 / 11)


def test_what_pictures_cannot_hold_is_said(tmp_path):
    film = tmp_path / "film.mkv"
    tone = np.zeros((4410, 1), np.float32)
    pictures = [np.full((*SIZE, 3), 100, np.uint8)] * 3
    write_film(film, pictures, sound=tone, metadata={"timecode": "10:00:00:00"}, rotation=90)
    with open_source(film) as source:
        warnings = open_writer(tmp_path / "out", source.format, copy_from=film).warnings
    assert any("audio aac" in line and "timecode 10:00:00:00" in line for line in warnings)
    assert any("turned" in line for line in warnings)
