"""Write scored results as one HTML page that compares the first with the others."""

from __future__ import annotations

from pathlib import Path

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.reporting import LOG, Reporter
from cartoonize.tasks.report import ReportSummary
from cartoonize.tasks.report_footage import ReportOptions, read_footage, select_played

_DEFAULTS = ReportOptions()


def report_results(
    scores: Path, page: Path, *, options: ReportOptions = _DEFAULTS, reporter: Reporter = LOG
) -> ReportSummary:
    """Write a page that shows what changed from the first result to the others, frame by frame.

    Parameters
    ----------
    scores : Path
        Output of `evaluate`; the scores by frame are in the folder beside it.
    page : Path
        HTML file to write; see `check_page`.
    options : ReportOptions
    reporter : Reporter
        Receives progress and messages.

    Raises
    ------
    WorkspaceError
        If the scores are damaged.
    UsageError
        If ``options.films`` has an unknown name.
    """
    from cartoonize.report.results import read_results
    from cartoonize.report.results_page import results_comparisons, results_page
    from cartoonize.report.workspace_page import ReportData

    results = read_results(scores, lambda file: (file, "other", file, "none"))
    header = results[0].header
    frame_rate = float(header.get("frame_rate") or 24)
    reference = Path(str(header.get("reference", "")))
    comparisons = results_comparisons(results, frame_rate)
    paths: dict[str | None, Path] = {r.name: Path(str(r.header["colorized"])) for r in results}
    footage = read_footage(
        ReportData("", results=results, frame_rate=frame_rate),
        [one for some in comparisons.values() for one in some],
        {None: reference, **paths},
        select_played(results, options.films) or results,
        options=options,
        reporter=reporter,
    )
    about = [
        ("original", reference.name),
        ("frames", f"{header.get('n_frames', '?')}, {frame_rate:.4g} per second"),
        ("compared at", str(header.get("protocol", "256x256"))),
        ("program", f"cartoonize {__version__}"),
    ]
    content = results_page(
        results, comparisons, footage, reference=reference.name, about=about, frame_rate=frame_rate
    )
    write_text(page, content)
    return ReportSummary(str(page))
