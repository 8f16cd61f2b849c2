"""The whole flow of a series: learn from films in colour, colour grey ones, say what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cartoonize.errors import UsageError
from cartoonize.film_parts import whole_film
from cartoonize.recipes.recipe import Recipe, load_recipe
from cartoonize.recipes.run import StageOutcome, run_recipe
from cartoonize.reporting import LOG, Reporter, counted
from cartoonize.tasks.film_chapters import each_chapter_or_film
from cartoonize.tasks.series_films import SeriesFilms, find_series_films
from cartoonize.tasks.series_references import painted_suggestions, whole_references
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class SeriesOptions:
    """Painted frames, and the length of the training."""

    references: tuple[Path, ...] = ()
    """Painted frames of the grey films: pictures, or folders of pictures. Those in the workspace's folder
    ``references`` are used in any case."""
    updates: int | None = None
    """Length of the training; None for the default."""
    minutes: float | None = None
    """Limit of the training time; None for no limit."""
    by_chapters: bool = False
    """True if each chapter of a film is an episode."""


def run_series(
    workspace: Workspace,
    colored: Sequence[Path],
    grey: Sequence[Path],
    *,
    options: SeriesOptions = SeriesOptions(),  # noqa: B008, frozen
    device: str = "auto",
    reporter: Reporter = LOG,
) -> list[StageOutcome]:
    """Learn a series from its coloured films and colour the grey ones. What is up to date is skipped.

    Parameters
    ----------
    workspace : Workspace
        Where everything is written.
    colored, grey : sequence of Path
        Films in colour and films to colour, or folders of them. ``colored`` may be empty if there are
        painted frames.
    options : SeriesOptions
        Painted frames, and the length of the training.
    device : str
        Device that runs networks: ``auto``, ``cpu`` or ``cuda``.
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    UsageError
        If there is nothing to learn from, or a film does not fit (see `find_series_films`).
    """
    found = find_series_films(colored, grey, reporter=reporter)
    if options.by_chapters:
        found = _by_chapters(found, reporter)
    suggested = painted_suggestions(workspace, found.grey, reporter=reporter)
    recipe = _recipe(found, [*options.references, *suggested], options, reporter)
    return run_recipe(workspace, recipe, device=device, reporter=reporter)


def _by_chapters(films: SeriesFilms, reporter: Reporter) -> SeriesFilms:
    """Return the chapters of films as episodes. Films without chapters stay as they are."""
    episodes = each_chapter_or_film([*films.colored, *films.grey], reporter)
    in_color = [path for path in episodes if whole_film(path) in films.colored]
    to_color = [path for path in episodes if path not in in_color]
    return SeriesFilms(tuple(in_color), tuple(to_color))


def _recipe(
    found: SeriesFilms, painted: Sequence[Path], options: SeriesOptions, reporter: Reporter
) -> Recipe:
    """Return the recipe for films and painted frames."""
    settings: dict[str, Any] = {
        "grey": [str(path.resolve()) for path in found.grey],
        "references": [str(path.resolve()) for path in painted],
    }
    sources = list(found.colored)
    if not sources:
        if not painted:
            raise UsageError(
                "there is nothing to learn colours from",
                "Give films in colour before the films to colour, or painted frames with --references.",
            )
        sources = whole_references(painted)
        if not sources:
            reporter.info(
                "No reference is painted completely, so no network is trained. Only shots with painted frames"
                " get colours."
            )
            return load_recipe("paintings", settings)
        reporter.info(f"The network learns from {counted(len(sources), 'painted frame')} alone.")
    settings["sources"] = [str(path.resolve()) for path in sources]
    if options.updates is not None:
        settings["updates"] = options.updates
    if options.minutes is not None:
        settings["minutes"] = options.minutes
    return load_recipe("series", settings)
