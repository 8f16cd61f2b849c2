"""Damaged, hostile and exchanged files as input of the program, which runs in its own process."""

import json
import os
import pickle
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cartoonize.video import open_source
from tests.support.films import N_FRAMES, film, pictures

FLOOR = ("--variant", "grey")


def n_frames(path):
    with open_source(path) as source:
        return sum(1 for _ in source.frames())


@pytest.fixture
def refused(program):
    """Run the program, which must end with one line that contains all words; return the line."""

    def call(*arguments, words, code=1):
        outcome = program(*arguments)
        lines = outcome.err.splitlines()
        assert outcome.code == code and len(lines) == 1 and lines[0].startswith("Error: "), outcome
        assert all(str(word) in lines[0] for word in words), lines[0]
        return lines[0]

    return call


@pytest.mark.fault(5)
def test_missing_frames_of_a_cut_film_are_counted_and_reported(program, refused, bad, trained, tmp_path):
    source, space = bad / "cut.mp4", tmp_path / "w"
    shutil.copytree(trained.root, space)
    refused("colorize", source, *FLOOR, "-w", space, words=["of about 60 frames", "--allow-damaged"])
    assert not [path for path in space.rglob("cut*") if path.is_file()]
    outcome = program("colorize", source, *FLOOR, "-w", space, "--allow-damaged", "--json")
    (summary,) = json.loads(outcome.out)["outputs"]
    n = n_frames(summary["output"])
    hole = f"is incomplete: {n} of about 60 frames can be decoded"
    assert f"cut.mp4 {hole}" in outcome.err.splitlines()
    assert hole in json.loads(Path(summary["holes"]).read_text())["holes"]
    program("extract", source, "-w", space, "--allow-damaged")
    assert program("report", "-w", space).code == 0
    page = (space / "reports" / "report.html").read_text()
    assert page.count(hole) == 2  # for the episode, and for the coloured film


def dvd(path, n=75):
    """Write MPEG-2 and MP2 into a program stream, as on a DVD."""
    with av.open(str(path), "w", format="vob") as out:
        video = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt, video.codec_context.gop_size = 96, 64, "yuv420p", 5
        sound = out.add_stream("mp2", rate=48000)
        noise = np.random.default_rng(0).integers(-8000, 8000, n * 1920).astype(np.int16)  # packets differ
        for k, picture in enumerate(pictures(1, n)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = k, Fraction(1, 25)
            out.mux(video.encode(frame))
            heard = av.AudioFrame.from_ndarray(noise[None, k * 1920 : (k + 1) * 1920], "s16", "mono")
            heard.sample_rate, heard.pts, heard.time_base = 48000, k * 1920, Fraction(1, 48000)
            out.mux(sound.encode(heard))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    return path


def sound_of(path):
    """Return the time since the first picture and the content of every packet of sound."""
    with open_source(path) as source:
        zero = source.format.start_pts * source.format.time_base
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        found = [p for p in container.demux(stream) if p.size and p.pts is not None]
        return [(float(p.pts * p.time_base - zero), bytes(p)) for p in found]


@pytest.mark.fault(6)
def test_damage_in_a_dvd_file_is_reported_by_time_and_the_sound_stays_in_sync(program, tmp_path):
    path = dvd(tmp_path / "film.vob")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"\0\0\1\xe0") + 200  # within a packet of pictures
    data[at : at + 60] = np.random.default_rng(1).bytes(60)
    path.write_bytes(data)
    outcome = program(
        "colorize", path, *FLOOR, "-w", tmp_path / "w", "-o", tmp_path / "x.mkv", "--allow-damaged", "--json"
    )
    assert outcome.code == 0, outcome.err
    (summary,) = json.loads(outcome.out)["outputs"]
    assert any("damaged" in line and " s" in line for line in summary["warnings"]), summary["warnings"]
    assert 60 <= summary["n_frames"] <= 75
    before, after = sound_of(path), sound_of(tmp_path / "x.mkv")
    assert len(after) >= len(before) - 1
    times = dict(reversed([(content, time) for time, content in before]))
    apart = [abs(time - times[content]) for time, content in after if content in times]
    assert len(apart) >= len(after) - 1 and max(apart) <= 0.001


@pytest.mark.fault(7)
@pytest.mark.parametrize("command", ["extract", "colorize", "print", "evaluate", "compare"])
def test_every_command_that_reads_films_refuses_other_files(refused, bad, tmp_path, command):
    more = {
        "colorize": [*FLOOR],
        "print": ["-o", tmp_path / "x.mkv"],
        "compare": [bad / "whole.mkv", "-o", tmp_path / "x.mp4"],
        "evaluate": ["--reference", bad / "whole.mkv"],
    }
    refused(
        command, bad / "text.mp4", *more.get(command, []), "-w", tmp_path, words=["text.mp4", "text file"]
    )


