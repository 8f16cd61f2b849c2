"""Reading of videos: formats, exact parts, repeatable iterations, real cartoons."""

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cartoonize.errors import SourceError
from cartoonize.video import list_streams, open_source, open_writer, write_film


def pictures(n_frames=120, height=64, width=64):
    rng = np.random.default_rng(5)
    for i in range(n_frames):
        picture = np.full((height, width, 3), (i * 2) % 256, np.uint8)
        picture[10:30, i % 30 : i % 30 + 20] = rng.integers(0, 256, 3)
        yield picture


def test_the_format_describes_what_is_stored(tmp_path):
    path = tmp_path / "film.mkv"
    options = {"sample_aspect_ratio": Fraction(64, 45), "rotation": -90, "field_order": "bottom"}
    write_film(
        path, pictures(25, 64, 80), frame_rate=Fraction(25), matrix="bt601", full_range=True, **options
    )
    with open_source(path) as source:
        form = source.format
    assert (form.height, form.width, form.frame_rate, form.n_frames) == (64, 80, 25, 25)
    assert (form.full_range, form.matrix, form.tags) == (True, "bt601", (6, 6, 6, 2))
    assert (form.sample_aspect_ratio, form.rotation, form.field_order) == (Fraction(64, 45), -90, "bottom")
    assert (form.duration, form.start_pts, form.bit_depth, form.has_color) == (1.0, 0, 8, True)


def test_the_matrix_of_untagged_videos_follows_their_size(tmp_path):
    for height, matrix in ((64, "bt601"), (720, "bt709")):
        path = tmp_path / f"{height}.mkv"
        write_film(path, pictures(2, height), tagged=False)
        with open_source(path) as source:
            assert source.format.tags[:3] == (2, 2, 2) and source.format.matrix == matrix
            assert not source.format.full_range


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "mov"])
@pytest.mark.parametrize("field_order", ["progressive", "top"])
def test_a_part_has_exactly_the_frames_of_the_whole(tmp_path, suffix, field_order):
    path, seekable = tmp_path / f"film.{suffix}", tmp_path / "film.mp4"
    write_film(seekable, pictures(), gop=24, field_order=field_order)
    if suffix == "mkv":
        write_film(path, pictures(), gop=24, field_order=field_order)
    elif suffix != "mp4":
        with av.open(str(seekable)) as one, av.open(str(path), "w") as two:
            stream = two.add_stream_from_template(one.streams.video[0], opaque=True)
            for packet in one.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    two.mux(packet)
    with open_source(path) as source:
        whole = list(source.frames(rgb=True))
        assert len(whole) == 120
        start = source.format.start_pts
        for begin, end in ((0.0, 0.5), (2.0, 2.5), (3.1, 99.0), (0.04, 0.05), (4.99, None), (50.0, None)):
            part = list(source.frames(rgb=True, start=begin, end=end))
            times = [float((f.pts - start) * source.format.time_base) for f in whole]
            stop = 1e9 if end is None else end
            inside = [f for f, t in zip(whole, times, strict=True) if begin - 1e-6 <= t < stop - 1e-6]
            assert [f.pts for f in part] == [f.pts for f in inside]
            assert [f.index for f in part] == list(range(len(part)))
            for one, two in zip(inside, part, strict=True):
                assert np.array_equal(one.luma, two.luma)
                assert np.array_equal(one.grey, two.grey)
                assert np.array_equal(one.rgb, two.rgb)


def test_iterations_are_independent_and_repeatable(tmp_path):
    path = tmp_path / "film.mp4"
    write_film(path, pictures(30))
    with open_source(path) as source:
        one, two = source.frames(), source.frames()
        next(one)
        for left, right in zip(one, list(two)[1:], strict=True):
            assert left.pts == right.pts and np.array_equal(left.luma, right.luma)


