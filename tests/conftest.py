"""Small films, a workspace made of them, and ways to call the program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from browser import CHROMIUM, QUIET
from click.testing import CliRunner

from cartoonize.cli.main import main, root
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.video import write_film
from cartoonize.workspace import Workspace

N_FRAMES, FRAME_RATE, HEIGHT, WIDTH = 24, 12, 64, 96
_DAYS = ((130, 190, 240), (240, 220, 130), (150, 230, 150))
_NIGHTS = ((20, 30, 90), (90, 30, 60), (20, 70, 40))


def pictures(episode=0, n_frames=N_FRAMES, grey=False):
    """A red box and a yellow one walk to and fro, held on twos; at half time there is a cut to a night."""
    for index in range(n_frames):
        sky = (_DAYS if index < n_frames // 2 else _NIGHTS)[episode % 3]
        at = 4 + abs((index // 2 * 3 + 33) % 66 - 33)
        picture = np.full((HEIGHT, WIDTH, 3), sky, np.uint8)
        picture[20:48, at : at + 24] = (210, 40, 50)
        picture[8:16, 78 - at : 90 - at] = (250, 230, 60)
        if grey:
            picture[:] = np.rint(picture @ np.array([0.299, 0.587, 0.114]))[..., None]
        yield picture


def film(path, episode=0, n_frames=N_FRAMES, grey=False, **options):
    """Write a film with sound and a subtitle; return its path."""
    seconds = n_frames / FRAME_RATE
    time = np.arange(round(44100 * seconds)) / 44100
    tone = np.stack([np.sin(2 * np.pi * 330 * time) / 4] * 2, 1).astype(np.float32)
    settings = {"sound": tone, "subtitles": [(0.2, 0.9, f"Episode {episode}")], **options}
    write_film(path, pictures(episode, n_frames, grey), frame_rate=FRAME_RATE, **settings)
    return path


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """A folder with three coloured episodes, and a grey one."""
    folder = tmp_path_factory.mktemp("films")
    for number in (1, 2, 3):
        film(folder / f"e{number}.mkv", number)
    film(folder / "grey.mkv", 1, grey=True)
    return folder


#: Files that are no films, and what is said of them.
BAD_SOURCES = {
    "missing.mkv": "does not exist",
    "empty.mkv": "is empty",
    "text.mp4": "is a text file, not a video",
    "noise.mp4": "is no video of a known kind",
    "cut.mp4": " of about 60 frames",
    "blank.mp4": "without frames",
    "sound.mkv": "no video stream, only audio",
    "no-pictures": "folder without pictures",
}


@pytest.fixture(scope="session")
def bad(tmp_path_factory):
    """A folder with `BAD_SOURCES`."""
    folder = tmp_path_factory.mktemp("bad")
    whole = folder / "whole.mp4"
    _index_first(film(folder / "whole.mkv", n_frames=60, gop=6), whole)
    data = whole.read_bytes()
    frames = data.index(b"mdat") + 4
    (folder / "empty.mkv").touch()
    (folder / "text.mp4").write_text("dear reader,\n" * 100)
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "cut.mp4").write_bytes(data[: int(len(data) * 0.6)])
    (folder / "blank.mp4").write_bytes(data[:frames] + bytes(len(data) - frames))
    (folder / "no-pictures").mkdir()
    (folder / "no-pictures" / "notes.txt").write_text("none")
    with av.open(str(folder / "sound.mkv"), "w") as out:
        stream = out.add_stream("flac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8192), np.int16), "s16", "stereo")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return folder


def _index_first(source, target):
    """Copy the video into an MP4 that can still be opened where its end is cut off."""
    with (
        av.open(str(source)) as one,
        av.open(str(target), "w", options={"movflags": "faststart"}) as two,
    ):
        stream = two.add_stream_from_template(one.streams.video[0], opaque=True)
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = stream
                two.mux(packet)


@pytest.fixture(scope="session")
def extracted(tmp_path_factory, films):
    """A workspace with three episodes, e1 held out. Shared: copy it before changing it."""
    workspace = Workspace(tmp_path_factory.mktemp("workspaces") / "extracted")
    extract(workspace, [films / f"e{n}.mkv" for n in (1, 2, 3)], options=ExtractOptions())
    split(workspace, options=SplitOptions(test=("e1",)))
    return workspace


@pytest.fixture(scope="session")
def trained(tmp_path_factory, extracted):
    """The same workspace with two trained variants: plain-l2 and the look-up floor. Shared, too."""
    workspace = Workspace(tmp_path_factory.mktemp("workspaces") / "trained")
    shutil.copytree(extracted.root, workspace.root)
    options = TrainOptions(width=0.125, epochs=1, batch_size=4, accumulate=1, precision="float32")
    train(workspace, ["plain-l2", "lookup"], options=options)
    return workspace


@pytest.fixture
def workspace(extracted, tmp_path):
    """A copy of the extracted workspace, to be changed."""
    return Workspace(Path(shutil.copytree(extracted.root, tmp_path / "workspace")))


@pytest.fixture
def studio(trained, tmp_path):
    """A copy of the trained workspace, to be changed."""
    return Workspace(Path(shutil.copytree(trained.root, tmp_path / "studio")))


@dataclass(frozen=True)
class Outcome:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


@pytest.fixture
def cartoonize(capsys, monkeypatch):
    """Call the program as its entry point does, errors and exit code included, but in this process."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["cartoonize", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def fails(cartoonize):
    """Call the program; it has to fail with one line, which is returned.

    The line must hold all of ``words``, and something to do about it; nothing may be on standard output.
    """

    def call(*arguments, words=(), code=1):
        outcome = cartoonize(*arguments)
        lines = outcome.err.splitlines()
        assert outcome.code == code, outcome
        assert len(lines) == 1 and lines[0].startswith("Error: "), outcome.err
        assert lines[0].count(". ") >= 1, f"no hint: {lines[0]}"
        assert outcome.out == "" and len(lines[0]) < 600
        for word in words:
            assert str(word) in lines[0]
        return lines[0]

    return call