@pytest.mark.fault(7)
@pytest.mark.parametrize("command", ["extract", "colorize", "run"])
def test_files_without_an_end_are_not_read(refused, tmp_path, command):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "r.toml").write_text(RECIPE.replace('"a.mkv", "b.mkv"', '"/dev/zero"'))
    if command == "run":
        refused("run", tmp_path / "r.toml", "-q", "-w", tmp_path, words=["a device or a pipe"])
        return
    more = FLOOR if command == "colorize" else ()
    for path in (tmp_path / "pipe", "/dev/zero"):
        refused(command, path, *more, "-w", tmp_path, words=[path, "a device or a pipe"])


@pytest.mark.fault(14)
@pytest.mark.fault(15)
@pytest.mark.parametrize("command", ["extract", "colorize"])
def test_no_source_opens_another_one(refused, films, tmp_path, command):
    listing = tmp_path / "list.mp4"
    listing.write_text(f"ffconcat version 1.0\nfile '{films / 'e1.mkv'}'\n")
    more = FLOOR if command == "colorize" else ()
    refused(command, listing, *more, "-w", tmp_path / "w", words=[listing, "text file"])
    for name in (f"concat:{films / 'e1.mkv'}", "http://localhost/x.mp4"):
        refused(command, *more, "-w", tmp_path / "w", "--", name, words=["does not exist"])
    assert not list(tmp_path.glob("w/out/*")) and not list(tmp_path.glob("w/frames/*"))


class Evil:
    """Object that writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch '{self.path}'",)


@pytest.mark.fault(18)
def test_a_pickle_is_not_opened(refused, films, tmp_path):
    evil, touched = tmp_path / "model.safetensors", tmp_path / "touched"
    evil.write_bytes(pickle.dumps(Evil(touched)))
    refused(
        "colorize", films / "e1.mkv", "--checkpoint", evil, "-w", tmp_path, words=[evil, "not a checkpoint"]
    )
    assert not touched.exists()
    pickle.loads(evil.read_bytes())  # unpickling does write the file
    assert touched.exists()


@pytest.mark.fault(18)
def test_a_pickle_with_encoder_weights_is_not_opened(refused, extracted, tmp_path):
    evil, touched = tmp_path / "vgg16.pth", tmp_path / "touched"
    evil.write_bytes(pickle.dumps(Evil(touched)))
    shutil.copytree(extracted.root, tmp_path / "w")
    command = ("train", "--variant", "vgg16", "--encoder-weights", evil, "-w", tmp_path / "w")
    refused(*command, words=[evil])
    assert not touched.exists()


@pytest.mark.fault(19)
@pytest.mark.slow
def test_every_flipped_bit_of_weights_is_detected(refused, trained, films, tmp_path, record_property):
    rng, whole = np.random.default_rng(0), trained.checkpoint("plain-l2").read_bytes()
    first = 8 + int.from_bytes(whole[:8], "little")  # the header comes before the weights
    path = tmp_path / "model.safetensors"
    for at in rng.integers(first, len(whole), 3):
        data = bytearray(whole)
        data[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        refused("colorize", films / "e1.mkv", "--checkpoint", path, "-w", tmp_path, words=[path, "SHA-256"])
    record_property("counts", "3 bits flipped, 3 detected")


RECIPE = """
[[stage]]
stage = "extract"
sources = ["a.mkv", "b.mkv"]

[[stage]]
stage = "split"
test = ["a"]

[[stage]]
stage = "train"
variants = ["lookup"]

[[stage]]
stage = "colorize"
variants = ["grey"]
output = "out/grey.mkv"
"""


@pytest.mark.fault(21)
@pytest.mark.slow
def test_another_film_with_the_same_name_size_and_time_is_detected(program, tmp_path):
    film(tmp_path / "a.mkv", 1)
    film(tmp_path / "b.mkv", 2)
    (tmp_path / "small.toml").write_text(RECIPE)

    def cached():
        outcome = program("run", "small.toml", "-w", "w", "--json", cwd=tmp_path)
        assert outcome.code == 0, outcome.err
        return [stage["cached"] for stage in json.loads(outcome.out)["stages"]]

    assert cached() == [False] * 4 and cached() == [True] * 4
    path = tmp_path / "b.mkv"
    times, data = path.stat(), path.read_bytes()
    other = film(tmp_path / "other.mkv", 2, n_frames=N_FRAMES - 2).read_bytes()
    path.write_bytes(other + bytes(len(data) - len(other)))  # Matroska allows bytes after the end
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == len(data) and path.stat().st_mtime_ns == times.st_mtime_ns
    again = cached()
    assert again[0] is False and again[2] is False  # the film is training data
    assert again[1] is True  # the list of episodes is the same
