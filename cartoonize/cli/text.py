"""Text that is safe to print, whatever the names of files contain."""

from __future__ import annotations

from pathlib import Path

#: Longest line in characters. Files may contain any text, and messages quote it.
_MAX_LENGTH = 1000


def one_line(text: str) -> str:
    """Return a text as one line; control characters and bytes that are not UTF-8 become ``?``."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.splitlines()))
    if len(line) <= _MAX_LENGTH:
        return line
    return f"{line[: _MAX_LENGTH // 2]} [...] {line[-_MAX_LENGTH // 2 :]}"


def short_path(path: str | Path) -> str:
    """Return a path relative to the current folder if it is inside of it, else as it is."""
    try:
        return str(Path(path).absolute().relative_to(Path.cwd()))
    except (OSError, ValueError):  # elsewhere, or the current folder is gone
        return str(path)
