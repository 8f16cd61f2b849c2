"""Crash reports: what went wrong, where, and with which versions."""

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

#: Packages whose versions the report lists.
_PACKAGES = (
    "torch", "av", "numpy", "opencv-python", "scikit-learn", "scikit-image", "scipy", "numba", "safetensors",
    "click", "rich",
)  # fmt: skip

#: The last lines that this process printed, and those that only ``-v`` would have printed.
recent_lines: deque[str] = deque(maxlen=40)


def write_crash_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write a report to the current folder, or else to the folder for temporary files.

    Parameters
    ----------
    error : BaseException
        The unexpected error.
    arguments : sequence of str
        Arguments of the command line.

    Returns
    -------
    Path or None
        Path of the report, or None if it cannot be written.
    """
    text = _report(error, arguments)
    name = f"cartoonize-crash-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    for folder in (Path.cwd, tempfile.gettempdir):  # the folder may be gone, the disk full
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
        "last messages": "\n".join(recent_lines) or "none",
        "error": "".join(traceback.format_exception(error)),
    }
    head = (
        "Report of an unexpected error in cartoonize.\n"
        "It contains the names of your files. Read it before you send it to anyone.\n"
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
