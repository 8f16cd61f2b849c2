"""Coloured films of a workspace, and what is known about their colours."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cartoonize.coloring.results import Results
from cartoonize.errors import SourceError
from cartoonize.tasks.short_names import shortest_names
from cartoonize.tracking.confidence_file import SUFFIX, FilmConfidence, confidence_path, read_confidence
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class ColoredFilm:
    """A film that was coloured along tracks."""

    path: Path
    """Its confidence file."""
    confidence: FilmConfidence
    name: str
    """Name of the coloured copy without suffix, with folders if several films have the same name."""

    @property
    def video(self) -> Path:
        """Path of the coloured copy, which may have been removed."""
        return self.path.with_name(self.confidence.output or self.path.name.removesuffix(SUFFIX))


def read_colored_films(paths: Sequence[Path]) -> list[ColoredFilm]:
    """Return coloured films by the paths of their videos or of their confidence files.

    Raises
    ------
    SourceError
        If a film has no confidence file, or a damaged one.
    """
    files = [path if path.name.endswith(SUFFIX) else confidence_path(path) for path in paths]
    names = shortest_names([file.with_name(file.name.removesuffix(SUFFIX) + ".mkv") for file in files])
    return [ColoredFilm(file, read_confidence(file), name) for file, name in zip(files, names, strict=True)]


def colored_films(workspace: Workspace) -> list[ColoredFilm]:
    """Return the films in ``out/`` that were coloured along tracks.

    Raises
    ------
    SourceError
        If a confidence file is damaged.
    """
    return read_colored_films(confidence_files(workspace))


def confidence_files(workspace: Workspace) -> list[Path]:
    """Return the confidence files in ``out/``."""
    return sorted(workspace.out.rglob(f"*{SUFFIX}"))


def confidence_folder(workspace: Workspace) -> Path:
    """Return the folder with the confidence of films that were coloured without an output."""
    return workspace.cache / "confidence"


def latest_confidence(
    workspace: Workspace,
    fingerprint: str,
    *,
    members: tuple[str, ...] = (),
    weights: tuple[str, ...] = (),
) -> FilmConfidence | None:
    """Return what the latest colouring of a whole film has stored, or None.

    Parameters
    ----------
    workspace : Workspace
        Workspace in which the film was coloured, to any folder.
    fingerprint : str
        Fingerprint of the content of the source.
    members, weights : tuple of str
        Names of the members, and hashes of their weights; empty for any.
    """
    paths = {*confidence_files(workspace), *confidence_folder(workspace).glob(f"*{SUFFIX}")}
    for summary in Results(workspace).summaries():
        if summary.get("confidence"):
            paths.add(Path(str(summary["confidence"])))
    latest: tuple[float, Path] | None = None
    found = None
    for path in paths:
        with suppress(SourceError, OSError):  # a damaged or missing file only costs time
            confidence, key = read_confidence(path), (path.stat().st_mtime, path)
            is_same = not members or (confidence.members, confidence.weights) == (members, weights)
            is_whole = confidence.fingerprint == fingerprint and not confidence.is_part
            if is_whole and is_same and (latest is None or key > latest):
                latest, found = key, confidence
    return found
