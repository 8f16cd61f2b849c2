"""Files below a folder."""

from __future__ import annotations

from pathlib import Path


def tree(folder: Path) -> dict[str, int]:
    """Return the names of all files below a folder with their modification times, without the lock."""
    files = (f for f in Path(folder).rglob("*") if f.is_file() and f.name != ".lock")
    return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in files}
