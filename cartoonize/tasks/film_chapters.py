"""Chapters as episodes: several episodes that are the chapters of one film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cartoonize.errors import UsageError
from cartoonize.film_parts import chapter_path, whole_disc
from cartoonize.reporting import LOG, Reporter

#: Shortest chapter that is an episode, in seconds. Discs often end with a chapter of a moment.
_SHORTEST = 1.0


def each_chapter(sources: Sequence[Path], reporter: Reporter = LOG) -> list[Path]:
    """Return a source for each chapter of films; see `cartoonize.film_parts.chapter_path`.

    Parameters
    ----------
    sources : sequence of Path
        Videos with chapters, or folders of discs.
    reporter : Reporter
        Receives a line about chapters that are left out.

    Raises
    ------
    UsageError
        If a film has no chapters.
    SourceError
        If a film cannot be read.
    """
    from cartoonize.video import open_source
    from cartoonize.video.chapters import chapters_of

    paths: list[Path] = []
    for source in map(whole_disc, sources):
        with open_source(source, allow_damaged=True) as film:
            format = film.format
            first = format.start_pts * format.time_base
            chapters = chapters_of(source, first) if film.kind == "video" else []
        if len(chapters) < 2:
            raise UsageError(f"{source} has no chapters", "Leave out --chapters as-episodes.")
        for chapter in chapters:
            end = format.duration if chapter.end is None else chapter.end
            if end is not None and end - chapter.start < _SHORTEST:
                length = max(0.0, end - chapter.start)
                reporter.warning(f"{source.name}: chapter {chapter.number} ({length:.1f} s) is left out")
            else:
                paths.append(chapter_path(source, chapter.number))
    return paths


def each_chapter_or_film(sources: Sequence[Path], reporter: Reporter = LOG) -> list[Path]:
    """Return a source for each chapter of films, and the films that have no chapters as they are.

    Parameters
    ----------
    sources : sequence of Path
        Films of a series.
    reporter : Reporter
        Receives a line about chapters that are left out.

    Raises
    ------
    UsageError
        If no film has chapters.
    SourceError
        If a film cannot be read.
    """
    paths: list[Path] = []
    for source in sources:
        try:
            paths += each_chapter([source], reporter)
        except UsageError as no_chapters:
            if len(sources) == 1:
                raise no_chapters
            paths.append(source)
    if paths == list(sources):
        raise UsageError(
            f"none of {len(sources)} films has chapters, beginning with {sources[0]}",
            "Leave out --chapters as-episodes.",
        )
    return paths
