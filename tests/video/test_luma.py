"""Writers store exactly the luma of the source, for every range, depth and field order."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import open_source, open_writer, write_film


def moving(n_frames=8, height=48, width=64, grain=4):
    """Draw a coloured square with an outline that moves over a gradient, with a little grain."""
    rng = np.random.default_rng(0)
    ramp = np.tile(np.linspace(0, 255, width), (height, 1))
    for i in range(n_frames):
        picture = np.stack([ramp, np.full_like(ramp, 90), ramp[:, ::-1]], -1)
        picture[10:30, 5 + 3 * i : 25 + 3 * i] = 0
        picture[12:28, 7 + 3 * i : 23 + 3 * i] = (220, 40, 60)
        yield np.clip(picture + rng.integers(-grain, grain + 1, picture.shape), 0, 255).astype(np.uint8)


def drawn(n_frames=8, height=96, width=128):
    """Draw the same in flat colours, as on a cel."""
    for i in range(n_frames):
        picture = np.full((height, width, 3), (200, 180, 90), np.uint8)
        picture[20:60, 5 + 3 * i : 45 + 3 * i] = 0
        picture[22:58, 7 + 3 * i : 43 + 3 * i] = (180, 30, 50)
        yield picture


def stored_luma(path):
    """Return the luma of every frame, read by PyAV without conversion."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            bits = frame.format.components[0].bits
            plane = frame.planes[0]
            dtype = np.uint8 if bits == 8 else np.uint16
            rows = np.frombuffer(plane, dtype).reshape(-1, plane.line_size // np.dtype(dtype).itemsize)
            yield rows[: frame.height, : frame.width].copy()


def recoloured(source_path, path, **options):
    with open_source(source_path) as source, open_writer(path, source.format, **options) as writer:
        wanted = writer.plane_format
        dtype = np.uint8 if wanted.bit_depth == 8 else np.uint16
        shape = (wanted.chroma_height, wanted.chroma_width)
        middle = 1 << (wanted.bit_depth - 1)
        for frame in source.frames():
            chroma = (np.full(shape, middle + 20, dtype), np.full(shape, middle - 30, dtype))
            writer.write(frame.having(chroma=chroma))
    return path


SOURCES = {
    "limited": {},
    "full": {"full_range": True},
    "bt601 untagged": {"matrix": "bt601", "tagged": False},
    "10 bit": {"pix_fmt": "yuv420p10le"},
    "10 bit full": {"pix_fmt": "yuv444p10le", "full_range": True},
    "12 bit": {"pix_fmt": "yuv422p12le", "codec": "ffv1"},
    "16 bit gray": {"pix_fmt": "gray16le", "codec": "ffv1"},
    "4:2:2": {"pix_fmt": "yuv422p"},
    "gray": {"pix_fmt": "gray", "codec": "ffv1"},
    "gray h264": {"pix_fmt": "gray", "codec": "h264"},
    "gray 10 bit": {"pix_fmt": "gray10le", "codec": "ffv1"},
    "top field first": {"field_order": "top"},
    "bottom field first": {"field_order": "bottom"},
    "bottom, full, ffv1": {"field_order": "bottom", "full_range": True, "codec": "ffv1"},
    "hevc": {"codec": "h265"},
}


@pytest.mark.fault(13)
@pytest.mark.fault(10)
@pytest.mark.parametrize("kind", SOURCES)
def test_ffv1_keeps_every_code_and_every_flag(tmp_path, kind):
    source = tmp_path / "source.mkv"
    write_film(source, moving(), **SOURCES[kind])
    output = recoloured(source, tmp_path / "output.mkv", codec="ffv1")
    before, after = list(stored_luma(source)), list(stored_luma(output))
    assert len(before) == len(after) == 8
    for left, right in zip(before, after, strict=True):
        assert np.array_equal(left, right)
    with open_source(source) as one, open_source(output) as two:
        for name in ("full_range", "bit_depth", "matrix", "field_order", "frame_rate", "sample_aspect_ratio"):
            assert getattr(one.format, name) == getattr(two.format, name), name
        assert [f.pts for f in one.frames()] == [f.pts for f in two.frames()]
        expected = SOURCES[kind].get("field_order", "progressive")
        assert one.format.field_order == expected
        for left, right in zip(one.frames(), two.frames(), strict=True):
            assert np.array_equal(left.luma, right.luma)
            assert np.array_equal(left.grey, right.grey)


@pytest.mark.fault(10)
@pytest.mark.parametrize("size", [(47, 63), (48, 63), (47, 64), (50, 66)])
def test_odd_sizes_are_kept(tmp_path, size):
    source = tmp_path / "source.mkv"
    write_film(source, moving(3, *size), pix_fmt="yuv444p")
    for codec in ("ffv1", "h264", "h265"):
        output = recoloured(source, tmp_path / f"{codec}.mkv", codec=codec)
        with open_source(output) as two:
            assert (two.format.height, two.format.width) == size
    assert all(map(np.array_equal, stored_luma(source), stored_luma(tmp_path / "ffv1.mkv")))


@pytest.mark.fault(13)
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("field_order", ["progressive", "top", "bottom"])
def test_h264_luma_error_is_small(tmp_path, full_range, field_order):
    """At the default crf of 16: at most 3 codes on drawings, and on 99.99% of the pixels with grain."""
    source = tmp_path / "source.mp4"
    for pictures, share in ((drawn(), 1), (moving(8, 96, 128), 0.9999)):
        write_film(source, pictures, full_range=full_range, field_order=field_order, crf=10)
        output = recoloured(source, tmp_path / "output.mp4", force=True)
        both = zip(stored_luma(source), stored_luma(output), strict=True)
        errors = np.stack([np.abs(left.astype(int) - right) for left, right in both])
        assert np.quantile(errors, share) <= 3
    with open_source(source) as one, open_source(output) as two:
        assert two.format.field_order == field_order == one.format.field_order
        assert two.format.full_range == full_range


def test_chroma_is_written_to_its_place(tmp_path):
    source = tmp_path / "source.mkv"
    write_film(source, moving(2))
    output = recoloured(source, tmp_path / "output.mkv", codec="ffv1")
    with av.open(str(output)) as container:
        frame = next(container.decode(video=0))
        assert set(bytes(frame.planes[1])[:20]) == {148}
        assert set(bytes(frame.planes[2])[:20]) == {98}


def test_ten_bits_to_eight_is_a_rounded_shift(tmp_path):
    source = tmp_path / "source.mkv"
    write_film(source, moving(2), pix_fmt="yuv420p10le", codec="ffv1")
    output = recoloured(source, tmp_path / "output.mkv", codec="ffv1", pix_fmt="yuv420p")
    for left, right in zip(stored_luma(source), stored_luma(output), strict=True):
        assert np.abs(left / 4 - right).max() <= 0.5


def flat(tmp_path, color, **options):
    path = tmp_path / "flat.mkv"
    write_film(path, [np.full((64, 64, 3), color, np.uint8)] * 2, codec="ffv1", **options)
    with open_source(path) as source:
        return source.format, next(iter(source.frames(rgb=True)))


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("color", [(255, 0, 0), (10, 200, 30), (30, 60, 230), (128, 128, 128)])
def test_rgb_and_luma_agree_with_the_standards(tmp_path, matrix, full_range, pix_fmt, color):
    form, frame = flat(tmp_path, color, matrix=matrix, full_range=full_range, pix_fmt=pix_fmt)
    assert form.matrix == matrix and form.full_range == full_range
    assert np.abs(frame.rgb[32, 32].astype(int) - color).max() <= 2
    weights = {"bt601": (0.299, 0.587, 0.114), "bt709": (0.2126, 0.7152, 0.0722)}[matrix]
    y = float(np.dot(weights, color))
    code = y if full_range else 16 + y * 219 / 255
    assert abs(float(frame.luma[32, 32]) / (1 << (form.bit_depth - 8)) - code) <= 1
    assert abs(float(frame.grey[32, 32]) - y) <= 1.5


def test_grey_of_limited_range_is_stretched_and_clipped(tmp_path):
    codes = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
    path = tmp_path / "codes.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 256, 16, "yuv420p"
        stream.codec_context.color_range = 1
        frame = av.VideoFrame(256, 16, "yuv420p")
        none = np.full((8, 128), 128, np.uint8)
        for plane, values in zip(frame.planes, (codes, none, none), strict=True):
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            rows[:, : values.shape[1]] = values
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with open_source(path) as source:
        frame = next(iter(source.frames()))
    assert np.array_equal(frame.luma, codes)
    expected = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255)
    assert np.array_equal(frame.grey[3], expected)


