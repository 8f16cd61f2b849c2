"""References of a series: painted pictures that a call of `series` uses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cartoonize.annotations.suggestions import is_painted, read_suggestions
from cartoonize.errors import SourceError
from cartoonize.reporting import LOG, Reporter, counted
from cartoonize.tasks.suggest import suggestions_folder
from cartoonize.workspace import Workspace


def painted_suggestions(
    workspace: Workspace, films: Sequence[Path], *, reporter: Reporter = LOG
) -> list[Path]:
    """Return the pictures in the folders of suggestions of films, without those that are not painted.

    Parameters
    ----------
    workspace : Workspace
    films : sequence of Path
        Films to colour.
    reporter : Reporter
        Receives the number of suggested pictures that are not painted yet, if others are.
    """
    painted: list[Path] = []
    n_unpainted = 0
    for film in films:
        folder = suggestions_folder(workspace, film)
        unpainted = _unpainted(folder)
        painted += [path for path in _pictures(folder) if path.name not in unpainted]
        n_unpainted += len(unpainted)
    if painted and n_unpainted:
        reporter.info(f"{counted(n_unpainted, 'suggested picture')} not painted yet.")
    return painted


def whole_references(references: Sequence[Path]) -> list[Path]:
    """Return the pictures among references that are painted completely, so that a network can learn them.

    Parameters
    ----------
    references : sequence of Path
        Pictures, or folders of pictures.

    Raises
    ------
    SourceError
        If a picture cannot be read.
    """
    from cartoonize.annotations.references import read_references

    return [reference.path for reference in read_references(references) if reference.is_whole]


def _unpainted(folder: Path) -> set[str]:
    """Return the names of the suggested pictures of a folder that are not painted."""
    listed = read_suggestions(folder)
    pictures = listed.pictures if listed is not None else ()
    return {p.file for p in pictures if (folder / p.file).exists() and not is_painted(folder / p.file, p)}


def _pictures(folder: Path) -> list[Path]:
    from cartoonize.video.images import pictures_in

    try:
        return pictures_in(folder) if folder.is_dir() else []
    except SourceError:  # no pictures
        return []
