"""Coloured films with their scores, read from score files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cartoonize.errors import WorkspaceError
from cartoonize.report.measures import is_number

Group = Literal["network", "ensemble", "rival", "floor", "other"]
#: Groups in the order in which a page lists them, with their titles.
GROUPS: dict[Group, str] = {
    "network": "networks",
    "ensemble": "ensembles",
    "rival": "rivals without a network",
    "floor": "floors",
    "other": "results",
}
#: Suffixes that recipes give to the names of refined results; see `cartoonize.filters.refine`.
REFINEMENTS = ("none", "grow", "felzenszwalb", "tracks")
Scores = Mapping[str, Any]


@dataclass(frozen=True)
class Histogram:
    """Histogram of the errors of single pixels."""

    edges: Sequence[float]
    """n + 1 rising bin edges."""
    pixels: Sequence[float]
    """n counts of pixels."""


@dataclass(frozen=True)
class Result:
    """One coloured film and its scores."""

    name: str
    """Name on the page."""
    group: Group
    base: str
    """Method before refinement. Results with the same base share a line colour."""
    refinement: str = "none"
    scores: Scores = field(default_factory=dict)
    """Scores of the whole film by name; None where a score is undefined."""
    frames: Sequence[Scores] = ()
    shots: Sequence[Scores] = ()
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)

    def score(self, key: str, default: float = float("inf")) -> float:
        """Return a score of the whole film, or the default if it has none."""
        value = self.scores.get(key)
        return float(value) if is_number(value) and value is not None else default

    def by_frame(self, key: str) -> dict[int, float]:
        """Return a score of each frame that has it, by frame index."""
        return {int(f["frame"]): float(f[key]) for f in self.frames if is_number(f.get(key))}


@dataclass(frozen=True)
class DetailedScores:
    """Contents of one file of JSON lines, sorted by kind."""

    header: Mapping[str, Any]
    frames: Sequence[Scores]
    shots: Sequence[Scores]
    histograms: Mapping[str, Histogram]
    episode: Scores


def read_detailed_scores(path: Path) -> DetailedScores:
    """Read the scores of one result by frame and shot, from a file of JSON lines.

    Raises
    ------
    WorkspaceError
        If the file is damaged.
    """
    kinds: dict[str, list[dict[str, Any]]] = {}
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                number += 1
                if line.strip():
                    entry = json.loads(line)
                    kinds.setdefault(entry.pop("kind"), []).append(entry)
        return DetailedScores(
            header=kinds.get("header", [{}])[0],
            frames=[_numbered(frame) for frame in kinds.get("frame", [])],
            shots=kinds.get("shot", []),
            histograms={h["of"]: _histogram(h) for h in kinds.get("histogram", [])},
            episode=kinds.get("episode", [{}])[0],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"{path}: damaged scores (line {number}: {type(error).__name__}: {error})",
            "Run `cartoonize evaluate` again.",
        ) from error


def _numbered(frame: dict[str, Any]) -> dict[str, Any]:
    return {**frame, "frame": int(frame["frame"]), "shot": int(frame.get("shot") or 0)}


def _histogram(entry: Mapping[str, Any]) -> Histogram:
    edges, pixels = [float(e) for e in entry["edges"]], [float(p) for p in entry["pixels"]]
    if len(edges) != len(pixels) + 1 or sum(pixels) <= 0:
        raise ValueError(f"histogram with {len(edges)} edges and {len(pixels)} counts")
    return Histogram(edges, pixels)


def read_json(path: Path) -> Any:
    """Read a JSON file. Raise `WorkspaceError` if it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path}: damaged, not valid JSON", "Write it again, or remove it.") from error


def networks(results: Sequence[Result]) -> list[Result]:
    """Return the unrefined results of single networks.

    If there are none, return the results of the groups ``network`` and ``other``, or else all results.
    """
    chosen = [r for r in results if r.group == "network" and r.refinement == "none"]
    return chosen or [r for r in results if r.group in ("network", "other")] or list(results)


def best(results: Sequence[Result], key: str = "ciede2000") -> Result | None:
    """Return the result with the lowest mean error, or None if no result has one."""
    judged = [r for r in results if is_number(r.scores.get(key))]
    return min(judged, key=lambda r: r.score(key), default=None)


def initially_shown(results: Sequence[Result]) -> set[str]:
    """Return the names that charts show at first: unrefined networks, the best ensemble and the floors."""
    ensemble = best([r for r in results if r.group == "ensemble"])
    plain = [r for r in results if r.group in ("floor", "other") or r in networks(results)]
    return {r.name for r in plain} | ({ensemble.name} if ensemble else set())


def best_of_each_kind(results: Sequence[Result]) -> list[Result]:
    """Return the results that are worth watching.

    These are the three best networks, each in its best refinement, the best ensemble, the best rival, the
    best floor, and up to four results of other kinds.
    """
    judged = sorted((r for r in results if r.header), key=lambda r: r.score("ciede2000"))
    chosen: list[Result] = []
    for group, n in (("network", 3), ("ensemble", 1), ("rival", 1), ("floor", 1), ("other", 4)):
        members = [r for r in judged if r.group == group]
        firsts = [r for i, r in enumerate(members) if r.base not in {m.base for m in members[:i]}]
        chosen += firsts[:n]
    return chosen


def read_results(scores: Path, describe: Callable[[str], tuple[str, Group, str, str]]) -> list[Result]:
    """Read the score file that `evaluate` wrote, and the scores by frame in the folder beside it.

    Parameters
    ----------
    scores : Path
        Score file. If it does not exist, the list is empty.
    describe : callable
        Maps a result's file name to its name on the page, its group, its base and its refinement.
    """
    rows = read_json(scores) if scores.exists() else []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WorkspaceError(f"{scores}: not a list of scores", "Run `cartoonize evaluate` again.")
    files = [str(row.get("colorized", "")) for row in rows]
    described = [describe(file) for file in files]
    counts = Counter(name for name, *_ in described)
    results = []
    for file, row, (name, group, base, refinement) in zip(files, rows, described, strict=True):
        lines = (scores.with_suffix("") / file).with_suffix(".jsonl")
        more: dict[str, Any] = {}
        if file and lines.is_relative_to(scores.with_suffix("")) and lines.is_file():
            details = read_detailed_scores(lines)
            more = {key: getattr(details, key) for key in ("frames", "shots", "histograms", "header")}
        own_scores = {key: value for key, value in row.items() if key != "colorized"}
        unique_name = name if counts[name] == 1 else file
        results.append(Result(unique_name, group, base, refinement, own_scores, **more))
    return results
