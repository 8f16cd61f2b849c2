"""Text that is safe to print, whatever a file is called."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Put text on one line; control characters, and bytes that are no UTF-8, become ``?``."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.splitlines()))
