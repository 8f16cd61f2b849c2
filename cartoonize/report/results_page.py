"""The page of a user's own results: the first one compared with the others, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cartoonize.report.comparisons import Comparison, changed_frames, picture_rows, typical_frames
from cartoonize.report.curves import difference_section, flicker_section, histogram_section
from cartoonize.report.gallery import gallery
from cartoonize.report.html import Content, tag
from cartoonize.report.legend import Legend
from cartoonize.report.page import Section, facts, render_page
from cartoonize.report.players import videos_section
from cartoonize.report.results import Result
from cartoonize.report.score_tables import score_section, shot_section
from cartoonize.report.workspace_page import Footage

_HEADINGS = {"better": "Improved most", "worse": "Got worse most"}


def results_comparisons(results: Sequence[Result], frame_rate: float) -> dict[str, list[Comparison]]:
    """Select the frames to show: those that changed most, or, for one result, the best and the worst."""
    first, *others = results
    if not others:
        return {"pictures": typical_frames(results, frame_rate)}
    found: dict[str, list[Comparison]] = {}
    for number, other in enumerate(others):
        better, worse = changed_frames(first, other, frame_rate)
        found |= {f"better{number}": better, f"worse{number}": worse}
    return found


def results_page(
    results: Sequence[Result],
    comparisons: dict[str, list[Comparison]],
    footage: Footage,
    *,
    reference: str,
    about: Sequence[tuple[str, str]],
    frame_rate: float,
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    results : sequence of Result
        Results with scores by frame, in the order in which they were named. The others are compared with
        the first.
    comparisons : dict
        Return value of `results_comparisons`.
    footage : Footage
        Frames and videos read from the films.
    reference : str
        Name of the coloured original.
    about : sequence of (name, value)
        Facts for the head of the page.
    frame_rate : float
        Frames per second.
    """
    legend = Legend(results)
    first, *others = results
    sections: list[Section | None] = [score_section(results, legend)]
    if others:
        sections.append(difference_section(first, others, legend, frame_rate))
    for number, other in enumerate(others):
        title = f"What changed: {other.name}" if len(others) > 1 else "What changed"
        changes = {key: comparisons.get(f"{key}{number}", []) for key in ("better", "worse")}
        sections.append(_changes_section(f"changes{number}", title, first, other, changes, footage))
    if not others:
        pictures = gallery(picture_rows(comparisons.get("pictures", ()), footage.frames))
        rule = "The frames with the lowest, the median and the highest CIEDE2000, from different shots."
        sections.append(Section("pictures", "Pictures", pictures, rule) if pictures else None)
    if footage.excerpt:
        sections.append(videos_section(footage.videos, footage.excerpt))
    sections += [
        shot_section(results, frame_rate),
        histogram_section(results, legend),
        flicker_section(results, legend, frame_rate),
    ]
    names = " and ".join(r.name for r in results)
    return render_page(f"{names} against {reference}", _lead(first, others), facts(about), sections)


def _changes_section(
    key: str,
    title: str,
    first: Result,
    other: Result,
    changes: dict[str, list[Comparison]],
    footage: Footage,
) -> Section | None:
    """Return the section with the frames that improved most and those that got worse most."""
    if not any(changes.values()) and not first.frames:
        return None
    intro = [
        "From ", tag("b", first.name), " to ", tag("b", other.name),
        ": the frames whose CIEDE2000 changed most, each from a shot of its own.",
    ]  # fmt: skip
    parts = [_change(direction, comparisons, footage) for direction, comparisons in changes.items()]
    return Section(key, title, parts, intro)


def _change(direction: str, comparisons: Sequence[Comparison], footage: Footage) -> Content:
    """Return the frames that got ``better`` or ``worse``; without pictures, their list."""
    pictures = gallery(picture_rows(comparisons, footage.frames))
    none = None if comparisons else tag("p", f"No frame got {direction}.", class_="note")
    listed = tag("ol", [tag("li", c.title) for c in comparisons]) if comparisons and not pictures else None
    return tag(
        "div",
        tag("h3", _HEADINGS[direction], class_="part"),
        none,
        listed,
        tag("div", pictures, class_="pairs"),
        class_=f"is-{direction}",
    )


def _lead(first: Result, others: Sequence[Result]) -> Content:
    own = first.score("ciede2000")
    lead: list[Content] = []
    for other in others:
        gain = own - other.score("ciede2000")
        if not math.isfinite(gain):
            continue
        before, after = first.by_frame("ciede2000"), other.by_frame("ciede2000")
        n_better = sum(after[i] < before[i] for i in before if i in after)
        word = "better" if gain > 0 else "worse"
        verdict = f" is {word} than {first.name} by {abs(gain):.2f} CIEDE2000"
        if gain == 0:
            verdict = f" has the same CIEDE2000 as {first.name}"
        counted = f": {n_better} of {len(before)} frames are better. "
        lead += [tag("b", other.name), verdict, counted]
    return lead or f"{first.name}: mean CIEDE2000 {own:.2f}."
