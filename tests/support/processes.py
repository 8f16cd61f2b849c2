"""Calls of the program in processes that a test can kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cartoonize.cli.main import main
from tests.support.outcome import Outcome

#: One process imports everything, and its children run the calls. So a kill hits the work, not the imports.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "av", "cv2", "numba", "torch._dynamo", "rich.progress", "cartoonize.cli.run"]
)

#: The options of a small network.
SMALL = ("--variant", "plain-l2", "--width", "0.0625", "--batch-size", "4", "--accumulate", "1")
#: A call that trains a small network.
TRAIN = ("train", *SMALL, "--precision", "float32", "--epochs", "3")


class Run:
    """A call of the program in a process of its own.

    Parameters
    ----------
    folder : Path
        A new folder, in which the process works. Its standard output and its standard error go to two files
        in it.
    *arguments : object
        The command line.
    **dies : str
        The moment when the process kills itself, see `_die`; without it the process does not.
    """

    def __init__(self, folder: Path, *arguments: object, **dies: str) -> None:
        self._outputs = [folder / "out", folder / "err"]
        folder.mkdir()
        self.process = FORKS.Process(target=_call, args=([*map(str, arguments)], self._outputs, dies))
        self.process.start()

    def killed(self, after: float = 0.0) -> bool:
        """Wait some seconds, then kill the process; return whether it was still alive."""
        self.process.join(after)
        self.process.kill()
        self.process.join()
        return self.process.exitcode == -signal.SIGKILL

    def ended(self) -> Outcome:
        """Wait for the end of the process; return its outcome."""
        self.process.join(200)
        assert self.process.exitcode is not None, "it does not end"
        out, err = (path.read_text() for path in self._outputs)
        return Outcome(self.process.exitcode, out, err)

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)


def _call(arguments: Sequence[str], outputs: Sequence[Path], dies: dict[str, str]) -> None:
    os.chdir(outputs[0].parent)
    for number, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    if dies:
        _die(**dies)
    sys.argv = ["cartoonize", *arguments]
    main()


def _die(before: str | None = None, after: str | None = None) -> None:
    """Make this process kill itself at a certain moment.

    Parameters
    ----------
    before : str, optional
        The process dies before it renames a file to this name.
    after : str, optional
        The process dies when it opens a file after it has renamed one to this name.
    """
    has_name = False

    def hear(event: str, values: tuple[Any, ...]) -> None:  # Python reports each event before it happens
        nonlocal has_name
        name = Path(os.fsdecode(values[1])).name if event == "os.rename" else None
        swaps = event == "ctypes.dlsym" and values[1] == "renameat2"  # exchanges two folders
        if before and (name == before or swaps) or has_name and event == "open":
            os.kill(os.getpid(), signal.SIGKILL)
        has_name = has_name or name is not None and name == after

    sys.addaudithook(hear)


def shots(
    n_shots: int, n_frames: int, seed: int = 0, height: int = 96, width: int = 128
) -> Iterator[np.ndarray]:
    """Draw shots in which a box walks over a background of random paints.

    The cuts are easy to see, and every frame is a new drawing.
    """
    colors = np.random.default_rng(seed)
    for _ in range(n_shots):
        ground = colors.integers(30, 225, (height // 16, width // 16, 3)).astype(np.uint8)
        ground = ground.repeat(16, 0).repeat(16, 1)
        for number in range(n_frames):
            picture, at = ground.copy(), 4 * number % (width - 32)
            picture[16:64, at : at + 32] = 255 - ground[16:64, at : at + 32]
            yield picture


def contents(folder: Path) -> dict[str, bytes]:
    """Return the names of all files below a folder with their contents."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in Path(folder).rglob("*") if f.is_file()}


def parts(folder: Path) -> list[Path]:
    """Return the unfinished files below a folder."""
    return list(Path(folder).rglob("*.part"))
