"""Frames that a page shows side by side in several versions, selected by score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from cartoonize.frames import Frame
from cartoonize.report.frame_selection import (
    best_median_worst,
    colored_frames,
    difference,
    from_different_shots,
    highest_first,
    mean_by_frame,
    shots_of,
    worst_failure,
)
from cartoonize.report.gallery import Picture, Row, frame_score
from cartoonize.report.measures import FAILURES, measure_of
from cartoonize.report.results import Result, best, networks

_ERROR = "ciede2000"
#: Frames by film and index. A film is the name of a result, or None for the original.
FilmFrames = Mapping[str | None, Mapping[int, Frame]]


@dataclass(frozen=True)
class Version:
    """One version of a frame."""

    caption: str
    film: str | None
    """Name of a result, or None for the original."""
    grey: bool = False
    """Show the black-and-white picture that the methods had as input."""
    score: str = ""


@dataclass(frozen=True)
class Comparison:
    """One frame in several versions."""

    frame: int
    title: str
    versions: Sequence[Version]
    note: str = ""


def frames_to_read(comparisons: Iterable[Comparison]) -> dict[str | None, list[int]]:
    """Return the frame indices to read from each film."""
    found: dict[str | None, set[int]] = {}
    for comparison in comparisons:
        for version in comparison.versions:
            found.setdefault(version.film, set()).add(comparison.frame)
    return {film: sorted(indices) for film, indices in found.items()}


def picture_rows(comparisons: Iterable[Comparison], frames: FilmFrames) -> list[Row]:
    """Return comparisons with their pictures. Frames that could not be read are left out."""
    return [
        Row(c.title, [p for version in c.versions for p in _pictures(version, c.frame, frames)], c.note)
        for c in comparisons
    ]


def _pictures(version: Version, index: int, frames: FilmFrames) -> list[Picture]:
    frame = frames.get(version.film, {}).get(index)
    if frame is None or frame.rgb is None:
        return []
    pixels = np.repeat(frame.grey[..., None], 3, 2) if version.grey else frame.rgb
    return [Picture(version.caption, pixels, version.score)]


def typical_frames(results: Sequence[Result], frame_rate: float) -> list[Comparison]:
    """Return the best, the median and the worst frame of the networks (figures 8.3 to 8.5)."""
    judged = networks(results)
    errors = mean_by_frame(judged, _ERROR, colored_frames(results))
    ensemble = best([r for r in results if r.group == "ensemble"])
    floors = [r for r in results if r.group == "floor" and r.base != "grey"]
    others = [*judged, *([ensemble] if ensemble else []), *floors]
    return [
        Comparison(
            index,
            f"The {rank} frame: {index} ({_at(index, frame_rate)}), mean CIEDE2000 {errors[index]:.1f}",
            [*_original(), *(_version(r, index) for r in others if r.frames)],
        )
        for rank, index in best_median_worst(errors, shots_of(results))
    ]


def secondary_frames(results: Sequence[Result], films: Sequence[str], frame_rate: float) -> list[Comparison]:
    """Return the frames of `typical_frames` as another print, and as coloured from it (figure 8.5).

    Parameters
    ----------
    results : sequence of Result
    films : sequence of str
        Names of the print and of its coloured copies.
    frame_rate : float
        Frames per second.
    """
    if not films:
        return []
    versions = [Version(PurePath(film).name, film) for film in films]
    return [
        Comparison(
            c.frame,
            f"Frame {c.frame} ({_at(c.frame, frame_rate)})",
            [*versions, Version("original", None)],
        )
        for c in typical_frames(results, frame_rate)
    ]


def rival_frames(results: Sequence[Result], frame_rate: float) -> list[Comparison]:
    """Return the rivals' best, median and worst frames beside the two best networks (figure 8.6)."""
    rivals = [r for r in results if r.group == "rival" and r.frames]
    if not rivals:
        return []
    errors = mean_by_frame(rivals, _ERROR, colored_frames(results))
    best_networks = sorted(networks(results), key=lambda r: r.score(_ERROR))[:2]
    return [
        Comparison(
            index,
            f"The rivals' {rank} frame: {index} ({_at(index, frame_rate)}),"
            f" mean CIEDE2000 {errors[index]:.1f}",
            [*_original(), *(_version(r, index) for r in [*rivals, *best_networks])],
        )
        for rank, index in best_median_worst(errors, shots_of(results))
    ]