@pytest.fixture
def misused(cartoonize):
    """Call the program; click itself has to refuse it: usage, a blank line, the error, code 2."""

    def call(*arguments, words=()):
        outcome = cartoonize(*arguments)
        *usage, error = outcome.err.splitlines()
        assert outcome.code == 2 and outcome.out == "", outcome
        assert usage[0].startswith("Usage: ") and error.startswith("Error: "), outcome.err
        for word in words:
            assert str(word) in error
        return error

    return call


@pytest.fixture(scope="module")
def chromium():
    """A real browser; modules that ask for it are marked `NEEDS_CHROMIUM`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def invoke():
    """Call the root command; the error, if any, is in ``exception``."""
    return lambda *arguments: CliRunner().invoke(root, [str(a) for a in arguments])


@pytest.fixture
def program():
    """Run the program in a process of its own."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "cartoonize", *map(str, arguments)]
        options = {"capture_output": True, "text": True, "timeout": 120, **options}
        options["env"] = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **options.get("env", {}),
        }
        ended = subprocess.run(command, **options)
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    return run


def few_steps(**more):
    """Options of a training that is over at once."""
    return TrainOptions(width=0.125, epochs=1, batch_size=8, accumulate=1, precision="float32", **more)


def tree(folder: Path) -> dict[str, int]:
    """Return all files below a folder with their times of change; the lock does not count."""
    files = (f for f in Path(folder).rglob("*") if f.is_file() and f.name != ".lock")
    return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in files}


def pytest_terminal_summary(terminalreporter, config):
    """Print one line for every fault that was tried: `pytest -m fault`."""
    if config.option.markexpr == "fault":
        from fault_lines import fault_lines

        terminalreporter.section("faults")
        for line in fault_lines(terminalreporter.stats):
            terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell of the scenario beside how its test ended."""
    report = (yield).get_result()
    numbers = [mark.args[0] for mark in item.iter_markers("fault")]
    if numbers and (report.when == "call" or not report.passed):
        report.user_properties.append(("faults", numbers))
