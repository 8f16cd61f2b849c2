"""Gather the data of a workspace's page from its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.errors import CheckpointError, WorkspaceError
from cartoonize.methods.registry import VARIANTS
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.report.results import Group, Result
    from cartoonize.report.workspace_page import ReportData
    from cartoonize.workspace import Manifest

SCORES = "scores.json"
#: Files of the workspace's reports that the page shows, beside the scores by frame and the training curves.
FILES = (SCORES, "prior.json", "times.json", "prints.json", "trials.json")
#: Folder in ``out/`` with another print of the test episode, ``print.mkv``, and films coloured from it.
SECONDARY = "secondary"

#: Frames per second if nothing else is known.
_FRAME_RATE = 24.0


def gather_report_data(workspace: Workspace, manifest: Manifest) -> ReportData:
    """Read the data of a workspace's page. Missing files are left out.

    Raises
    ------
    WorkspaceError
        If a file is damaged.
    """
    from cartoonize.report.loading import read_curves, read_pictures, read_prior
    from cartoonize.report.results import read_results
    from cartoonize.report.trial_tables import prints_tables, times_section, trials_tables
    from cartoonize.report.workspace_page import ReportData

    reports = workspace.reports
    results = sorted(read_results(reports / SCORES, describe_result), key=_order)
    headers = [r.header for r in results if r.header]
    frame_rate = _frame_rate(workspace, manifest, headers)
    times = _read(reports / "times.json", times_section)
    return ReportData(
        title=f"{workspace.root.resolve().name}: coloured by cartoonize",
        facts=_facts(manifest, headers, frame_rate, times),
        results=results,
        trainings=_trainings(workspace),
        curves=read_curves(sorted(workspace.runs.glob("*/curves.json"))),
        prior=read_prior(reports / "prior.json"),
        times=times,
        prints=_read(reports / "prints.json", prints_tables),
        trials=_read(reports / "trials.json", trials_tables),
        damage=_damage(workspace, manifest),
        strips=read_pictures(sorted(reports.glob("trials/*.png"))),
        secondary=list(secondary_films(workspace)),
        frame_rate=frame_rate,
    )


def describe_result(file: str) -> tuple[str, Group, str, str]:
    """Return name, group, method and refinement of a recipe's result.

    They follow from its file name, such as ``plain-grow.mkv`` or ``mean-none.mkv``.
    """
    from cartoonize.report.results import REFINEMENTS

    stem = Path(file).stem or file
    base, refinement = stem, "none"
    for known in REFINEMENTS:
        if stem.endswith(f"-{known}"):
            base, refinement = stem.removesuffix(f"-{known}"), known
    return base if refinement == "none" else f"{base} + {refinement}", _group(base), base, refinement


def secondary_films(workspace: Workspace) -> dict[str, Path]:
    """Return the films of another print by name, the print itself first; empty without the print."""
    folder = workspace.out / SECONDARY
    films = sorted(folder.glob("*.mkv"), key=lambda path: (path.stem != "print", path.stem))
    if not films or films[0].stem != "print":
        return {}
    return {f"{SECONDARY}/{path.stem}": path for path in films}


def _group(base: str) -> Group:
    matching = [name for name in VARIANTS if base == name or base.startswith((f"{name}-", f"{name}+"))]
    if matching:
        variant = VARIANTS[max(matching, key=len)]
        if variant.kind == "network":
            return "network"
        return "floor" if variant.source == "floor" else "rival"
    return "ensemble" if base.startswith(("mean", "histogram", "ensemble")) else "other"


def _read(path: Path, draw: Callable[[Any], Any]) -> Any:
    """Read a JSON file, or return None if it does not exist. A file that ``draw`` cannot draw is damaged."""
    from cartoonize.report.results import read_json

    if not path.exists():
        return None
    data = read_json(path)
    try:
        draw(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorkspaceError(
            f"{path}: damaged ({type(error).__name__}: {error})", "Create it again, or remove it."
        ) from error
    return data


def _frame_rate(workspace: Workspace, manifest: Manifest, headers: Sequence[Mapping[str, Any]]) -> float:
    """Return the frame rate of the scored film, or else of the first test episode."""
    tests = workspace.set_of(manifest, "test")
    own = (float(Fraction(tests[0].frame_rate)) if tests else 0.0) or _FRAME_RATE
    return float(headers[0].get("frame_rate") or own) if headers else own


def _damage(workspace: Workspace, manifest: Manifest) -> list[tuple[str, str]]:
    """Return the missing parts of damaged films: (film, what is missing)."""
    from cartoonize.video.damage_report import read_damage_reports

    missing = [(episode.name, line) for episode in manifest.episodes.values() for line in episode.damage]
    return [*missing, *read_damage_reports(workspace.out)]


def _order(result: Result) -> tuple[int, str, int]:
    """Return a sort key: results in the order of the variants, each before its refinements."""
    from cartoonize.report.results import REFINEMENTS

    known = list(VARIANTS)
    place = known.index(result.base) if result.base in known else len(known)
    return place, result.base, REFINEMENTS.index(result.refinement)


def _facts(
    manifest: Manifest, headers: Sequence[Mapping[str, Any]], frame_rate: float, times: Any
) -> list[tuple[str, str]]:
    facts = []
    for part, names in manifest.split.items():
        listed = ", ".join(f"{n} ({len(manifest.episode(n).pictures)} drawings)" for n in names)
        facts.append((part, listed or "none"))
    if headers:
        header = headers[0]
        scored = f"{header.get('n_frames', '?')} frames of {Path(str(header.get('reference', ''))).name}"
        facts.append(("scored", f"{scored}, {frame_rate:.4g} frames per second"))
        facts.append(("compared at", str(header.get("protocol", "256x256"))))
    if isinstance(times, dict) and times.get("hardware"):
        facts.append(("hardware", str(times["hardware"])))
    return [*facts, ("program", f"cartoonize {__version__}")]


def _trainings(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the headers of all checkpoints. Checkpoints that cannot be read are left out."""
    from cartoonize.methods.checkpoint import read_header

    headers = []
    for path in workspace.trained():
        with suppress(CheckpointError):
            headers.append({**read_header(path), "name": path.parent.name})
    return headers
