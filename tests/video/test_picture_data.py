"""What rides in the picture stream: kept where the codec or the container can, else said in one line."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.packet import PacketSideData
from av.sidedata.sidedata import Type

from cartoonize.video import matroska_header as mkv
from cartoonize.video import open_source
from cartoonize.video.picture_data import picture_data
from tests.support.copies import copied

pytestmark = pytest.mark.video

MASTER = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
#: FFmpeg's number of the data of captions beside a packet.
A53 = 23
CODECS = {"h264": "mkv", "h265": "mp4", "av1": "mp4", "ffv1": "mkv", "prores": "mov", "dnxhr": "mxf"}


def captions(number):
    """Return the captions of a frame: two letters of CEA-608, and the rest empty."""
    return bytes([0xFC, 0x80 | 65 + number % 26, 66, 0xF9, 0x80, 0x80])


def with_captions(number, size=(128, 256)):
    """Return a grey frame with captions, as a decoder makes it."""
    height, width = size
    decoder = av.CodecContext.create("rawvideo", "r")
    decoder.width, decoder.height, decoder.pix_fmt = width, height, "yuv420p"
    packet = av.Packet(bytes([100 + number]) * (width * height) + bytes([128]) * (width * height // 2))
    data = PacketSideData(A53, 6)
    data.update(captions(number))
    packet.set_sidedata(data)
    (frame,) = decoder.decode(packet)
    frame.pts, frame.time_base = number, Fraction(1, 25)
    return frame


def captioned_film(path, codec="mpeg2video", **options):
    with av.open(str(path), "w", format="vob" if path.suffix == ".vob" else None) as out:
        stream = out.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p"
        for number in range(12):
            out.mux(stream.encode(with_captions(number)))
        out.mux(stream.encode(None))
    return path


def data_of(path, kind):
    """Return one kind of data of all frames."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            found += [bytes(data) for data in frame.side_data if data.type == kind]
    return found


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_captions_pass_through(tmp_path, codec, suffix):
    """From MPEG-2 with B-frames, as on DVDs, each with its picture."""
    source = captioned_film(tmp_path / "dvd.vob", bf="2")
    before = data_of(source, Type.A53_CC)
    assert before == [captions(number) for number in range(12)]
    writer = copied(source, tmp_path / f"out.{suffix}", codec=codec)
    assert writer.warnings == []
    assert data_of(tmp_path / f"out.{suffix}", Type.A53_CC) == before


def test_captions_of_a_part_are_those_of_its_pictures(tmp_path):
    source = captioned_film(tmp_path / "film.mkv", "libx264")
    copied(source, tmp_path / "out.mkv", start=0.16, end=0.32)
    assert data_of(tmp_path / "out.mkv", Type.A53_CC) == [captions(number) for number in range(4, 8)]


def test_the_pictures_under_captions_are_exact(tmp_path):
    source = captioned_film(tmp_path / "film.mkv", "libx264", crf="0")
    copied(source, tmp_path / "out.mkv", crf=0)
    with open_source(source) as one, open_source(tmp_path / "out.mkv") as two:
        pairs = list(zip(one.frames(), two.frames(), strict=True))
    assert len(pairs) == 12
    assert all(np.array_equal(before.luma, after.luma) for before, after in pairs)


