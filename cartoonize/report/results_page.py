"""The page of a user's own results: the first against the others, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

from cartoonize.report.curves import difference_section, flicker_section, histogram_section
from cartoonize.report.gallery import gallery
from cartoonize.report.html import Content, tag
from cartoonize.report.legend import Legend
from cartoonize.report.moments import Moment, changed_moments, rows, typical_moments
from cartoonize.report.page import Section, facts, render_page
from cartoonize.report.players import films_section
from cartoonize.report.results import Result
from cartoonize.report.tables import score_section, shot_section
from cartoonize.report.workspace_page import Footage


def results_moments(results: Sequence[Result], frame_rate: float) -> dict[str, list[Moment]]:
    """Choose the frames to show: by how much they changed, or, of one result, by how good they are."""
    first, *others = results
    if not others:
        return {"pictures": typical_moments(results, frame_rate)}
    found: dict[str, list[Moment]] = {}
    for number, other in enumerate(others):
        better, worse = changed_moments(first, other, frame_rate)
        found |= {f"better{number}": better, f"worse{number}": worse}
    return found


def results_page(
    results: Sequence[Result],
    moments: dict[str, list[Moment]],
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
        With scores by frame, in the order in which they were named; the first is what the others are
        compared with.
    moments : dict
        From `results_moments`.
    footage : Footage
        What was read from the films.
    reference : str
        Name of the coloured original.
    about : sequence of (name, value)
        Facts for the head.
    frame_rate : float
        Frames per second.
    """
    legend = Legend(results)
    first, *others = results
    sections: list[Section | None] = [score_section(results, legend)]
    if others:
        sections.append(difference_section(first, others, legend, frame_rate))
    for number, other in enumerate(others):
        sections.append(_changes(first, other, number, moments, footage, len(others) > 1))
    if not others:
        pictures = gallery(rows(moments.get("pictures", ()), footage.looked))
        rule = "Best, median and worst frame by CIEDE2000, from different shots."
        sections.append(Section("pictures", "Pictures", pictures, rule) if pictures else None)
    if footage.excerpt:
        sections.append(films_section(footage.films, footage.excerpt))
    sections += [
        shot_section(results, frame_rate),
        histogram_section(results, legend),
        flicker_section(results, legend, frame_rate),
    ]
    names = " and ".join(r.name for r in results)
    return render_page(f"{names} against {reference}", _lead(first, others), facts(about), sections)


def _changes(
    first: Result,
    other: Result,
    number: int,
    moments: dict[str, list[Moment]],
    footage: Footage,
    several: bool,
) -> Section | None:
    parts: list[Content] = []
    n_found = 0
    for key, title in (("better", "Got better most"), ("worse", "Got worse most")):
        chosen = moments.get(f"{key}{number}", [])
        pictures = gallery(rows(chosen, footage.looked))
        n_found += len(chosen)
        listed = tag("ol", [tag("li", m.title) for m in chosen]) if chosen and not pictures else None
        none = None if chosen else tag("p", f"No frame got {key}.", class_="note")
        pairs = tag("div", pictures, class_="pairs")
        parts.append(tag("div", tag("h3", title, class_="part"), none, listed, pairs, class_=f"is-{key}"))
    if not n_found and not first.frames:
        return None
    intro = [
        "From ", tag("b", first.name), " to ", tag("b", other.name),
        ": the frames whose CIEDE2000 changed most, each in a shot of its own.",
    ]  # fmt: skip
    title = f"What changed: {other.name}" if several else "What changed"
    return Section(f"changes{number}", title, parts, intro)


def _lead(first: Result, others: Sequence[Result]) -> Content:
    own = first.score("ciede2000")
    lead: list[Content] = []
    for other in others:
        gain = own - other.score("ciede2000")
        if gain != gain or abs(gain) == float("inf"):
            continue
        frames = {i: error for i, error in first.by_frame("ciede2000").items()}
        after = other.by_frame("ciede2000")
        n_better = sum(after[i] < frames[i] for i in frames if i in after)
        word = "better" if gain > 0 else "worse" if gain < 0 else "the same"
        lead += [
            tag("b", other.name),
            f" is {word}" + (f" than {first.name} by {abs(gain):.2f} CIEDE2000" if gain else ""),
            f": {n_better} of {len(frames)} frames are better. ",
        ]  # fmt: skip
    return lead or f"{first.name}: CIEDE2000 {own:.2f} in the mean."
