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

import numpy as np
import pytest
from click.testing import CliRunner

from cartoonize.cli.main import main, root
from cartoonize.stages.extract import ExtractOptions, extract
from cartoonize.stages.split import SplitOptions, split
from cartoonize.stages.train import TrainOptions, train
from cartoonize.video import write_film
from cartoonize.workspace import Workspace

N_FRAMES, FRAME_RATE, HEIGHT, WIDTH = 24, 12, 64, 96
_SKIES = ((90, 160, 230), (230, 190, 110), (120, 200, 120))


def pictures(episode=0, n_frames=N_FRAMES, grey=False):
    """A red box and a yellow one walk past, held on twos; after half of the frames the background changes."""
    for index in range(n_frames):
        at = 4 + 6 * (index // 2 % 8)
        picture = np.full((HEIGHT, WIDTH, 3), _SKIES[(episode + (index >= n_frames // 2)) % 3], np.uint8)
        picture[44:] = (110, 80, 50)
        picture[20:48, at : at + 24] = (210, 40, 50)
        picture[8:16, 90 - at - 12 : 90 - at] = (250, 230, 60)
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
        options["env"] = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **options.get("env", {})}
        ended = subprocess.run(command, **options)
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    return run


def tree(folder: Path) -> dict[str, int]:
    """Return all files below a folder with their times of change; the lock does not count."""
    files = (f for f in Path(folder).rglob("*") if f.is_file() and f.name != ".lock")
    return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in files}
