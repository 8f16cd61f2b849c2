"""Names of films and of their chapters.

A chapter that is a source of its own has a path below its film, where no file can be:
``series.mkv/series-03.chapter`` is the third chapter of ``series.mkv``.
"""

from __future__ import annotations

import re
from pathlib import Path

#: Folders that a disc has, and folders of that name in them that hold its films.
DISC_FOLDERS = ("VIDEO_TS", "BDMV")

_SUFFIX = ".chapter"
_NUMBER = re.compile(r".*-(\d{2,4})\.chapter")


def chapter_path(film: Path, number: int) -> Path:
    """Return the path by which a chapter of a film is a source of its own; ``number`` counts from 1."""
    return film / f"{film_stem(film)}-{number:02d}{_SUFFIX}"


def chapter_of(path: Path) -> tuple[Path, int] | None:
    """Return the film and the number of a chapter from its path; None for any other path."""
    found = _NUMBER.fullmatch(path.name)
    if found is None or path.exists() or not path.parent.exists():
        return None
    return path.parent, int(found[1])


def whole_film(path: Path) -> Path:
    """Return the film of a chapter; any other path as it is."""
    found = chapter_of(path)
    return path if found is None else found[0]


def film_stem(path: Path) -> str:
    """Return the name of a film without its suffix; for a folder, the name of the folder."""
    return path.resolve().name if path.is_dir() else path.stem


def disc_folder(path: Path) -> Path | None:
    """Return the folder with the films of a disc: ``VIDEO_TS`` or ``BDMV``; None if the path is not a disc.

    Parameters
    ----------
    path : Path
        The folder of the disc, or that folder in it.
    """
    if not path.is_dir():
        return None
    if path.resolve().name.upper() in DISC_FOLDERS:
        return path
    found = [p for p in sorted(path.iterdir()) if p.name.upper() in DISC_FOLDERS and p.is_dir()]
    return found[0] if found else None


def whole_disc(path: Path) -> Path:
    """Return the folder of the disc for a folder ``VIDEO_TS`` or ``BDMV`` in it; any other path as it is."""
    resolved = path.resolve()
    return resolved.parent if path.is_dir() and resolved.name.upper() in DISC_FOLDERS else path


def content_files(path: Path) -> list[Path]:
    """Return the files that a folder is known by, in order of names.

    These are its own, all files of a disc, or those in its folders if it has nothing else: pictures of shots.
    """
    disc = disc_folder(path)
    own = sorted(p for p in path.iterdir() if p.is_file()) if disc is None else []
    return own or sorted(p for p in (disc or path).rglob("*") if p.is_file())