@pytest.mark.parametrize("order", ["top", "bottom"])
def test_interlaced_frames_are_combed_in_luma_and_not_in_grey(tmp_path, order):
    def fields():
        def bar(time):
            picture = np.full((64, 64, 3), 40, np.uint8)
            picture[:, 4 * time % 48 : 4 * time % 48 + 12] = 220
            return picture

        for i in range(6):
            early, late = bar(2 * i), bar(2 * i + 1)
            woven = late.copy() if order == "top" else early.copy()
            woven[::2] = early[::2] if order == "top" else late[::2]
            yield woven

    def combing(picture):
        p = picture.astype(int)
        return np.abs(p[1:-1] * 2 - p[:-2] - p[2:]).mean()

    path = tmp_path / "fields.mkv"
    write_film(path, fields(), codec="ffv1", field_order=order)
    with open_source(path) as source:
        frames = list(source.frames(rgb=True))
    assert len(frames) == 6
    middle = frames[3]
    assert combing(middle.luma) > 20
    assert combing(middle.grey) < combing(middle.luma) / 5
    assert combing(middle.rgb[..., 1]) < combing(middle.luma) / 5
    # bwdif with send_frame shows the time of the first field
    first_column = 4 * (2 * 3) % 48
    assert middle.grey[32, first_column + 1] > 150 and middle.grey[33, first_column + 1] > 150


def test_rgb_sources_have_a_computed_luma(tmp_path):
    path = tmp_path / "rgb.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = 32, 32, "bgra"
        picture = np.zeros((32, 32, 4), np.uint8)
        picture[..., 2], picture[..., 1], picture[..., 0], picture[..., 3] = 200, 100, 50, 17
        frame = av.VideoFrame.from_ndarray(picture, "bgra")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with open_source(path) as source:
        assert source.format.full_range and source.format.bit_depth == 8
        frame = next(iter(source.frames(rgb=True)))
        assert tuple(frame.rgb[5, 5]) == (200, 100, 50)
        assert frame.luma[5, 5] == frame.grey[5, 5] == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
        with open_writer(tmp_path / "out.mkv", source.format, codec="ffv1") as writer:
            assert writer.plane_format.chroma_height == 32
            writer.write(frame)
    assert np.array_equal(next(stored_luma(tmp_path / "out.mkv")), frame.luma)
