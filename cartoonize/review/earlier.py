"""Earlier colours: the cached shots as they were before the latest job or correction, to compare with.

They are hard links. The cache replaces files and never changes them, so the links keep what they were made
of, and only shots that get other colours take space.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.review.films import ColoredFilm
    from cartoonize.tracking.confidence import ShotDoubt

#: The part of a cached shot that has its colours.
_CHROMA = "chroma.npy"


def keep_earlier(workspace: Workspace) -> None:
    """Keep the colours of all cached shots as the earlier ones, instead of those that were kept before.

    On file systems without hard links, nothing is kept.
    """
    folder = workspace.cache / "review" / "earlier"
    shutil.rmtree(folder, ignore_errors=True)
    for path in (workspace.cache / "shots").glob("*/*/*.npz"):
        link = folder / path.parent.parent.name / path.name
        with suppress(OSError):
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, link)


def keep_earlier_of(film: ColoredFilm, shot: ShotDoubt) -> None:
    """Keep the colours of one shot before its first correction since the latest job."""
    now, link = film.cached_path(shot), film.earlier_path(shot)
    if now is None or film.has_changed(shot):
        return
    with suppress(OSError):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        os.link(now, link)


def have_other_colors(one: Path, other: Path) -> bool:
    """Return whether two cached shots have different colours. Only the checksums in the files are read."""
    with suppress(OSError, KeyError, zipfile.BadZipFile):
        if one.samefile(other):
            return False
        with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
            a, b = first.getinfo(_CHROMA), second.getinfo(_CHROMA)
        return (a.CRC, a.file_size) != (b.CRC, b.file_size)
    return False
