"""The report of a fault that nobody foresaw: what went wrong, where, with which versions."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cartoonize import __version__

#: What it computes and reads files with.
_PACKAGES = (
    "torch", "av", "numpy", "opencv-python", "scikit-learn", "scikit-image", "scipy", "numba", "safetensors",
    "click", "rich",
)  # fmt: skip
_N_LINES = 40

said: deque[str] = deque(maxlen=_N_LINES)
"""The last lines that this process told the user, also those that only ``-v`` shows."""


def write_crash_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write a report where the command was called, else among temporary files.

    Parameters
    ----------
    error : BaseException
        Nobody caught it.
    arguments : sequence of str
        Of the command line.

    Returns
    -------
    Path or None
        None if it can be written nowhere.
    """
    text = _report(error, arguments)
    name = f"cartoonize-crash-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    for folder in (Path.cwd, tempfile.gettempdir):  # both may fail: the folder may be gone, the disk full
        try:
            path = Path(folder()) / name
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return path
    return None


def _report(error: BaseException, arguments: Sequence[str]) -> str:
    parts = {
        "command": " ".join(["cartoonize", *map(repr, arguments)]),
        "time": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "versions": "\n".join(
            [f"cartoonize {__version__}", f"Python {sys.version}", platform.platform(), *_packages()]
        ),
        "what it said last": "\n".join(said) or "nothing",
        "fault": "".join(traceback.format_exception(error)),
    }
    head = (
        "cartoonize met a fault that it does not know. This file tells of it, and of nothing else;\n"
        "it names your files: read it before you send it to anybody.\n"
    )
    return head + "".join(
        f"\n{title}\n{'-' * len(title)}\n{body.rstrip()}\n" for title, body in parts.items()
    )


def _packages() -> list[str]:
    lines = []
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} is not installed")
    return lines
