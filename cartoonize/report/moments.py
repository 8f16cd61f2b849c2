"""The moments that the page shows in pictures: frames, and which results stand beside each other there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from cartoonize.frames import Frame
from cartoonize.report.choices import (
    apart,
    best_median_worst,
    colored_frames,
    highest,
    mean_over,
    minus,
    shots_of,
    worst_failure,
)
from cartoonize.report.gallery import Picture, Row, frame_score
from cartoonize.report.measures import FAILURES, measure_of
from cartoonize.report.results import Result, best, networks

_ERROR = "ciede2000"
#: Frames by film: a result's name, or None for the original.
Looked = Mapping[str | None, Mapping[int, Frame]]


@dataclass(frozen=True)
class Shown:
    """One picture to be shown."""

    caption: str
    film: str | None
    """Name of a result; None for the original."""
    grey: bool = False
    """The black-and-white picture that the methods saw."""
    score: str = ""


@dataclass(frozen=True)
class Moment:
    """One frame of the episode, in several versions."""

    frame: int
    title: str
    shown: Sequence[Shown]
    note: str = ""


def wanted(moments: Iterable[Moment]) -> dict[str | None, list[int]]:
    """Return which frames of which films have to be looked up."""
    found: dict[str | None, set[int]] = {}
    for moment in moments:
        for one in moment.shown:
            found.setdefault(one.film, set()).add(moment.frame)
    return {film: sorted(indices) for film, indices in found.items()}


def rows(moments: Iterable[Moment], looked: Looked) -> list[Row]:
    """Return the moments with their pictures; what could not be looked up is left out."""
    return [
        Row(m.title, [p for one in m.shown for p in _pictures(one, m.frame, looked)], m.note) for m in moments
    ]


def _pictures(one: Shown, index: int, looked: Looked) -> list[Picture]:
    frame = looked.get(one.film, {}).get(index)
    if frame is None or frame.rgb is None:
        return []
    pixels = np.repeat(frame.grey[..., None], 3, 2) if one.grey else frame.rgb
    return [Picture(one.caption, pixels, one.score)]


def typical_moments(results: Sequence[Result], frame_rate: float) -> list[Moment]:
    """Figures 8.3 to 8.5: the frames that networks colour best, middling and worst."""
    judged = networks(results)
    errors = mean_over(judged, _ERROR, colored_frames(results))
    ensemble = best([r for r in results if r.group == "ensemble"])
    beside = [r for r in results if r.group == "floor" and r.base != "grey"]
    others = [*judged, *([ensemble] if ensemble else []), *beside]
    return [
        Moment(
            index,
            f"The {what} frame: {index} ({_at(index, frame_rate)}), mean CIEDE2000 {errors[index]:.1f}",
            [*_input(), *(_of(r, index) for r in others if r.frames)],
        )
        for what, index in best_median_worst(errors, shots_of(results))
    ]


def secondary_moments(results: Sequence[Result], films: Sequence[str], frame_rate: float) -> list[Moment]:
    """Figure 8.5: the same frames as in `typical_moments`, as another print and as coloured from that.

    ``films`` are the names under which the print and its coloured copies are looked up.
    """
    if not films:
        return []
    shown = [Shown(PurePath(film).name, film) for film in films]
    return [
        Moment(m.frame, f"Frame {m.frame} ({_at(m.frame, frame_rate)})", [*shown, Shown("original", None)])
        for m in typical_moments(results, frame_rate)
    ]


def rival_moments(results: Sequence[Result], frame_rate: float) -> list[Moment]:
    """Figure 8.6: the rivals at their best and at their worst beside the two best networks."""
    rivals = [r for r in results if r.group == "rival" and r.frames]
    if not rivals:
        return []
    errors = mean_over(rivals, _ERROR, colored_frames(results))
    beside = sorted(networks(results), key=lambda r: r.score(_ERROR))[:2]
    return [
        Moment(
            index,
            f"The rivals' {what} frame: {index} ({_at(index, frame_rate)}),"
            f" mean CIEDE2000 {errors[index]:.1f}",
            [*_input(), *(_of(r, index) for r in [*rivals, *beside])],
        )
        for what, index in best_median_worst(errors, shots_of(results))
    ]


def refinement_moments(results: Sequence[Result], frame_rate: float) -> list[Moment]:
    """Figure 8.7: where filling helps the best network most, and where it harms most."""
    for plain in sorted(networks(results), key=lambda r: r.score(_ERROR)):
        filled = [r for r in results if r.base == plain.base and r.refinement != "none" and r.frames]
        if filled and plain.frames:
            after = mean_over(filled, _ERROR, colored_frames(results))
            gain = minus(plain.by_frame(_ERROR), after)
            return _gains(gain, [plain, *filled], results, frame_rate, "filling")
    return []


def member_moments(results: Sequence[Result], frame_rate: float) -> list[Moment]:
    """Figure 8.8: where the mean of the members beats them most, and least."""
    means = [r for r in results if r.group == "ensemble" and r.refinement == "none" and r.frames]
    together = next((r for r in means if r.base == "mean"), best(means))
    members = [r for r in networks(results) if r.group == "network"]
    if together is None or len(members) < 2:
        return []
    alone = mean_over(members, _ERROR, colored_frames(results))
    gain = minus(alone, together.by_frame(_ERROR))
    return _gains(gain, [*members, together], results, frame_rate, "the mean of the members")


def failure_moments(results: Sequence[Result], frame_rate: float) -> list[Moment]:
    """Thesis 8.2.1: for each form of failure the worst frame of the networks' results."""
    colored = colored_frames(results)
    found = []
    for key, title in FAILURES:
        worst = worst_failure(networks(results), key, colored)
        if worst:
            result, index = worst
            score = frame_score(result, index, (key, _ERROR))
            shown = [*_input(), Shown(result.name, result.name, score=score)]
            note = f"{measure_of(key).title}; frame {index} ({_at(index, frame_rate)}) by {result.name}"
            found.append(Moment(index, title, shown, note))
    return found


