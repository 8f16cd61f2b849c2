"""New videos contain what was passed to write_film, and have the same bytes every time."""

import os
import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

from cartoonize.errors import OutputError, UsageError
from cartoonize.video import Sound, list_streams, open_source, write_film
from tests.support import ROOT


def pictures(n_frames=24, height=48, width=64):
    for i in range(n_frames):
        picture = np.full((height, width, 3), (200, 60, 60), np.uint8)
        picture[10:30, i : i + 20] = (40, 80, 220)
        yield picture


def tone(frequency=440.0, seconds=1.0, rate=44100):
    t = np.arange(round(rate * seconds)) / rate
    return np.stack([np.sin(2 * np.pi * frequency * t) / 2] * 2, 1).astype(np.float32)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_a_video_contains_all_its_streams(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    write_film(
        path,
        pictures(),
        sound=tone(),
        subtitles=[(0.25, 0.5, "Hello")],
        chapters=[(0, 0.5, "One"), (0.5, 1, "Two")],
        metadata={"title": "Film"},
    )
    assert [s.type for s in list_streams(path)][:3] == ["video", "audio", "subtitle"]
    with av.open(str(path)) as container:
        assert container.metadata["title"] == "Film"
        assert [c["metadata"]["title"] for c in container.chapters()] == ["One", "Two"]
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], 1)
    spectrum = np.abs(np.fft.rfft(sound[0, :44100]))
    assert np.argmax(spectrum) == 440 and 0.4 < np.abs(sound).max() < 0.6
    with av.open(str(path)) as container:
        texts = [bytes(p) for p in container.demux(subtitles=0) if p.size > 2]
        assert texts == [b"Hello" if suffix == ".mkv" else b"\0\5Hello"]
    with open_source(path) as source:
        assert source.format.tags == (1, 1, 1, 1) and source.format.frame_rate == 24
        frames = list(source.frames(rgb=True))
    assert len(frames) == 24
    for given, frame in zip(pictures(), frames, strict=True):
        assert np.abs(given[40, 2].astype(int) - frame.rgb[40, 2]).max() <= 3


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for suffix in (".mp4", ".mkv"):
        for name in "ab":
            write_film(tmp_path / f"{name}{suffix}", pictures(), sound=tone(), subtitles=[(0, 1, "Hi")])
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "ffv1"])
def test_the_bytes_do_not_depend_on_the_content_of_new_memory(tmp_path, codec):
    """Encoders may read beyond rows. MALLOC_PERTURB_ sets the content of new memory, in glibc only."""
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.video.test_film import pictures, write_film\n"
        "write_film(Path(sys.argv[1]), pictures(), codec=sys.argv[2])"
    )
    for fill in ("0", "85", "170"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / f"{fill}.mkv"), codec],
            check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_PERTURB_": fill},
        )
    contents = [path.read_bytes() for path in tmp_path.glob("*.mkv")]
    assert len(contents) == 3 and len(set(contents)) == 1


def test_several_sound_tracks_and_lossless_sound(tmp_path):
    path = tmp_path / "film.mkv"
    samples = tone(300)
    tracks = [Sound(samples, language="eng", codec="flac"), Sound(samples[:, :1], 44100, "deu", 0.25)]
    write_film(path, pictures(), sound=tracks)
    assert [(s.codec, s.language) for s in list_streams(path)[1:]] == [("flac", "eng"), ("aac", "deu")]
    with av.open(str(path)) as container:
        decoded = np.concatenate([f.to_ndarray().reshape(-1, 2) for f in container.decode(audio=0)])
    assert np.array_equal(decoded, np.rint(samples * 32767).astype(np.int16))


def test_pictures_are_read_one_at_a_time(tmp_path):
    """Encoders look ahead by dozens of frames, not by the whole video."""
    alive, most = 0, 0

    class Tracked(np.ndarray):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def many():
        nonlocal alive, most
        for picture in pictures(300):
            alive += 1
            most = max(most, alive)
            yield picture.view(Tracked)

    write_film(tmp_path / "film.mkv", many())
    assert most <= 4


def test_importing_the_package_does_not_load_ffmpeg():
    """Keep ``cartoonize --help`` fast."""
    check = "import sys, cartoonize.video; print('av' in sys.modules, 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_variable_frame_rate(tmp_path):
    pts = [0, 1, 2, 5, 6, 10, 30]
    write_film(tmp_path / "film.mp4", pictures(7), pts=pts)
    with open_source(tmp_path / "film.mp4") as source:
        times = [frame.pts * source.format.time_base for frame in source.frames()]
    assert times == [Fraction(p, 24) for p in pts]


def test_errors_leave_no_file(tmp_path):
    with pytest.raises(UsageError, match="Known: .mp4"):
        write_film(tmp_path / "film.divx", pictures())
    with pytest.raises(UsageError, match="unknown codec"):
        write_film(tmp_path / "film.mp4", pictures(), codec="nonsense")
    with pytest.raises(OutputError, match="no picture"):
        write_film(tmp_path / "film.mp4", [])
    with pytest.raises(OutputError):
        write_film(tmp_path / "film.mp4", pictures(2, 47, 63))
    assert list(tmp_path.iterdir()) == []
