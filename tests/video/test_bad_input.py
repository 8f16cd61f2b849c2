"""Every faulty input is an error of one line, and no incomplete output remains."""

import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cartoonize.errors import CartoonizeError, OutputError, SourceError, UsageError
from cartoonize.limits import Limits, lift_limits
from cartoonize.video import list_streams, open_source, open_writer, streams_mp4_cannot_hold, write_film


def pictures(n_frames=100, size=64):
    rng = np.random.default_rng(1)
    for i in range(n_frames):
        picture = np.full((size, size, 3), (200, 120, 40), np.uint8)
        picture[i % 40 : i % 40 + 20, 10:40] = rng.integers(0, 255, 3)
        yield picture


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Write a video of 100 frames with the index at the start, so that a truncated file still opens."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_film(path.with_suffix(".mkv"), pictures(), gop=10)
    fast = {"movflags": "faststart"}
    with av.open(str(path.with_suffix(".mkv"))) as one, av.open(str(path), "w", options=fast) as two:
        stream = two.add_stream_from_template(one.streams.video[0], opaque=True)
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = stream
                two.mux(packet)
    return path


def complaint(path, **options):
    with pytest.raises(SourceError) as caught, open_source(path, **options) as source:
        for _ in source.frames():
            pass
    message = str(caught.value)
    assert "\n" not in message and str(path) in message and len(message) < 300
    assert caught.value.hint
    return message