def changed_moments(
    first: Result, other: Result, frame_rate: float, n: int = 4
) -> tuple[list[Moment], list[Moment]]:
    """Return the frames that got better most, and those that got worse most, each in shots of their own."""
    gain = minus(first.by_frame(_ERROR), other.by_frame(_ERROR))
    shots = shots_of([first])
    better = [i for i in apart(highest(gain), shots, n) if gain[i] > 0]
    worse = [i for i in apart(highest(gain)[::-1], shots, n) if gain[i] < 0]

    def moment(index: int) -> Moment:
        change = f"{'better' if gain[index] > 0 else 'worse'} by {abs(gain[index]):.2f} CIEDE2000"
        title = f"Frame {index} ({_at(index, frame_rate)}): {change}"
        return Moment(index, title, [Shown("original", None), _of(first, index), _of(other, index)])

    return [moment(i) for i in better], [moment(i) for i in worse]


def _gains(
    gain: Mapping[int, float],
    shown: Sequence[Result],
    results: Sequence[Result],
    frame_rate: float,
    what: str,
) -> list[Moment]:
    shots = shots_of(results)
    most = apart(highest(gain), shots, 1)
    least = apart(highest(gain)[::-1], shots, 1, most)
    return [
        Moment(
            index,
            f"Where {what} {'gains' if gain[index] >= 0 else 'loses'} {word}: frame {index}"
            f" ({_at(index, frame_rate)}), {abs(gain[index]):.1f} CIEDE2000",
            [*_input(), *(_of(r, index) for r in shown)],
        )
        for word, indices in (("most", most), ("least" if _all_up(gain) else "most", least))
        for index in indices
    ]


def _all_up(gain: Mapping[int, float]) -> bool:
    return min(gain.values(), default=0.0) >= 0


def _input() -> list[Shown]:
    return [Shown("original", None), Shown("black and white", None, grey=True)]


def _of(result: Result, index: int) -> Shown:
    return Shown(result.name, result.name, score=frame_score(result, index))


def _at(index: int, frame_rate: float) -> str:
    seconds = index / frame_rate
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
