"""Results as the page sees them, and the score files that they come from."""

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
#: In the order in which the page lists them.
GROUPS: dict[Group, str] = {
    "network": "networks",
    "ensemble": "ensembles",
    "rival": "rivals without a network",
    "floor": "floors",
    "other": "results",
}
#: Endings of the names that recipes give to refined results; see `cartoonize.filters.refine`.
REFINEMENTS = ("none", "grow", "felzenszwalb", "tracks")
Scores = Mapping[str, Any]


@dataclass(frozen=True)
class Histogram:
    """Errors of single pixels."""

    edges: Sequence[float]
    """n + 1, rising."""
    pixels: Sequence[float]
    """n counts."""


@dataclass(frozen=True)
class Result:
    """One coloured film and all that was measured of it."""

    name: str
    """What the page calls it."""
    group: Group
    base: str
    """The method before refinement; results of one base share a colour."""
    refinement: str = "none"
    scores: Scores = field(default_factory=dict)
    """Of the whole film, by name; None where one has no meaning."""
    frames: Sequence[Scores] = ()
    shots: Sequence[Scores] = ()
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)

    def score(self, key: str, default: float = float("inf")) -> float:
        """Return a score of the whole film."""
        value = self.scores.get(key)
        return float(value) if is_number(value) and value is not None else default

    def by_frame(self, key: str) -> dict[int, float]:
        """Return a score of every frame that has it, by frame index."""
        return {int(f["frame"]): float(f[key]) for f in self.frames if is_number(f.get(key))}


@dataclass(frozen=True)
class Lines:
    """What one file of JSON lines holds, sorted by kind."""

    header: Mapping[str, Any]
    frames: Sequence[Scores]
    shots: Sequence[Scores]
    histograms: Mapping[str, Histogram]
    episode: Scores


def read_lines(path: Path) -> Lines:
    """Read the scores of one result, frame by frame.

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
        return Lines(
            header=kinds.get("header", [{}])[0],
            frames=[_numbered(frame) for frame in kinds.get("frame", [])],
            shots=kinds.get("shot", []),
            histograms={h["of"]: _histogram(h) for h in kinds.get("histogram", [])},
            episode=kinds.get("episode", [{}])[0],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"{path}: damaged, no scores of frames (line {number}: {type(error).__name__}: {error})",
            "Score again.",
        ) from error


def _numbered(frame: dict[str, Any]) -> dict[str, Any]:
    return {**frame, "frame": int(frame["frame"]), "shot": int(frame.get("shot") or 0)}


def _histogram(entry: Mapping[str, Any]) -> Histogram:
    edges, pixels = [float(e) for e in entry["edges"]], [float(p) for p in entry["pixels"]]
    if len(edges) != len(pixels) + 1 or sum(pixels) <= 0:
        raise ValueError("a histogram whose edges and counts do not fit")
    return Histogram(edges, pixels)


def read_json(path: Path) -> Any:
    """Read a JSON file, or raise `WorkspaceError` if it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path}: damaged, not whole JSON", "Make it again, or remove it.") from error


def networks(results: Sequence[Result]) -> list[Result]:
    """Return the unrefined results of single networks; of a page without networks, all that can be judged."""
    chosen = [r for r in results if r.group == "network" and r.refinement == "none"]
    return chosen or [r for r in results if r.group in ("network", "other")] or list(results)


def best(results: Sequence[Result], key: str = "ciede2000") -> Result | None:
    """Return the result with the least mean error, if any has one."""
    judged = [r for r in results if is_number(r.scores.get(key))]
    return min(judged, key=lambda r: r.score(key), default=None)


def shown_first(results: Sequence[Result]) -> set[str]:
    """Return the names of what charts show at first: unrefined networks, the best ensemble, the floors."""
    ensemble = best([r for r in results if r.group == "ensemble"])
    plain = [r for r in results if r.group in ("floor", "other") or r in networks(results)]
    return {r.name for r in plain} | ({ensemble.name} if ensemble else set())


def best_of_each_kind(results: Sequence[Result]) -> list[Result]:
    """Return the results that are worth watching.

    Of the three best networks the best form of each, then the best ensemble, rival and floor, and what is
    none of these.
    """
    judged = sorted((r for r in results if r.header), key=lambda r: r.score("ciede2000"))
    chosen: list[Result] = []
    for group, n in (("network", 3), ("ensemble", 1), ("rival", 1), ("floor", 1), ("other", 4)):
        members = [r for r in judged if r.group == group]
        firsts = [r for i, r in enumerate(members) if r.base not in {m.base for m in members[:i]}]
        chosen += firsts[:n]
    return chosen


def read_results(scores: Path, describe: Callable[[str], tuple[str, Group, str, str]]) -> list[Result]:
    """Read the score file that `evaluate` wrote, and the scores by frame beside it.

    Parameters
    ----------
    scores : Path
        Need not exist.
    describe : callable
        From a result's file name to its name on the page, its group, its method and its refinement.
    """
    rows = read_json(scores) if scores.exists() else []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WorkspaceError(f"{scores}: not a list of scores", "Score again.")
    files = [str(row.get("colorized", "")) for row in rows]
    described = [describe(file) for file in files]
    n_called = Counter(name for name, *_ in described)
    results = []
    for file, row, (name, group, base, refinement) in zip(files, rows, described, strict=True):
        lines = (scores.with_suffix("") / file).with_suffix(".jsonl")
        more: dict[str, Any] = {}
        if file and lines.is_relative_to(scores.with_suffix("")) and lines.is_file():
            read = read_lines(lines)
            more = {key: getattr(read, key) for key in ("frames", "shots", "histograms", "header")}
        own_scores = {key: value for key, value in row.items() if key != "colorized"}
        name = name if n_called[name] == 1 else file
        results.append(Result(name, group, base, refinement, own_scores, **more))
    return results
