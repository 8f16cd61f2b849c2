"""Export: write the coloured films in a format that the person chooses, with all corrections."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cartoonize.errors import CartoonizeError, UnknownNameError, UsageError
from cartoonize.reporting import Reporter, counted
from cartoonize.review.again import calls_of, color_as_before, films_of
from cartoonize.review.films import find_films
from cartoonize.workspace import Workspace

#: Codecs that the page offers. The container follows from the codec, as on the command line.
CODECS = ("h264", "h265", "av1", "ffv1", "prores", "dnxhr", "png", "tiff", "exr")


def export_folder(workspace: Workspace) -> Path:
    """Return the folder of exported films. It is not ``out/``, whose films the page shows."""
    return workspace.root / "export"


def check_export(codec: str, crf: int | None) -> None:
    """Check what a person asks for.

    Parameters
    ----------
    codec : str
        One of `CODECS`.
    crf : int, optional
        Constant rate factor; lower is better. Default: the visually lossless setting of the codec.

    Raises
    ------
    UsageError
        If the page does not offer the codec, or it has no such quality.
    """
    from cartoonize.video.codecs import CODECS as VIDEO_CODECS

    if codec not in CODECS:
        raise UnknownNameError("codec", codec, CODECS)
    if crf is None:
        return
    video = VIDEO_CODECS.get(codec)
    if video is None or video.crf is None:
        raise UsageError(f"{codec} has no quality to choose", "Leave the quality as it is.")
    if not 0 <= crf <= video.max_crf:
        raise UsageError(f"quality must be 0 to {video.max_crf}, got {crf}", "Use 0 (best) to 51.")


def export_films(workspace: Workspace, arguments: Mapping[str, Any], reporter: Reporter) -> list[str]:
    """Write all films of the page, whose shots are in the cache; return the paths of the copies.

    Parameters
    ----------
    workspace : Workspace
        Workspace of the films.
    arguments : mapping
        ``export`` with ``codec`` and ``crf``, and ``device``.
    reporter : Reporter
        Receives progress and messages.
    """
    from cartoonize.filters.render import RenderOptions

    films = films_of(find_films(workspace))
    reporter.info(f"[1/1] export: {counted(len(films), 'film')}")
    coding, device = arguments["export"], str(arguments["device"])
    render = RenderOptions(codec=str(coding["codec"]), crf=coding["crf"], force=True)
    written: list[str] = []
    for (members, folder), some in calls_of(workspace, films).items():
        sources = [Path(film["source"]) for film in some]
        # Films of different folders may have the same name.
        place = export_folder(workspace) / (folder.name if folder != workspace.out else "")
        written += color_as_before(
            workspace, sources, members, place, render=render, device=device, reporter=reporter
        )
    return written


def write_report(workspace: Workspace, reporter: Reporter) -> str:
    """Write the report of a workspace, and return its path; "" if it cannot be written."""
    from cartoonize.tasks.report import ReportOptions, report

    try:
        return report(workspace, options=ReportOptions(), reporter=reporter).page
    except CartoonizeError as error:  # the films are written
        reporter.warning(f"The report is not written: {error}")
        return ""
