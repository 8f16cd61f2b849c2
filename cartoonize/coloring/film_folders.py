"""Folders of the cached shots of films, named by content, so that films may be moved and renamed."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from cartoonize.atomic import write_text
from cartoonize.coloring.films import Film
from cartoonize.errors import OutputError
from cartoonize.workspace import Workspace

#: File in a folder with the path of the film when it was coloured last.
_PATH = "path.txt"


def film_folder(workspace: Workspace, film: Film, *, tracked: bool) -> Path:
    """Return the folder for the cached shots of a film.

    Parameters
    ----------
    workspace : Workspace
        Workspace with the cache.
    film : Film
        The film.
    tracked : bool
        True for shots that are coloured along tracks. They stay in the cache. Other shots are removed when
        the film is complete.
    """
    return workspace.cache / ("shots" if tracked else "unfinished") / film.fingerprint[:16]


def remove_earlier_content(folder: Path, film: Film) -> None:
    """Remove the cached shots of a film with the same path and another content.

    Parameters
    ----------
    folder : Path
        Folder of the film, from `film_folder`. The path of the film is written into it.
    film : Film
        The film.
    """
    path = str(film.path.resolve())
    with suppress(OSError, UnicodeDecodeError, OutputError):  # the cache is not worth an error
        for other in folder.parent.glob(f"*/{_PATH}"):
            if other.parent != folder and other.read_text(encoding="utf-8") == path:
                shutil.rmtree(other.parent, ignore_errors=True)
        write_text(folder / _PATH, path)
