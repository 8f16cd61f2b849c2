"""Interruption by Ctrl-C or SIGTERM: what is kept, and the command that continues."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from cartoonize.cli.command_line import command_line

#: What each command keeps. Other commands write each of their files as a whole.
_KEPT = {
    "extract": "Complete episodes are kept.",
    "train": "The training is kept up to its last update.",
    "colorize": "Coloured shots are kept.",
    "run": "Complete stages, coloured shots and the training up to its last update are kept.",
    "series": "Complete stages, coloured shots and the training up to its last update are kept.",
}
#: Options of colorize with which no shot is kept.
_NOTHING_KEPT = ("--preview", "--start", "--end", "--confidence-video")


@contextmanager
def interrupts_on_termination() -> Iterator[None]:
    """Let SIGTERM interrupt the block as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def describe_interruption(arguments: Sequence[str] | None = None) -> str:
    """Return a line that says what is kept, and with which command the work continues.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line without the program; default: that of this process.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    name = next(iter(arguments), "")
    kept = _KEPT.get(name, "Finished work is kept.")
    if name == "colorize" and any(a.split("=")[0] in _NOTHING_KEPT for a in arguments):
        kept = "Shots are not kept with --preview, --start, --end or --confidence-video."
    if "RANK" in os.environ:  # torchrun called this program
        resumed = ", with --resume" if name == "train" else ""
        return f"Interrupted. {kept} To continue, run the same command again{resumed}."
    if name == "train" and "--resume" not in arguments:
        arguments.append("--resume")
    return f"Interrupted. {kept} To continue: `{command_line(*arguments)}`"
