"""References of a series: painted pictures that a call of `series` uses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cartoonize.annotations.suggestions import is_painted, read_suggestions
from cartoonize.workspace import Workspace


def painted_suggestions(workspace: Workspace, films: Sequence[Path]) -> list[Path]:
    """Return the folders of suggested pictures of films in which at least one picture has been painted."""
    return [folder for film in films if _has_painted(folder := suggestions_folder(workspace, film))]


def suggestions_folder(workspace: Workspace, film: Path) -> Path:
    """Return the folder for the suggested pictures of a film."""
    return workspace.root / "references" / (film.resolve().name if film.is_dir() else film.stem)


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


def _has_painted(folder: Path) -> bool:
    listed = read_suggestions(folder)
    return listed is not None and any(is_painted(folder / p.file, p) for p in listed.pictures)