def test_frames_without_a_time_receive_one(tmp_path):
    """A raw stream has no time stamps."""
    path = tmp_path / "film.h264"
    with av.open(str(path), "w", format="h264") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for picture in pictures(20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode(None))
    with open_source(path) as source:
        pts = [frame.pts for frame in source.frames()]
        assert len(pts) == 20 and len(set(np.diff(pts))) == 1
        assert np.diff(pts)[0] * source.format.time_base == Fraction(1, 25)


def test_packed_and_semi_planar_formats_have_the_same_luma(tmp_path):
    picture = next(iter(pictures(1)))
    reference = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv422p")
    luma = np.frombuffer(reference.planes[0], np.uint8).reshape(-1, reference.planes[0].line_size)[:, :64]
    for pix_fmt in ("yuyv422", "uyvy422", "nv12", "yuv411p", "yuv422p"):
        path = tmp_path / f"{pix_fmt}.nut"
        with av.open(str(path), "w", format="nut") as out:
            stream = out.add_stream("rawvideo", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 64, pix_fmt
            frame = reference.reformat(format=pix_fmt)
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        with open_source(path) as source:
            assert source.format.pix_fmt == pix_fmt
            (frame,) = source.frames()
        assert np.array_equal(frame.luma, luma), pix_fmt


def test_a_held_picture_of_an_avi_is_not_damage(tmp_path):
    """AVI stores a held picture as an empty packet, and counts it as a frame."""
    path = tmp_path / "film.avi"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for i, picture in enumerate(pictures(20)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = 5 * i, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 96
    with open_source(path) as source:
        assert [frame.pts for frame in source.frames()] == list(range(0, 100, 5))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    with (
        pytest.raises(SourceError, match="of about 96 frames|damaged frame at 2"),
        open_source(path) as source,
    ):
        list(source.frames())


def real(name):
    path = Path(os.environ.get("CARTOONIZE_TEST_DATA", "nowhere")) / name
    if not path.exists():
        pytest.skip(f"no real cartoons at {path.parent.parent}: set CARTOONIZE_TEST_DATA")
    return path


def test_a_real_cartoon(tmp_path):
    path = real("munchausen/e03.mp4")
    with open_source(path) as source:
        assert (source.format.height, source.format.width) == (270, 480)
        assert sum(1 for _ in source.frames()) == source.format.n_frames


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_real_picture_subtitles_are_kept(tmp_path, suffix):
    """The source is HEVC with PGS subtitles, which MP4 cannot hold."""
    path, output = real("popeye/p2.mkv"), tmp_path / f"out.{suffix}"
    part = {"start": 20, "end": 21}
    with open_source(path) as source, open_writer(output, source.format, copy_from=path, **part) as writer:
        for frame in source.frames(**part):
            writer.write(frame)
    with open_source(output) as copy:
        assert sum(1 for _ in copy.frames()) == 24
    kinds = [s.codec for s in list_streams(output)]
    if suffix == "mkv":
        assert kinds == ["h264", "hdmv_pgs_subtitle"] and writer.warnings == []
    else:
        assert kinds == ["h264"] and len(writer.warnings) == 1
        assert [p.suffix for p in writer.sidecars] == [".sup"]


def test_all_real_picture_subtitles_have_the_same_bytes(tmp_path):
    path = real("popeye/p2.mkv")

    def subtitles(file):
        with av.open(str(file)) as container:
            return [(round(p.pts * p.time_base, 3), bytes(p)) for p in container.demux(subtitles=0) if p.size]

    with open_source(path) as source:
        first = next(iter(source.frames()))
        for suffix in ("mkv", "mp4"):
            with open_writer(tmp_path / f"x.{suffix}", source.format, copy_from=path) as writer:
                writer.write(first)
    assert subtitles(tmp_path / "x.mkv") == subtitles(path)
    whole = b"".join(data for _, data in subtitles(path))
    assert b"".join(data for _, data in subtitles(writer.sidecars[0])) == whole