@pytest.mark.parametrize("codec", ["av1", "ffv1", "prores", "dnxhr"])
def test_captions_that_are_lost_are_said(tmp_path, codec):
    source = captioned_film(tmp_path / "film.mkv", "libx264")
    writer = copied(source, tmp_path / f"out.{CODECS[codec]}", codec=codec)
    (line,) = writer.warnings
    assert "not kept of the picture: closed captions" in line


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Write a film with the data of HDR10."""
    path = tmp_path_factory.mktemp("film") / "graded.mkv"
    parameters = f"log-level=none:hdr10=1:master-display={MASTER}:max-cll=1000,400"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=25, options={"x265-params": parameters})
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9
        for i in range(3):
            picture = av.VideoFrame.from_ndarray(np.full((128, 256, 3), 90 + i, np.uint8))
            out.mux(stream.encode(picture.reformat(format="yuv420p10le")))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    "codec, suffix",
    [("h264", "mkv"), ("h264", "mp4"), ("h265", "mp4"), ("av1", "mp4"), ("ffv1", "mkv"), ("prores", "mkv")],
)
def test_hdr10_passes_through(graded, tmp_path, codec, suffix):
    before = picture_data(graded)
    assert before.mastering.largest == 1000 and before.light_level == (1000, 400)
    path = tmp_path / f"out.{suffix}"
    writer = copied(graded, path, codec=codec)
    assert writer.warnings == []
    after = picture_data(path)
    assert after.light_level == before.light_level
    values = zip(after.mastering.primaries, before.mastering.primaries, strict=True)
    assert all(abs(one - two) < 1e-4 for one, two in values)
    assert abs(after.mastering.largest - 1000) < 1e-2 and abs(float(after.mastering.smallest) - 1e-4) < 1e-4
    with open_source(path) as source:
        assert source.format.tags[:3] == (9, 16, 9) and source.format.matrix == "bt2020"


@pytest.mark.parametrize("codec, suffix", [("ffv1", "mp4"), ("prores", "mov"), ("dnxhr", "mov")])
def test_hdr10_that_is_lost_is_said(graded, tmp_path, codec, suffix):
    (line,) = copied(graded, tmp_path / f"out.{suffix}", codec=codec).warnings
    assert "HDR10" in line


def matroska(path, elements, *, codec="libx264", pix_fmt="yuv420p", n_frames=3, **options):
    """Write a film with elements in the header of its video track."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 256, 128, pix_fmt
        stream.metadata["title"] = mkv.reserved_name()
        for _ in range(n_frames):
            out.mux(stream.encode(av.VideoFrame(256, 128, pix_fmt)))
        out.mux(stream.encode(None))
    mkv.fill_reserved(path, "", elements)
    return path


def test_stereo_passes_through(tmp_path):
    source = tmp_path / "film.mkv"
    matroska(source, [], **{"x264-params": "frame-packing=3"})
    assert picture_data(source).stereo == (1, False)
    for codec, suffix in (("h264", "mp4"), ("h264", "mkv"), ("ffv1", "mkv")):
        path = tmp_path / f"{codec}.{suffix}"
        assert copied(source, path, codec=codec).warnings == []
        assert picture_data(path).stereo == (1, False)
    (line,) = copied(source, tmp_path / "out.mov", codec="prores").warnings
    assert "3D (side by side)" in line


def test_stereo_with_the_right_eye_first(tmp_path):
    source = matroska(tmp_path / "film.mkv", [mkv.number(0x53B8, 2)])
    assert picture_data(source).stereo == (2, True)
    assert copied(source, tmp_path / "out.mkv").warnings == []
    assert picture_data(tmp_path / "out.mkv").stereo == (2, True)


def test_a_spherical_projection_passes_through_matroska(tmp_path):
    pose = [mkv.real(id, value) for id, value in zip(mkv.PROJECTION_POSE, (30.0, 10.0, 5.0), strict=True)]
    projection = mkv.nested(mkv.PROJECTION, [mkv.number(mkv.PROJECTION_TYPE, 1), *pose])
    source = matroska(tmp_path / "film.mkv", [projection])
    before = picture_data(source).spherical
    assert before is not None and before.pose == (30.0, 10.0, 5.0)
    assert copied(source, tmp_path / "out.mkv", codec="ffv1").warnings == []
    assert picture_data(tmp_path / "out.mkv").spherical == before
    (line,) = copied(source, tmp_path / "out.mp4").warnings
    assert "spherical" in line