def refinement_frames(results: Sequence[Result], frame_rate: float) -> list[Comparison]:
    """Return the frames that filling improves most and least, for the best network (figure 8.7)."""
    for plain in sorted(networks(results), key=lambda r: r.score(_ERROR)):
        filled = [r for r in results if r.base == plain.base and r.refinement != "none" and r.frames]
        if filled and plain.frames:
            after = mean_by_frame(filled, _ERROR, colored_frames(results))
            gain = difference(plain.by_frame(_ERROR), after)
            return _most_and_least(gain, [plain, *filled], shots_of(results), frame_rate, "filling")
    return []


def member_frames(results: Sequence[Result], frame_rate: float) -> list[Comparison]:
    """Return the frames where averaging the members helps most and least (figure 8.8)."""
    means = [r for r in results if r.group == "ensemble" and r.refinement == "none" and r.frames]
    together = next((r for r in means if r.base == "mean"), best(means))
    members = [r for r in networks(results) if r.group == "network"]
    if together is None or len(members) < 2:
        return []
    alone = mean_by_frame(members, _ERROR, colored_frames(results))
    gain = difference(alone, together.by_frame(_ERROR))
    shown = [*members, together]
    return _most_and_least(gain, shown, shots_of(results), frame_rate, "the mean of the members")


def failure_frames(results: Sequence[Result], frame_rate: float) -> list[Comparison]:
    """Return the networks' worst frame for each form of failure (thesis, 8.2.1)."""
    colored = colored_frames(results)
    found = []
    for key, title in FAILURES:
        worst = worst_failure(networks(results), key, colored)
        if worst:
            result, index = worst
            score = frame_score(result, index, (key, _ERROR))
            versions = [*_original(), Version(result.name, result.name, score=score)]
            note = f"{measure_of(key).title}; frame {index} ({_at(index, frame_rate)}) by {result.name}"
            found.append(Comparison(index, title, versions, note))
    return found


def changed_frames(
    first: Result, other: Result, frame_rate: float, n: int = 4
) -> tuple[list[Comparison], list[Comparison]]:
    """Return the frames that improved most and those that got worse most, each from a shot of its own."""
    gain = difference(first.by_frame(_ERROR), other.by_frame(_ERROR))
    shots = shots_of([first])
    better = [i for i in from_different_shots(highest_first(gain), shots, n) if gain[i] > 0]
    worse = [i for i in from_different_shots(highest_first(gain)[::-1], shots, n) if gain[i] < 0]

    def comparison(index: int) -> Comparison:
        change = f"{'better' if gain[index] > 0 else 'worse'} by {abs(gain[index]):.2f} CIEDE2000"
        title = f"Frame {index} ({_at(index, frame_rate)}): {change}"
        versions = [Version("original", None), _version(first, index), _version(other, index)]
        return Comparison(index, title, versions)

    return [comparison(i) for i in better], [comparison(i) for i in worse]


def _most_and_least(
    gain: Mapping[int, float],
    shown: Sequence[Result],
    shots: Mapping[int, int],
    frame_rate: float,
    change: str,
) -> list[Comparison]:
    """Return the frames with the highest and the lowest gain, where ``change`` names what changed."""
    most = from_different_shots(highest_first(gain), shots, 1)
    least = from_different_shots(highest_first(gain)[::-1], shots, 1, most)
    all_gain = min(gain.values(), default=0.0) >= 0
    return [
        Comparison(
            index,
            f"Where {change} {'gains' if gain[index] >= 0 else 'loses'} {word}: frame {index}"
            f" ({_at(index, frame_rate)}), {abs(gain[index]):.1f} CIEDE2000",
            [*_original(), *(_version(r, index) for r in shown)],
        )
        for word, indices in (("most", most), ("least" if all_gain else "most", least))
        for index in indices
    ]


def _original() -> list[Version]:
    return [Version("original", None), Version("black and white", None, grey=True)]


def _version(result: Result, index: int) -> Version:
    return Version(result.name, result.name, score=frame_score(result, index))


def _at(index: int, frame_rate: float) -> str:
    seconds = index / frame_rate
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
