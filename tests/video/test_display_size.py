"""A copy is displayed in the size of its source, in all codecs and containers."""

import zlib
from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video import matroska_header as mkv
from cartoonize.video import open_source, write_film
from tests.support.copies import copied

pytestmark = pytest.mark.video


@pytest.fixture(scope="module")
def anamorphic(tmp_path_factory):
    """Write an MPEG-2 program stream with pixels of 16:11."""
    path = tmp_path_factory.mktemp("film") / "anamorphic.mpg"
    with av.open(str(path), "w", format="vob") as out:
        stream = out.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 352, 288, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 11)
        for i in range(3):
            picture = av.VideoFrame.from_ndarray(np.full((288, 352, 3), 60 + 20 * i, np.uint8))
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def declared_ratio(path):
    """Return the aspect ratio of pixels that the container declares, without the one of the codec."""
    if path.suffix == ".mkv":
        sizes = {e.id: int.from_bytes(e.data) for e in mkv.video_track(path)}
        return Fraction(sizes[mkv.DISPLAY_WIDTH], 352) / Fraction(sizes[mkv.DISPLAY_HEIGHT], 288)
    with av.open(str(path)) as container:
        return container.streams.video[0].sample_aspect_ratio


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov"])
@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "ffv1", "prores", "dnxhr"])
def test_every_codec_in_every_container_keeps_the_display_size(anamorphic, tmp_path, codec, suffix):
    unfit = {("av1", "mov"), ("ffv1", "mov"), ("prores", "mp4"), ("dnxhr", "mp4"), ("dnxhr", "mkv")}
    if (codec, suffix) in unfit:
        codec = "h264"
    path = tmp_path / f"out.{suffix}"
    writer = copied(anamorphic, path, codec=codec)
    assert writer.warnings == []
    assert declared_ratio(path) == Fraction(16, 11)
    with open_source(path) as source:
        assert source.format.sample_aspect_ratio == Fraction(16, 11)
        assert (source.format.height, source.format.width) == (288, 352)
        assert len(list(source.frames())) == 3


def test_the_header_of_matroska_stays_well_formed(tmp_path):
    """Names of tracks stay, the checksum fits, and what comes after the tracks is where it was."""
    source, path = tmp_path / "source.mkv", tmp_path / "out.mkv"
    tone = np.zeros((44100, 1), np.float32)
    pictures = [np.full((48, 64, 3), 100, np.uint8)] * 24
    write_film(source, pictures, sound=tone, chapters=[(0, 1, "One")], sample_aspect_ratio=Fraction(4, 3))
    copied(source, path, codec="ffv1")
    data = path.read_bytes()
    at = data.index(b"\x16\x54\xae\x6b")
    with path.open("rb") as file:
        place, tracks = mkv._tracks(file)
    assert place > at
    checksum, *others = mkv.elements_in(tracks)
    assert checksum.id == mkv.CRC
    assert checksum.data == zlib.crc32(tracks[len(checksum.encoded()) :]).to_bytes(4, "little")
    names = [e.data for track in others for e in mkv.elements_in(track.data) if e.id == mkv.TRACK_NAME]
    assert names == []
    with av.open(str(path)) as container:
        assert [c["metadata"]["title"] for c in container.chapters()] == ["One"]
        assert container.streams.video[0].metadata.get("title") is None
        container.seek(0)
        assert sum(1 for _ in container.decode(video=0)) == 24


def test_a_track_keeps_its_name(tmp_path):
    source, path = tmp_path / "source.mkv", tmp_path / "out.mkv"
    with av.open(str(source), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.metadata["title"] = "Restauré, bobine 2"
        out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    copied(source, tmp_path / "first.mkv", codec="h264")  # declares the ratio in the stream
    copied(tmp_path / "first.mkv", path, codec="ffv1")
    with av.open(str(path)) as container:
        assert container.streams.video[0].metadata["title"] == "Restauré, bobine 2"


def test_a_damaged_header_says_nothing(tmp_path):
    """Whatever the bytes are, there is no error, and reading ends soon."""
    source, path = tmp_path / "source.mkv", tmp_path / "damaged.mkv"
    write_film(source, [np.zeros((48, 64, 3), np.uint8)] * 2, codec="ffv1")
    data = source.read_bytes()
    rng = np.random.default_rng(5)
    assert mkv.video_track(source)
    for _ in range(300):
        changed = bytearray(data[:600])
        for at in rng.integers(0, len(changed), 4):
            changed[at] = rng.integers(256)
        path.write_bytes(bytes(changed[: rng.integers(1, 600)]))
        assert isinstance(mkv.video_track(path), list)
    path.write_bytes(data[:40] + b"\xec\x80" * 100_000)
    assert mkv.video_track(path) == []
