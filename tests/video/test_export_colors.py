"""No shift of colour: what a decoder shows has the chroma that was meant, and all tags say how to show it."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.frames import Frame, VideoFormat
from cartoonize.video import matroska_header as mkv
from cartoonize.video import open_source, open_writer

pytestmark = pytest.mark.video

#: AVCOL numbers of primaries, transfer and matrix.
TAGS = {"bt601": (6, 6, 6), "bt709": (1, 1, 1), "bt2020": (9, 14, 9)}
#: Codec, container, profile.
EXPORTS = [
    ("h264", "mp4", None),
    ("h264", "mkv", None),
    ("h264", "mov", None),
    ("h265", "mp4", None),
    ("h265", "mkv", None),
    ("av1", "mp4", None),
    ("av1", "mkv", None),
    ("ffv1", "mkv", None),
    ("prores", "mov", "proxy"),
    ("prores", "mov", "hq"),
    ("prores", "mov", "4444"),
    ("prores", "mxf", "hq"),
    ("prores", "mkv", "hq"),
    ("dnxhr", "mov", "lb"),
    ("dnxhr", "mov", "hqx"),
    ("dnxhr", "mov", "444"),
    ("dnxhr", "mxf", "hqx"),
]
#: Codecs that have limited range only.
LIMITED = ("prores", "dnxhr")


def patches(shape, low, high, seed):
    """Draw random flat patches of 16x16 pixels."""
    height, width = shape
    codes = np.random.default_rng(seed).integers(low, high, (height // 16 + 1, width // 16 + 1))
    return np.kron(codes, np.ones((16, 16), int))[:height, :width]


def form(matrix, full_range, **changes):
    return VideoFormat(
        height=128,
        width=256,
        time_base=Fraction(1, 25),
        frame_rate=Fraction(25),
        matrix=matrix,
        full_range=full_range,
        tags=(*TAGS[matrix], 2 if full_range else 1),
        **changes,
    )


def exported(path, source, **options):
    """Write three equal frames; return their luma and chroma, and the format of the planes."""
    with open_writer(path, source, **options) as writer:
        planes = writer.plane_format
        kind = np.uint8 if planes.bit_depth == 8 else np.uint16
        lowest, highest = (0, 256) if planes.full_range else (16, 240)
        codes = [code << (planes.bit_depth - 8) for code in (lowest + 40, highest - 40)]
        size = (planes.chroma_height, planes.chroma_width)
        chroma = tuple(patches(size, *codes, seed).astype(kind) for seed in (1, 2))
        luma = patches((128, 256), 60, 200, 3).astype(np.uint8 if source.bit_depth == 8 else np.uint16)
        luma <<= source.bit_depth - 8
        for i in range(3):
            writer.write(Frame(i, i, luma, luma, chroma=chroma, duration=1))
    return luma, chroma, planes


def decoded(path):
    """Return the planes of the last picture as codes of its depth, the depth, and its tags."""
    with av.open(str(path)) as container:
        *_, picture = container.decode(video=0)
    bits = picture.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    planes = []
    for plane in picture.planes[:3]:
        rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
        planes.append(rows[: plane.height, : plane.width].astype(float))
    tags = (picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range)
    return planes, bits, tags


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", TAGS)
@pytest.mark.parametrize("codec, suffix, profile", EXPORTS)
def test_chroma_arrives_within_one_code(tmp_path, codec, suffix, profile, matrix, full_range):
    path = tmp_path / f"out.{suffix}"
    luma, chroma, planes = exported(path, form(matrix, full_range), codec=codec, profile=profile)
    (y, cb, cr), bits, tags = decoded(path)
    scale = 1 << (bits - planes.bit_depth)  # ProRes 4444 decodes to 12 bits
    for meant, stored in zip(chroma, (cb, cr), strict=True):
        assert np.abs(stored / scale - meant).max() <= 1
    stored_full = full_range and codec not in LIMITED
    assert planes.full_range == stored_full and planes.matrix == matrix
    assert tags[3] == (2 if stored_full else 1)
    assert tags[2] in ((5, 6) if matrix == "bt601" else TAGS[matrix][2:])
    assert tags[0] == TAGS[matrix][0]
    # The luma means the same, in the range of the output.
    code = y / (1 << (bits - 8))
    grey = code / 255 if stored_full else (code - 16) / 219
    before = luma / 255 if full_range else (luma - 16.0) / 219
    assert np.abs(grey - before).max() <= 3 / 219
    with open_source(path) as source:
        assert source.format.matrix == matrix and source.format.full_range == stored_full


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", TAGS)
@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_the_stream_alone_says_it_too(tmp_path, codec, matrix, full_range):
    path = tmp_path / "out.mp4"
    exported(path, form(matrix, full_range), codec=codec)
    raw = tmp_path / {"h264": "out.h264", "h265": "out.hevc", "av1": "out.obu"}[codec]
    with av.open(str(path)) as container, av.open(str(raw), "w") as out:
        stream = container.streams.video[0]
        copy = out.add_stream_from_template(stream, opaque=True)
        for packet in container.demux(stream):
            if packet.size:
                packet.stream = copy
                out.mux(packet)
    _, _, tags = decoded(raw)
    assert tags == (*TAGS[matrix], 2 if full_range else 1)


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", TAGS)
@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "prores", "dnxhr"])
def test_the_container_alone_says_it_too(tmp_path, codec, matrix, full_range):
    suffix = "mov" if codec in LIMITED else "mp4"
    path = tmp_path / f"out.{suffix}"
    exported(path, form(matrix, full_range), codec=codec)
    data = path.read_bytes()
    at = data.index(b"colr") + 4
    assert data[at : at + 4] == (b"nclc" if suffix == "mov" else b"nclx")
    numbers = tuple(int.from_bytes(data[at + 4 + 2 * k : at + 6 + 2 * k]) for k in range(3))
    assert numbers == TAGS[matrix]
    if suffix == "mp4":
        assert data[at + 10] >> 7 == full_range


@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", TAGS)
@pytest.mark.parametrize("codec", ["h264", "ffv1", "av1"])
def test_matroska_says_it_too(tmp_path, codec, matrix, full_range):
    path = tmp_path / "out.mkv"
    exported(path, form(matrix, full_range), codec=codec)
    (color,) = [element.data for element in mkv.video_track(path) if element.id == mkv.COLOUR]
    said = {element.id: int.from_bytes(element.data) for element in mkv.elements_in(color)}
    primaries, transfer, number = TAGS[matrix]
    assert (said[0x55BB], said[0x55BA], said[0x55B1]) == (primaries, transfer, number)
    assert said[0x55B9] == (2 if full_range else 1)


@pytest.mark.parametrize(
    "codec, suffix, pix_fmt", [("ffv1", "mkv", "yuv444p10le"), ("h265", "mp4", "yuv420p10le")]
)
def test_full_range_stays_full_in_more_bits(tmp_path, codec, suffix, pix_fmt):
    """White of 8 bits is white of 10 bits: 255 becomes 1023, not 1020."""
    path = tmp_path / f"out.{suffix}"
    white = np.full((128, 256), 255, np.uint8)
    with open_writer(path, form("bt709", True), codec=codec, pix_fmt=pix_fmt) as writer:
        writer.write(Frame(0, 0, white, white, duration=1))
    (y, *_), bits, _ = decoded(path)
    assert bits == 10 and y.max() == 1023 and y.mean() > 1022


def test_untagged_sources_get_the_matrix_that_was_assumed(tmp_path):
    source = form("bt601", False)
    with open_writer(tmp_path / "out.mov", form("bt601", False), codec="dnxhr") as writer:
        assert writer.plane_format.matrix == source.matrix
        luma = np.full((128, 256), 90, np.uint8)
        writer.write(Frame(0, 0, luma, luma, duration=1))
    assert decoded(tmp_path / "out.mov")[2][2] == 6
