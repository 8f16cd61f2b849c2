"""Title: the film of a disc."""

from __future__ import annotations

from dataclasses import dataclass

from cartoonize.video.joined_files import Piece


@dataclass(frozen=True)
class Title:
    """The film of a disc, as pieces of files."""

    pieces: tuple[Piece, ...]
    """Pieces of files, in order."""
    chapters: tuple[float, ...] = ()
    """Start of each chapter, in seconds from the start of the film."""
    seconds: float | None = None
    """Length of the film, as the disc declares it; None if it does not."""
    remarks: tuple[str, ...] = ()
    """Parts of the disc that are not read, one line each."""
