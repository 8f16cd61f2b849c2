"""Coloured films of a workspace, and what is known about their colours."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cartoonize.coloring.results import Results
from cartoonize.errors import SourceError
from cartoonize.tracking.confidence_file import SUFFIX, FilmConfidence, read_confidence
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class ColoredFilm:
    """A film that was coloured along tracks."""

    path: Path
    """Its confidence file."""
    confidence: FilmConfidence

    @property
    def name(self) -> str:
        """Name of the coloured copy without suffix."""
        return self.path.name.removesuffix(SUFFIX)

    @property
    def video(self) -> Path:
        """Path of the coloured copy, which may have been removed."""
        return self.path.with_name(self.confidence.output or self.name)


def colored_film(path: Path) -> ColoredFilm:
    """Return a coloured film by the path of its video or of its confidence file.

    Raises
    ------
    SourceError
        If it has no confidence file, or a damaged one.
    """
    from cartoonize.tracking.confidence_file import confidence_path

    if not path.name.endswith(SUFFIX):
        path = confidence_path(path)
    return ColoredFilm(path, read_confidence(path))


def colored_films(workspace: Workspace) -> list[ColoredFilm]:
    """Return the films in ``out/`` that were coloured along tracks.

    Raises
    ------
    SourceError
        If a confidence file is damaged.
    """
    return [colored_film(path) for path in sorted(workspace.out.rglob(f"*{SUFFIX}"))]


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
    paths = {*workspace.out.rglob(f"*{SUFFIX}"), *confidence_folder(workspace).glob(f"*{SUFFIX}")}
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
