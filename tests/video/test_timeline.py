"""Joined recordings, whose clock jumps: all pictures and all sound follow each other, in step."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cartoonize.video import open_source, open_writer
from cartoonize.video.timeline import timeline_of
from tests.support.recordings import noise, write_recording

pytestmark = pytest.mark.video

FORMS = [("vob", "ac3", 0), ("vob", "mp2", 2), ("mpegts", "mp2", 0), ("mpegts", "ac3", 2)]


def part(path, format, sound, n_between, **options):
    return write_recording(
        path,
        format=format,
        codec="mpeg2video",
        pictures=noise(25),
        sound=sound,
        n_between=n_between,
        gop=12,
        **options,
    ).read_bytes()


def joined(folder, form, offsets):
    """Write parts of 25 pictures that begin at these times, joined byte by byte."""
    path = folder / "joined.mpg"
    path.write_bytes(b"".join(part(folder / f"{k}.part", *form, offset=at) for k, at in enumerate(offsets)))
    return path


def packets(path):
    """Return (times in seconds from the first picture, content) of the packets of the sound."""
    with open_source(path) as source:
        zero = source.format.start_pts * source.format.time_base
    with av.open(str(path)) as container:
        found = [p for p in container.demux(audio=0) if p.size]
        return [(float(p.pts * p.time_base - zero), bytes(p)) for p in found]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("offsets", [(0, 0), (0, 600), (600, 0), (0, 0.4), (0, 0, 0), (3, 90_000, 7)])
def test_parts_follow_each_other_in_step(tmp_path, form, offsets):
    path, output = joined(tmp_path, form, offsets), tmp_path / "copy.mkv"
    n = 25 * len(offsets)
    with open_source(path) as source, open_writer(output, source.format, copy_from=path) as writer:
        assert source.format.n_frames == n and source.format.duration == pytest.approx(n / 25)
        frames = list(source.frames())
        assert source.damage == [] and len(source.remarks) == len(offsets) - 1
        for number, line in enumerate(source.remarks, 1):
            assert line.startswith(f"has a clock that jumps at {number}.00 s, ")
        for frame in frames:
            writer.write(frame)
    assert writer.warnings == []
    base = source.format.time_base
    assert [float((f.pts - frames[0].pts) * base) for f in frames] == pytest.approx(
        [k / 25 for k in range(n)], abs=2e-4
    )
    one = packets(tmp_path / "0.part")
    kinds = [packets(tmp_path / f"{k}.part") for k in range(len(offsets))]
    expected = [(time + number, data) for number, kind in enumerate(kinds) for time, data in kind]
    copied = packets(output)
    assert [data for _, data in copied] == [data for _, data in expected] and len(one) > 20
    apart = [abs(a - b) for (a, _), (b, _) in zip(copied, expected, strict=True)]
    assert max(apart) < 0.003  # overlaps of sound move a packet; Matroska rounds to milliseconds


def test_a_picture_that_is_held_while_the_sound_goes_on_is_no_jump(tmp_path):
    """A disc holds a still for seconds."""
    path = tmp_path / "still.ts"
    with av.open(str(path), "w", format="mpegts") as out:
        video, sound = out.add_stream("mpeg2video", rate=25), out.add_stream("mp2", rate=48000)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for number, picture in enumerate(noise(4)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = (0, 1, 2, 200)[number], Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for begin in range(0, 48000 * 9, 1152):
            heard = av.AudioFrame.from_ndarray(np.zeros((1, 2304), np.int16), "s16", "stereo")
            heard.sample_rate, heard.pts, heard.time_base = 48000, begin, Fraction(1, 48000)
            out.mux(sound.encode(heard))
    assert timeline_of(path).jumps == ()
    with open_source(path) as source:
        pts = [frame.pts - source.format.start_pts for frame in source.frames()]
        assert source.remarks == [] and pts[-1] * source.format.time_base == 8


def test_parts_of_a_joined_film_are_read_at_the_times_of_the_whole(tmp_path):
    path = joined(tmp_path, FORMS[0], (0, 50, 0))
    with open_source(path) as source:
        whole = [f.pts for f in source.frames()]
        inside = [f.pts for f in source.frames(start=0.9, end=2.1)]
        assert inside == whole[23:53]


@pytest.mark.parametrize(
    ("codec", "format"), [("mpeg2video", "mpegts"), ("libx264", "mpegts"), ("mpeg2video", "vob")]
)
def test_joined_parts_may_begin_and_end_within_a_group_of_pictures(tmp_path, codec, format):
    """Each part is decoded for itself. What lacks its references is left out, and told."""
    options = {"preset": "ultrafast"} if codec == "libx264" else {}
    whole = write_recording(
        tmp_path / "whole",
        format=format,
        codec=codec,
        pictures=noise(100),
        options=options,
        gop=10,
        n_between=2,
        sound="mp2",
    ).read_bytes()
    unit = 188 if format == "mpegts" else 2048
    path = tmp_path / "joined.mpg"
    path.write_bytes(
        b"".join(
            whole[int(len(whole) * first) // unit * unit : int(len(whole) * last) // unit * unit]
            for first, last in ((0, 0.47), (0.31, 0.83), (0.13, 1))
        )
    )
    with open_source(path) as source:
        times = [float(f.pts * source.format.time_base) for f in source.frames()]
        assert len(source.remarks) == 2 and source.damage
    steps = np.diff(times)
    assert len(times) > 100 and steps.min() > 0.039 and steps.max() < 0.5
    assert (steps > 0.041).sum() <= 4


def test_what_cannot_be_read_of_joined_flv_files_is_told(tmp_path):
    path = write_recording(tmp_path / "film.flv", format="flv", codec="flv", pictures=noise(25))
    one = path.read_bytes()
    with open_source(path) as source:
        assert len(list(source.frames())) == 25 and source.damage == []
    path.write_bytes(one + one)
    with open_source(path) as source:
        n = len(list(source.frames()))
        assert n == 50 or any("bytes after its last picture" in line for line in source.damage)


def test_files_with_an_index_are_not_searched(tmp_path):
    path = write_recording(tmp_path / "film.mkv", format="matroska", codec="ffv1", n=5)
    assert timeline_of(Path(path)).jumps == ()
