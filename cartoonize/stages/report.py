"""Report: gather what a workspace holds and write it as one HTML page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.errors import WorkspaceError
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.report.page import Curve, Strip
    from cartoonize.workspace import Manifest

SCORES = "scores.json"
PICTURE_HEIGHT = 240


@dataclass(frozen=True)
class ReportOptions:
    """What to show."""

    n_strips: int = 5
    """Moments of the film, evenly spaced between the first and the last tenth."""
    videos: tuple[str, ...] = ()
    """Results to show beside the original, of those in ``out/``; default: the best three by score."""


@dataclass(frozen=True)
class ReportSummary:
    """What was written."""

    page: str


def report(workspace: Workspace, *, options: ReportOptions) -> ReportSummary:
    """Write ``reports/report.html`` from the workspace's scores, curves and coloured videos.

    Raises
    ------
    WorkspaceError
        If the workspace has nothing to show yet.
    """
    from cartoonize.report.page import Page, render_page

    manifest = workspace.load()
    scores = _scores(workspace)
    curves = _curves(workspace)
    if not manifest.episodes or not (scores or curves):
        raise WorkspaceError(
            f"{workspace.root}: nothing to report yet", "Train and score first, or run a recipe."
        )
    page = Page(
        title=f"{workspace.root.resolve().name}: coloured by cartoonize",
        facts=_facts(manifest),
        scores=sorted(scores, key=lambda s: s.get("ciede2000") or float("inf")),
        curves=curves,
        strips=_strips(workspace, manifest, scores, options),
    )
    path = workspace.reports / "report.html"
    write_text(path, render_page(page))
    return ReportSummary(str(path))


def _scores(workspace: Workspace) -> list[dict[str, Any]]:
    path = workspace.reports / SCORES
    scores = _json(path) if path.exists() else []
    if not isinstance(scores, list) or not all(isinstance(score, dict) for score in scores):
        raise WorkspaceError(f"{path}: not a list of scores", "Score again.")
    return scores


def _curves(workspace: Workspace) -> list[Curve]:
    from cartoonize.report.page import Curve

    curves = []
    for path in sorted(workspace.runs.glob("*/curves.json")):
        data = _json(path)
        try:
            points = [(float(v["update"]), float(v["ab_error"])) for v in data["validations"]]
            losses = [float(loss) for loss in data["losses"]]
        except (KeyError, TypeError, ValueError) as error:
            raise WorkspaceError(f"{path}: no training curves ({error!r})", "Train again.") from error
        if losses:
            curves.append(Curve(path.parent.name, losses, points))
    return curves


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path}: damaged, not whole JSON", "Make it again, or remove it.") from error


def _facts(manifest: Manifest) -> list[tuple[str, str]]:
    facts = [("program", f"cartoonize {__version__}")]
    for part, names in manifest.split.items():
        listed = ", ".join(f"{n} ({len(manifest.episode(n).pictures)} frames)" for n in names)
        facts.append((part, listed or "none"))
    return facts


def _strips(
    workspace: Workspace, manifest: Manifest, scores: list[dict[str, Any]], options: ReportOptions
) -> list[Strip]:
    """Take the same frames from the black-and-white and coloured original and from the results."""
    import numpy as np

    from cartoonize.color.luma import luma_of_rgb
    from cartoonize.report.page import Strip

    tests = workspace.set_of(manifest, "test")
    if not tests or not Path(tests[0].source).exists():
        return []
    ranked = sorted(scores, key=lambda s: s.get("ciede2000") or float("inf"))
    names = options.videos or tuple(str(s["colorized"]) for s in ranked[:3])
    paths = [path for name in names for path in sorted(workspace.out.rglob(name))[:1]]
    usable = [index for index, _ in tests[0].frames if not tests[0].credits.covers(index)]
    picks = np.linspace(0.05, 0.95, options.n_strips) * (len(usable) - 1)
    wanted = sorted({usable[round(pick)] for pick in picks})
    original = _frames_at(Path(tests[0].source), wanted)
    results = [(path.name, _frames_at(path, wanted)) for path in paths]
    strips = []
    for index in original:
        grey = luma_of_rgb(original[index])
        shown = [("black and white", np.stack([grey] * 3, -1))]
        shown += [(name, frames[index]) for name, frames in results if index in frames]
        shown.append(("original", original[index]))
        strips.append(Strip(f"{tests[0].name}, frame {index}", shown))
    return strips


def _frames_at(path: Path, indices: list[int]) -> dict[int, Any]:
    """Read some frames of a video, small."""
    import cv2

    from cartoonize.video import open_source

    found = {}
    with open_source(path, allow_damaged=True) as source:
        for frame in source.frames(rgb=True):
            if frame.index in indices:
                assert frame.rgb is not None
                height, width = frame.rgb.shape[:2]
                size = (round(width * PICTURE_HEIGHT / height), PICTURE_HEIGHT)
                found[frame.index] = cv2.resize(frame.rgb, size, interpolation=cv2.INTER_AREA)
            if len(found) == len(indices):
                break
    return found
