"""Films that are progressive in one part and interlaced in another."""

import av
import numpy as np
import pytest

from cartoonize.video import open_source, open_writer
from cartoonize.video.fields import first_field
from tests.support.recordings import noise, write_recording

pytestmark = pytest.mark.video


def parts(folder, kinds, *, format="vob", codec="mpeg2video", n=20, **options):
    """Write parts with these field orders, joined byte by byte with times that go on."""
    path, data = folder / "film.mpg", b""
    for number, fields in enumerate(kinds):
        part = write_recording(
            folder / "part",
            format=format,
            codec=codec,
            pictures=noise(n),
            fields=fields,
            offset=number * n / 25,
            **options,
        )
        data += part.read_bytes()
    path.write_bytes(data)
    return path


def orders(path):
    with av.open(str(path)) as container:
        return [first_field(picture) for picture in container.decode(video=0)]


def copied(path, output, **options):
    with open_source(path) as source, open_writer(output, source.format, **options) as writer:
        for frame in source.frames():
            writer.write(frame)
    return source.format, writer.warnings


@pytest.mark.parametrize("format", ["vob", "mpegts"])
@pytest.mark.parametrize(
    "kinds", [("progressive", "top"), ("bottom", "progressive"), ("progressive",) * 3 + ("top",)]
)
def test_ffv1_marks_each_frame_as_the_source_does(tmp_path, kinds, format):
    path = parts(tmp_path, kinds, format=format)
    before = orders(path)
    assert before == [kind for kind in kinds for _ in range(20)]
    form, told = copied(path, tmp_path / "copy.mkv", codec="ffv1")
    assert form.field_order == next(kind for kind in kinds if kind != "progressive")
    assert orders(tmp_path / "copy.mkv") == before and told == []


def test_other_codecs_mark_all_frames_alike_and_tell(tmp_path):
    path = parts(tmp_path, ("progressive", "top"))
    form, told = copied(path, tmp_path / "copy.mkv", codec="h264")
    assert form.field_order == "top" and orders(tmp_path / "copy.mkv") == ["top"] * 40
    assert len(told) == 1 and "20 of 40 frames have other fields or none" in told[0]


def test_a_few_interlaced_frames_do_not_make_a_film_interlaced(tmp_path):
    path = parts(tmp_path, ["progressive"] * 6, format="mpegts")
    one = write_recording(
        tmp_path / "one.ts", format="mpegts", codec="mpeg2video", pictures=noise(5), fields="top", offset=4.8
    ).read_bytes()
    path.write_bytes(path.read_bytes() + one)
    form, told = copied(path, tmp_path / "copy.mkv", codec="h264")
    assert form.field_order == "progressive"
    assert len(told) == 1 and "5 of 125 frames are interlaced" in told[0]


def test_h264_is_looked_at_in_the_whole_film(tmp_path):
    options = {"preset": "ultrafast", "bf": "0"}
    path = parts(
        tmp_path, ("progressive", "top"), format="mpegts", codec="libx264", options=options, n=50, gop=10
    )
    assert orders(path)[:50] == ["progressive"] * 50 and orders(path)[-1] == "top"
    form, _ = copied(path, tmp_path / "copy.mkv", codec="ffv1")
    assert form.field_order == "top" and orders(tmp_path / "copy.mkv") == orders(path)


def test_both_kinds_of_frames_are_read_as_they_are(tmp_path):
    path = parts(tmp_path, ("progressive", "top"))
    with open_source(path) as source:
        frames = list(source.frames())
    kinds = [frame.field_order for frame in frames]
    assert kinds == ["progressive"] * 20 + [None] * 20
    for frame in frames[:20]:
        shown = np.clip((frame.luma - 16.0) * 255 / 219, 0, 255)
        assert np.abs(frame.grey - shown).max() <= 1