def write(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.fault(7)
def test_each_kind_of_bad_input_has_its_own_message(tmp_path, film):
    whole = film.read_bytes()
    (tmp_path / "folder").mkdir()
    sound = tmp_path / "sound.mkv"
    with av.open(str(sound), "w") as out:
        stream = out.add_stream("flac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8192), np.int16), "s16", "stereo")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    headless = bytearray(whole)
    headless[whole.index(b"moov") : whole.index(b"moov") + 4] = b"skip"
    lines = {
        "missing": complaint(tmp_path / "missing.mp4"),
        "empty": complaint(write(tmp_path / "empty.mp4", b"")),
        "text": complaint(write(tmp_path / "text.mp4", b"dear reader,\n" * 100)),
        "noise": complaint(write(tmp_path / "noise.mp4", np.random.default_rng(0).bytes(5000))),
        "headless": complaint(write(tmp_path / "headless.mp4", bytes(headless))),
        "cut": complaint(write(tmp_path / "cut.mp4", whole[: int(len(whole) * 0.6)])),
        "folder": complaint(tmp_path / "folder"),
        "sound": complaint(sound),
        "picture": complaint(write(tmp_path / "picture.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40)),
    }
    assert "does not exist" in lines["missing"]
    assert "is empty" in lines["empty"]
    assert "is a text file" in lines["text"]
    assert "not a video of a known format" in lines["noise"]
    assert "damaged or incomplete" in lines["headless"]
    assert " of about 100 frames" in lines["cut"] and "--allow-damaged" in lines["cut"]
    assert "folder without pictures" in lines["folder"]
    assert "no video stream, only audio" in lines["sound"]
    assert "damaged picture" in lines["picture"]


@pytest.mark.fault(5)
def test_a_truncated_file_is_read_as_far_as_possible_if_damage_is_allowed(tmp_path, film):
    whole = film.read_bytes()
    for suffix, data in ((".mp4", whole), (".mkv", film.with_suffix(".mkv").read_bytes())):
        cut = write(tmp_path / f"cut{suffix}", data[: int(len(data) * 0.6)])
        assert " of about 100 frames" in complaint(cut)
        with open_source(cut, allow_damaged=True) as source:
            n_frames = sum(1 for _ in source.frames())
            assert 30 < n_frames < 80
            assert any(f"{n_frames} of about 100" in line for line in source.damage)
    with open_source(film) as source:
        assert sum(1 for _ in source.frames()) == 100 and source.damage == []


def test_no_frames_at_all(tmp_path, film):
    whole = film.read_bytes()
    start = whole.index(b"mdat") + 4
    blank = whole[:start] + bytes(len(whole) - start)
    assert "without frames" in complaint(write(tmp_path / "none.mp4", blank))


@pytest.mark.fault(5)
def test_flipped_bytes_never_shorten_a_video_silently(tmp_path, film):
    rng = np.random.default_rng(3)
    whole = film.read_bytes()
    body = whole.index(b"mdat") + 4
    for trial in range(6):
        data = bytearray(whole)
        for at in rng.integers(body, len(data), 60):
            data[at] ^= 1 << int(rng.integers(8))
        path = write(tmp_path / f"{trial}.mp4", bytes(data))
        try:
            with open_source(path) as source:
                assert sum(1 for _ in source.frames()) >= 97
        except SourceError as error:
            assert "\n" not in str(error)
        with open_source(path, allow_damaged=True) as source:
            first = [frame.grey.sum() for frame in source.frames()]
            assert first == [frame.grey.sum() for frame in source.frames()]


@pytest.mark.fault(6)
def test_damaged_mpeg2_is_an_error_with_its_time(tmp_path):
    path = tmp_path / "film.mpg"
    with av.open(str(path), "w", format="vob") as out:
        video = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for i, picture in enumerate(pictures(100)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    with open_source(path) as source:
        assert sum(1 for _ in source.frames()) == 100
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 300] = np.random.default_rng(0).bytes(300)
    path.write_bytes(data)
    line = complaint(path)
    assert " s" in line and "damaged" in line
    with open_source(path, allow_damaged=True) as source:
        assert 70 < sum(1 for _ in source.frames()) <= 100
        assert source.damage


@pytest.mark.fault(14)
@pytest.mark.fault(15)
def test_playlists_and_protocols_are_refused(tmp_path, film):
    listing = f"ffconcat version 1.0\nfile '{film}'\n".encode()
    assert "text file" in complaint(write(tmp_path / "list.mp4", listing))
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{film}\n#EXT-X-ENDLIST\n".encode()
    assert "text file" in complaint(write(tmp_path / "list.mkv", hls))
    for name in (f"concat:{film}", f"subfile,,start,0,end,0,,:{film}", "http://localhost/x.mp4", "pipe:0"):
        assert "does not exist" in complaint(Path(name))


@pytest.mark.fault(16)
def test_unusual_names_are_accepted(tmp_path, film):
    for name in (
        "weird: name %03d.mp4",
        "-i.mp4",
        "new\nline.mp4",
        "<script>.mp4",
        "ünï ©.mp4",
        "a'b\"c.mp4",
    ):
        path = write(tmp_path / name, film.read_bytes())
        output = tmp_path / f"out {name}"
        with open_source(path) as source, open_writer(output, source.format, copy_from=path) as writer:
            for frame in source.frames(end=0.2):
                writer.write(frame)
        assert [s.type for s in list_streams(output)] == ["video"]
        assert streams_mp4_cannot_hold(path) == []


@pytest.mark.fault(25)
def test_huge_pictures_are_refused_before_they_are_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 12000, 12000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert "12000x12000" in complaint(write(tmp_path / "huge.png", png + bytes(64)))
    film = tmp_path / "film.mkv"
    write_film(film, pictures(2, 128))
    assert "128x128" in complaint(film, limits=Limits(max_pixels=128 * 127))
    for suffix in (".jpg", ".bmp", ".webp", ".tif", ".png"):
        path = tmp_path / f"small{suffix}"
        assert cv2.imwrite(str(path), np.zeros((70, 90, 3), np.uint8))
        assert "90x70" in complaint(path, limits=Limits(max_pixels=70 * 90 - 1))
        with open_source(path, limits=Limits(max_pixels=70 * 90)) as source:
            assert (source.format.height, source.format.width) == (70, 90)


def test_videos_with_too_many_frames_or_hours_are_refused(tmp_path, film, monkeypatch):
    assert "has 100 frames, more than 99" in complaint(film, limits=Limits(max_frames=99))
    assert "longer than 0.001" in complaint(film, limits=Limits(max_hours=1e-3))
    silent = tmp_path / "silent.ts"  # does not declare the number of frames
    with av.open(str(film)) as one, av.open(str(silent), "w", format="mpegts") as two:
        stream = two.add_stream_from_template(one.streams.video[0])
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = stream
                two.mux(packet)
    assert "more than 50" in complaint(silent, limits=Limits(max_frames=50, max_hours=99))
    stills = tmp_path / "stills"
    stills.mkdir()
    for k in range(3):
        cv2.imwrite(str(stills / f"{k}.png"), np.zeros((8, 8, 3), np.uint8))
    assert "3 frames" in complaint(stills, limits=Limits(max_frames=2))
    few = Limits(max_frames=10)
    monkeypatch.setattr("cartoonize.limits.Limits", lambda: few)
    assert "--no-limits" in complaint(film)
    with lift_limits(), open_source(film) as source:
        assert sum(1 for _ in source.frames()) == 100
    assert "--no-limits" in complaint(film)


def test_a_change_of_size_is_an_error(tmp_path):
    one, two, both = tmp_path / "one.ts", tmp_path / "two.ts", tmp_path / "both.ts"
    for path, size in ((one, 64), (two, 96)):
        with av.open(str(path), "w", format="mpegts") as out:
            video = out.add_stream("mpeg2video", rate=25)
            video.width, video.height, video.pix_fmt = size, size, "yuv420p"
            for picture in pictures(30, size):
                out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            out.mux(video.encode(None))
    both.write_bytes(one.read_bytes() + two.read_bytes())
    assert "changes its format" in complaint(both)


@pytest.fixture()
def form(film):
    with open_source(film) as source:
        return source.format, next(iter(source.frames()))


def test_nothing_remains_after_an_exception(tmp_path, form):
    for name in ("x.mp4", "x.mkv", "x.png", "pictures"):
        with pytest.raises(RuntimeError, match="^stop$"), open_writer(tmp_path / name, form[0]) as writer:
            writer.write(form[1])
            raise RuntimeError("stop")
        assert list(tmp_path.iterdir()) == []


def test_an_existing_output_is_replaced_only_by_force_and_only_at_the_end(tmp_path, form):
    for name in ("x.mp4", "x.png"):
        path = write(tmp_path / name, b"precious")
        with pytest.raises(OutputError, match="--force"), open_writer(path, form[0]):
            pass
        with pytest.raises(RuntimeError), open_writer(path, form[0], force=True) as writer:
            writer.write(form[1])
            raise RuntimeError
        assert path.read_bytes() == b"precious"
        with open_writer(path, form[0], force=True) as writer:
            writer.write(form[1])
            assert path.read_bytes() == b"precious"
        assert path.read_bytes() != b"precious"


def test_a_folder_with_other_files_is_never_replaced(tmp_path, form):
    folder = tmp_path / "out"
    folder.mkdir()
    write(folder / "thesis.txt", b"precious")
    with pytest.raises(OutputError, match="more than PNG"), open_writer(folder, form[0], force=True):
        pass
    assert (folder / "thesis.txt").exists()


def test_impossible_outputs_are_refused(tmp_path, film, form):
    def error(kind, path, **options):
        with pytest.raises(kind) as caught, open_writer(path, form[0], **options) as writer:
            writer.write(form[1])
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "no folder" in error(OutputError, tmp_path / "nowhere" / "x.mp4")
    assert "input itself" in error(OutputError, film, copy_from=film, force=True)
    assert "h264, h265, av1, ffv1, prores, dnxhr, png, tiff, exr" in error(
        UsageError, tmp_path / "x.mp4", codec="divx"
    )
    assert ".mp4, .m4v, .mov, .mkv" in error(UsageError, tmp_path / "x.avi")
    assert "yuv420p10le" in error(UsageError, tmp_path / "x.mp4", pix_fmt="rgb24")
    assert "cannot hold ffv1" in error(UsageError, tmp_path / "x.mov", codec="ffv1")
    assert "lossless" in error(UsageError, tmp_path / "x.mkv", codec="ffv1", crf=3)
    assert "0 (best) to 51" in error(UsageError, tmp_path / "x.mkv", crf=52)
    with pytest.raises(UsageError, match="odd height"):
        open_writer(tmp_path / "x.mkv", replace(form[0], field_order="top", height=63))
    (tmp_path / "x.mkv").mkdir()
    assert "is a folder" in error(OutputError, tmp_path / "x.mkv")
    with pytest.raises(OutputError, match="no frame"), open_writer(tmp_path / "y.mkv", form[0]):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.mkv"]


def test_a_folder_without_permission(form):
    """Not even root can create files in /sys."""
    for name in ("x.mp4", "x.png", "x"):
        with pytest.raises(OutputError, match="cannot be written"), open_writer(Path("/sys") / name, form[0]):
            pass


@pytest.mark.fault(3)
def test_a_full_disk_is_one_line_and_no_file(tmp_path):
    """Use the limit on file size instead of a full disk: writes fail at the same place with another errno."""
    script = f"""
import resource
import numpy as np
from pathlib import Path
from cartoonize.errors import OutputError
from cartoonize.video import open_source, open_writer, write_film
source = Path({str(tmp_path)!r}) / "source.mkv"
rng = np.random.default_rng(0)
write_film(source, (rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(40)), codec="ffv1")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for name in ("x.mkv", "x.mp4"):
    try:
        with open_source(source) as opened, open_writer(source.with_name(name), opened.format) as writer:
            for frame in opened.frames():
                writer.write(frame)
        print("written", name)
    except OutputError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and done.stderr == ""
    assert "x.mkv: cannot be written" in lines[0] and "x.mp4: cannot be written" in lines[1]
    assert [p.name for p in tmp_path.iterdir()] == ["source.mkv"]


def test_no_space_left_is_reported(tmp_path):
    from cartoonize.video.finalize import output_errors

    for error in (OSError(28, "No space left on device"), av.error.OSError(28, "No space left on device")):
        expected = pytest.raises(CartoonizeError, match="x.mkv: no space left")
        with expected, output_errors(tmp_path / "x.mkv"):
            raise error
