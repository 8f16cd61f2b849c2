"""Colorize: colour videos, pictures or folders of stills."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.annotations import NO_ANNOTATIONS, Annotations
from cartoonize.coloring.ensemble import BEST, Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.reporting import LOG, Reporter
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.coloring.plan import ColorizePlan
    from cartoonize.coloring.write import ColorizeSummary
    from cartoonize.frames import Frame


def colorize(
    workspace: Workspace,
    sources: Sequence[Path] = (),
    *,
    choice: Choice = BEST,
    annotations: Annotations = NO_ANNOTATIONS,
    options: ColorizeOptions = ColorizeOptions(),  # noqa: B008, frozen
    output: Path | None = None,
    run: RunOptions = RunOptions(),  # noqa: B008, frozen
    reporter: Reporter = LOG,
) -> list[ColorizeSummary]:
    """Colour videos, pictures or folders of stills; everything but the colour is kept.

    Shots are cached in the workspace: with tracks for good, else until their film is complete. A shot is
    coloured again only if something changes that its colours depend on. Where only references or pins
    change, no network runs on it again. An output that is up to date is left as it is. Parts of films, and
    films with a confidence video, are always coloured. Shots that a person has accepted keep their colours.

    Parameters
    ----------
    workspace : Workspace
        Where trained variants, ``pins.json``, the cache and ``out/`` are. Pins count with tracks.
    sources : sequence of Path
        Empty: the test episodes of the workspace. Colour of the sources is ignored, except by members that
        were trained on CIE L of the coloured picture.
    choice : Choice
        Which methods colour.
    annotations : Annotations
        References, scribbles and swatches.
    options : ColorizeOptions
        Prediction, refinement, and what is written.
    output : Path, optional
        A file or folder for one source, a folder for several. Default: ``out/<episode>.mp4`` in the workspace
        if MP4 holds every stream, else ``.mkv``.
    run : RunOptions
        Where the work runs, and what is done again.
    reporter : Reporter
        Receives progress and messages.

    Returns
    -------
    list of ColorizeSummary
        One for each source.

    Raises
    ------
    CartoonizeError
        If an option, a file or a machine does not fit. Nothing is written under a final name then.
    """
    from cartoonize.coloring.accepted import with_accepted_colors
    from cartoonize.coloring.plan import plan_colorize
    from cartoonize.coloring.write import open_result
    from cartoonize.filters.gate_weave import moved_chroma
    from cartoonize.filters.transitions import mixed_chroma
    from cartoonize.filters.weave import woven_frames

    if run.scheduler:
        from cartoonize.cluster.connection import check_scheduler

        check_scheduler(run.scheduler)
    summaries = []
    with (
        plan_colorize(
            workspace, sources, choice=choice, annotations=annotations, options=options, output=output,
            run=run, reporter=reporter,
        ) as plan,
        closing(_colored(plan)) as films,
    ):  # fmt: skip
        for film in plan.films:
            if film.up_to_date is not None:
                summaries.append(_kept(film.up_to_date))
                continue
            frames = next(films)
            with open_result(plan, film, reporter) as result, closing(frames):
                planes = film.film.writer.plane_format
                placed = moved_chroma(with_accepted_colors(frames, film.accepted, planes), planes=planes)
                mixed = mixed_chroma(placed, planes=planes)
                for frame in woven_frames(mixed, film.film.source.format.field_order):
                    result.write(frame)
            assert result.summary is not None
            summaries.append(result.summary)
    return summaries


def _kept(up_to_date: dict[str, Any]) -> ColorizeSummary:
    """Return the summary of a result that is up to date, which is now the latest colouring of its film."""
    from cartoonize.coloring.write import ColorizeSummary

    summary = ColorizeSummary.of_earlier(up_to_date)
    if summary.confidence:
        with suppress(OSError):  # the file may be read-only
            Path(summary.confidence).touch()
    return summary


def _colored(plan: ColorizePlan) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film after the other, coloured here or by workers."""
    if plan.run.scheduler:
        from cartoonize.cluster.scheduler import color_on_workers

        return color_on_workers(plan)
    from cartoonize.coloring.film_colors import color_films

    return color_films(plan)
