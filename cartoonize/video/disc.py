"""Discs: folders of a DVD or a Blu-ray, of which the main title is a film."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cartoonize.film_parts import content_files, disc_folder
from cartoonize.video.bluray import bluray_title
from cartoonize.video.dvd import dvd_title
from cartoonize.video.title import Title


def disc_title(path: Path) -> Title | None:
    """Return the main title of the disc in a folder; None if the path is not a disc.

    Raises
    ------
    SourceError
        If the disc has no films, or is encrypted.
    """
    folder = disc_folder(path)
    if folder is None:
        return None
    about = ((file, file.stat()) for file in content_files(path))
    return _read(folder, tuple((file, a.st_size, a.st_mtime_ns) for file, a in about))


@lru_cache(maxsize=8)
def _read(folder: Path, _files: tuple[tuple[Path, int, int], ...]) -> Title:
    return bluray_title(folder) if folder.resolve().name.upper() == "BDMV" else dvd_title(folder)
