"""Write the results of a workspace as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.atomic import write_text
from cartoonize.errors import WorkspaceError
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.report_colored import read_colored
from cartoonize.tasks.report_data import gather_report_data, secondary_films
from cartoonize.tasks.report_footage import ReportOptions, read_footage, select_played
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.report.results import Result
    from cartoonize.workspace import Manifest

__all__ = ["ReportOptions", "ReportSummary", "report"]


@dataclass(frozen=True)
class ReportSummary:
    """Page that was written."""

    page: str


def report(workspace: Workspace, *, options: ReportOptions, reporter: Reporter = LOG) -> ReportSummary:
    """Write ``reports/report.html`` from the workspace's scores, curves and coloured videos.

    Computes no scores. Sections without data are left out: a workspace without coloured videos has a page
    with its training curves. Videos that were coloured along tracks are shown without an original, too: their
    worst and typical shots, before and after.

    Parameters
    ----------
    workspace : Workspace
    options : ReportOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    WorkspaceError
        If the workspace has no results yet, or one of its files is damaged.
    UsageError
        If ``options.films`` has an unknown name.
    """
    from cartoonize.report.workspace_page import Comparisons, workspace_page

    manifest = workspace.load()
    data = gather_report_data(workspace, manifest)
    data = replace(data, colored=read_colored(workspace, reporter))
    has_episodes = manifest.episodes and (data.results or data.curves)
    if not (has_episodes or data.colored):
        raise WorkspaceError(f"{workspace.root}: nothing to report yet", "Run `cartoonize train` first.")
    comparisons = Comparisons.select(data)
    footage = read_footage(
        data,
        comparisons.all,
        _films(workspace, manifest, data.results),
        select_played(data.results, options.films),
        options=options,
        reporter=reporter,
    )
    path = workspace.reports / "report.html"
    write_text(path, workspace_page(data, comparisons, footage))
    return ReportSummary(str(path))


def _films(workspace: Workspace, manifest: Manifest, results: Sequence[Result]) -> dict[str | None, Path]:
    """Return the existing films by name: of the results, and of another print; None is the original."""
    references = [Path(str(r.header["reference"])) for r in results if r.header.get("reference")]
    references += [Path(e.source) for e in workspace.set_of(manifest, "test")]
    films: dict[str | None, Path] = {}
    for path in references:
        if path.exists():
            films.setdefault(None, path)
    for result in results:
        named = Path(str(result.header.get("colorized") or result.name))
        inside = [workspace.root / named, *sorted(workspace.out.rglob(named.name or "?"))]
        existing = next((path for path in (named, *inside) if path.exists()), None)
        if result.header and existing:
            films[result.name] = existing
    films.update(secondary_films(workspace))
    return films