def test_cropping_of_matroska_is_kept_there_and_else_said(tmp_path):
    values = (0, 16, 0, 24)
    source = matroska(
        tmp_path / "film.mkv", [mkv.number(*pair) for pair in zip(mkv.CROPPING, values, strict=True)]
    )
    assert picture_data(source).cropping == values
    for codec in ("h264", "ffv1"):
        assert copied(source, tmp_path / f"{codec}.mkv", codec=codec).warnings == []
        assert picture_data(tmp_path / f"{codec}.mkv").cropping == values
    with open_source(tmp_path / "h264.mkv") as result:
        assert (result.format.height, result.format.width) == (128, 256)
    (line,) = copied(source, tmp_path / "out.mp4").warnings
    assert "cropping (left 0, top 16, right 0, bottom 24 pixels)" in line


def test_dolby_vision_is_said(tmp_path):
    """A NAL unit of type 62 is that of Dolby Vision, whatever is in it."""
    source = tmp_path / "film.mkv"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx265", rate=25, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p"
        packets = [*stream.encode(av.VideoFrame(256, 128, "yuv420p")), *stream.encode(None)]
        for packet in packets:
            changed = av.Packet(bytes(packet) + b"\0\0\0\1\x7c\1\x19\x08\x09\x80")
            changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
            changed.stream, changed.is_keyframe = stream, packet.is_keyframe
            out.mux(changed)
    (line,) = copied(source, tmp_path / "out.mkv").warnings
    assert "Dolby Vision" in line


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_a_mirrored_picture_stays_mirrored(tmp_path, suffix):
    source, path = tmp_path / "film.mp4", tmp_path / f"out.{suffix}"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p"
        stream.set_display_rotation(90, hflip=True)
        out.mux(stream.encode(av.VideoFrame(256, 128, "yuv420p")))
        out.mux(stream.encode(None))
    before = picture_data(source).display_matrix
    assert before is not None
    assert copied(source, path).warnings == []
    assert picture_data(path).display_matrix == before


def test_mxf_says_that_it_cannot_turn_a_picture(tmp_path):
    source = tmp_path / "film.mp4"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p"
        stream.set_display_rotation(180)
        out.mux(stream.encode(av.VideoFrame(256, 128, "yuv420p")))
        out.mux(stream.encode(None))
    (line,) = copied(source, tmp_path / "out.mxf", codec="prores").warnings
    assert "turned" in line


def transparent(path, codec, pix_fmt):
    ramp = np.tile(np.linspace(0, 255, 256), (128, 1)).astype(np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 128, pix_fmt
        picture = np.dstack([np.full((128, 256, 3), 120, np.uint8), ramp])
        for _ in range(2):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgba").reformat(format=pix_fmt)))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    "codec, pix_fmt", [("prores_ks", "yuva444p10le"), ("ffv1", "yuva420p"), ("ffv1", "bgra"), ("png", "rgba")]
)
def test_opacity_is_kept(tmp_path, codec, pix_fmt):
    source = transparent(tmp_path / "film.mov" if codec == "png" else tmp_path / "film.mkv", codec, pix_fmt)
    with open_source(source) as film:
        before = next(iter(film.frames())).alpha
    assert before.min() == 0 and len(np.unique(before)) > 200
    for name, suffix in (("prores", "mov"), ("ffv1", "mkv")):
        path = tmp_path / f"out.{suffix}"
        assert copied(source, path, codec=name).warnings == []
        with open_source(path) as result:
            frames = list(result.frames())
        assert len(frames) == 2
        alpha = frames[1].alpha
        both = [a.astype(float) / np.iinfo(a.dtype).max for a in (before, alpha)]
        assert np.abs(both[0] - both[1]).max() <= 1 / (255 if name == "ffv1" else 1023)


@pytest.mark.parametrize("codec", ["h264", "dnxhr"])
def test_opacity_that_is_lost_is_said(tmp_path, codec):
    source = transparent(tmp_path / "film.mkv", "ffv1", "yuva420p")
    (line,) = copied(source, tmp_path / "out.mov", codec=codec).warnings
    assert "opacity" in line
