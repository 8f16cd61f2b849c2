"""Text that is safe to print, whatever a file is called."""

from __future__ import annotations

#: Files may hold any text, and messages quote it.
_MOST = 1000


def one_line(text: str) -> str:
    """Put text on one line; control characters, and bytes that are no UTF-8, become ``?``."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.splitlines()))
    if len(line) <= _MOST:
        return line
    return f"{line[: _MOST // 2]} [...] {line[-_MOST // 2 :]}"
