"""Chapters of films: those that a container stores, or those of a disc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer

from cartoonize.errors import SourceError
from cartoonize.film_parts import whole_film
from cartoonize.video.containers import open_container
from cartoonize.video.disc import disc_title


@dataclass(frozen=True)
class Chapter:
    """A part of a film."""

    number: int
    """Its number, from 1."""
    start: float
    """Start in seconds from the start of the film."""
    end: float | None
    """End in seconds; None for the end of the film."""


def chapters_of(path: Path, first: Fraction) -> list[Chapter]:
    """Return the chapters of a film. Each ends where the next one begins, and the first begins with the film.

    Parameters
    ----------
    path : Path
        A video file, or the folder of a disc.
    first : Fraction
        Time of the first picture, in seconds of the container's clock.
    """
    with open_container(path) as container:
        stored = stored_chapters(path, container)
    starts = sorted({float(chapter["start"] * Fraction(chapter["time_base"]) - first) for chapter in stored})
    if not starts:
        return []
    starts[0] = 0.0
    ends = [*starts[1:], None]
    return [Chapter(n, start, end) for n, (start, end) in enumerate(zip(starts, ends, strict=True), 1)]


def chapter_at(path: Path, number: int, first: Fraction) -> Chapter:
    """Return a chapter of a film by its number, from 1.

    Raises
    ------
    SourceError
        If the film has fewer chapters.
    """
    chapters = chapters_of(path, first)
    if not 1 <= number <= len(chapters):
        raise SourceError(f"{path} has {len(chapters)} chapters, no chapter {number}", "Check the number.")
    return chapters[number - 1]


def stored_chapters(path: Path, container: InputContainer) -> Sequence[Any]:
    """Return the chapters of an open film in the form of PyAV, in times of its clock."""
    title = disc_title(whole_film(path))
    if title is None:
        return container.chapters()
    origin = container.start_time or 0  # in microseconds
    starts = [origin + round(start * 1_000_000) for start in title.chapters]
    end = origin + round((title.seconds or 0) * 1_000_000)
    return (
        [
            {"id": n, "start": start, "end": stop, "time_base": Fraction(1, 1_000_000), "metadata": {}}
            for n, (start, stop) in enumerate(
                zip(starts, [*starts[1:], max(end, starts[-1])], strict=True), 1
            )
        ]
        if starts
        else []
    )
