"""Again: colour all films with the present pins, as they were coloured before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.errors import UsageError
from cartoonize.reporting import Reporter
from cartoonize.review.films import ColoredFilm
from cartoonize.review.paintings import used_paintings
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.filters.render import RenderOptions

#: Arguments of the job that learns a series.
SERIES = ("colored", "grey", "updates")


def again_arguments(films: Mapping[str, ColoredFilm], job: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Return the arguments of the job that colours films again.

    If the latest job of the page was a series, it is done again: only what depends on pins is not up to date.
    Else the films were coloured by commands, and their confidence files name the members.

    Parameters
    ----------
    films : mapping of str to ColoredFilm
        All films of the page.
    job : mapping
        The latest job.
    device : str
        Device that runs networks.

    Raises
    ------
    UsageError
        If a film was coloured with painted frames that only its own command knows, or there is no film.
    """
    if job["arguments"].get("grey"):
        series = {name: job["arguments"][name] for name in SERIES if name in job["arguments"]}
        return {**series, "device": device}
    if not films:
        raise UsageError("no film is coloured yet", "Choose films and colour them.")
    of_page = used_paintings(next(iter(films.values())).workspace)
    for film in films.values():
        if _is_painted(film) and not any(name.startswith(film.key) for name in of_page):
            raise UsageError(
                f"{film.name} was coloured by a command with painted frames, which this page does not know",
                "Run that command again. It uses the pins of this page.",
            )
    return {"device": device, "films": films_of(films.values())}


def films_of(films: Iterable[ColoredFilm]) -> list[dict[str, Any]]:
    """Return what has to be known of films to colour them again, as JSON."""
    return [
        {
            "source": str(film.source),
            "members": list(film.confidence.members),
            "video": str(film.video) if film.video is not None else "",
        }
        for film in films
    ]


def calls_of(
    workspace: Workspace, films: Iterable[Mapping[str, Any]]
) -> dict[tuple[tuple[str, ...], Path], list[Mapping[str, Any]]]:
    """Group films, from `films_of`, by their members and folder.

    The films of a group are coloured in one call, so that pins on one reach the others.
    """
    calls: dict[tuple[tuple[str, ...], Path], list[Mapping[str, Any]]] = {}
    for film in films:
        folder = Path(film["video"]).parent if film["video"] else workspace.out
        calls.setdefault((tuple(film["members"]), folder), []).append(film)
    return calls


def _is_painted(film: ColoredFilm) -> bool:
    from cartoonize.coloring.evidence_file import read_evidence

    folder = film.shots_folder
    evidence = read_evidence(folder.parent) if folder is not None else None
    return evidence is not None and bool(evidence.painted)


def color_films_again(
    workspace: Workspace, films: Sequence[Mapping[str, Any]], device: str, reporter: Reporter
) -> int:
    """Colour films along tracks with the members that coloured them before; return their number."""
    from cartoonize.filters.render import RenderOptions

    calls = calls_of(workspace, films)
    for number, ((members, folder), some) in enumerate(calls.items(), 1):
        sources = [Path(film["source"]) for film in some]
        reporter.info(f"[{number}/{len(calls)}] colorize: {', '.join(path.stem for path in sources)}")
        # One film keeps the name of its copy. The copies of several are named as their films are.
        output = Path(some[0]["video"] or folder) if len(some) == 1 else folder
        render = RenderOptions(force=True)
        color_as_before(workspace, sources, members, output, render=render, device=device, reporter=reporter)
    return len(films)


def color_as_before(
    workspace: Workspace,
    sources: Sequence[Path],
    members: tuple[str, ...],
    output: Path,
    *,
    render: RenderOptions,
    device: str,
    reporter: Reporter,
) -> list[str]:
    """Colour films along tracks with their members, the pins and the painted frames; return the outputs."""
    from cartoonize.annotations.annotations import Annotations
    from cartoonize.coloring.ensemble import Choice
    from cartoonize.coloring.options import ColorizeOptions
    from cartoonize.filters.predict import PredictOptions
    from cartoonize.filters.refine import RefineOptions
    from cartoonize.tasks.colorize import colorize
    from cartoonize.tasks.series_references import painted_suggestions

    done = colorize(
        workspace,
        sources,
        choice=Choice(members),
        annotations=Annotations(references=tuple(painted_suggestions(workspace, sources, reporter=reporter))),
        options=ColorizeOptions(
            predict=PredictOptions(device=device), refine=RefineOptions("tracks"), render=render
        ),
        output=output,
        reporter=reporter,
    )
    return [summary.output for summary in done]
