"""Timecode of a source is that of the copy, in every container."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.video.picture_data import picture_data
from cartoonize.video.timecode import Timecode
from tests.support.copies import copied

pytestmark = pytest.mark.video

NTSC = Fraction(30000, 1001)


def film(path, codec, rate, timecode, *, pix_fmt="yuv420p", container=None, **options):
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = 256, 128, pix_fmt
        if timecode:
            out.metadata["timecode"] = timecode
        black = av.VideoFrame.from_ndarray(np.zeros((128, 256), np.uint8), "gray").reformat(format=pix_fmt)
        for k in range(
            12
        ):  # a new frame has the memory that happens to be there, so that cuts seem to be in it
            black.pts, black.time_base = k, 1 / Fraction(rate)
            out.mux(stream.encode(black))
        out.mux(stream.encode(None))
    return path


SOURCES = {
    "mov": ("film.mov", "prores_ks", Fraction(24), "10:00:00:12", {"pix_fmt": "yuv422p10le"}),
    "mxf": ("film.mxf", "mpeg2video", Fraction(25), "10:59:59:24", {}),
    "mkv": ("film.mkv", "libx264", NTSC, "01:00:59;28", {}),
    "mp4": ("film.mp4", "libx264", NTSC, "01:00:59:28", {}),
    "mpeg": (
        "film.mpg",
        "mpeg2video",
        Fraction(25),
        "",
        {"container": "vob", "gop_timecode": "09:00:00:05"},
    ),
}


@pytest.mark.parametrize(
    "suffix, codec", [("mov", "prores"), ("mxf", "dnxhr"), ("mp4", "h264"), ("mkv", "ffv1")]
)
@pytest.mark.parametrize("kind", SOURCES)
def test_every_container_keeps_it(tmp_path, kind, suffix, codec):
    name, source_codec, rate, timecode, options = SOURCES[kind]
    source = film(tmp_path / name, source_codec, rate, timecode, **options)
    writer = copied(source, tmp_path / f"out.{suffix}", codec=codec)
    assert writer.warnings == []
    before = picture_data(source).timecode
    assert before == (timecode or options.get("gop_timecode"))
    assert picture_data(tmp_path / f"out.{suffix}").timecode == before


@pytest.mark.parametrize("suffix, codec", [("mov", "prores"), ("mxf", "prores"), ("mkv", "ffv1")])
def test_a_part_begins_with_the_timecode_of_its_first_frame(tmp_path, suffix, codec):
    source = film(tmp_path / "film.mkv", "libx264", NTSC, "01:00:59;28")
    copied(source, tmp_path / f"out.{suffix}", codec=codec, start=4 / float(NTSC), end=0.3)
    assert picture_data(tmp_path / f"out.{suffix}").timecode == "01:01:00;04"  # 00 and 01 are left out


def test_a_dvd_that_counts_from_zero_has_none(tmp_path):
    source = film(tmp_path / "film.mpg", "mpeg2video", 25, "", container="vob")
    assert picture_data(source).timecode == ""


def test_an_unusual_text_is_carried_as_it_is(tmp_path):
    source = film(tmp_path / "film.mkv", "libx264", 25, "reel 3")
    copied(source, tmp_path / "out.mkv")
    assert picture_data(tmp_path / "out.mkv").timecode == "reel 3"


@pytest.mark.parametrize(
    "text, rate, n_frames, later",
    [
        ("00:00:00:00", 24, 24 * 3600, "01:00:00:00"),
        ("23:59:59:24", 25, 1, "00:00:00:00"),
        ("00:00:59;29", NTSC, 1, "00:01:00;02"),
        ("00:09:59;29", NTSC, 1, "00:10:00;00"),
        ("00:00:00;00", NTSC, 17982 * 6, "01:00:00;00"),
        ("00:00:59:29", NTSC, 1, "00:01:00:00"),
        ("00:00:59;59", Fraction(60000, 1001), 1, "00:01:00;04"),
        ("00:00:00.00", NTSC, 1800, "00:01:00;02"),
    ],
)
def test_frames_are_counted(text, rate, n_frames, later):
    first = Timecode.of(text, Fraction(rate))
    assert str(first.later(n_frames)) == later
    assert str(first.later(0)) == text.replace(".", ";")


def test_all_timecodes_of_an_hour_differ_and_come_back():
    seen = set()
    for number in range(17982):
        timecode = Timecode(number, NTSC, drops=True)
        assert Timecode.of(str(timecode), NTSC) == timecode
        seen.add(str(timecode))
    assert len(seen) == 17982 and "00:01:00;00" not in seen and "00:01:00;02" in seen


def test_other_texts_are_no_timecode():
    assert Timecode.of("tomorrow", Fraction(25)) is None
    assert Timecode.of("1:2:3:4", Fraction(25)) is None
