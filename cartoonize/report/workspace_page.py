"""The page of a workspace: chapter 8 of the thesis, for any series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cartoonize.report.colored import ColoredPictures, colored_section
from cartoonize.report.comparisons import (
    Comparison,
    FilmFrames,
    failure_frames,
    member_frames,
    picture_rows,
    refinement_frames,
    rival_frames,
    secondary_frames,
    typical_frames,
)
from cartoonize.report.curves import flicker_section, histogram_section
from cartoonize.report.frame_selection import MIN_COLOR, SELECTION_RULE
from cartoonize.report.gallery import Picture, Row, gallery
from cartoonize.report.html import Content, Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.page import Section, facts, render_page
from cartoonize.report.players import Excerpt, Video, videos_section
from cartoonize.report.prior import Prior, prior_section
from cartoonize.report.results import Result, best, networks
from cartoonize.report.score_tables import failure_table, score_section, shot_section
from cartoonize.report.training import TrainingCurve, training_section, training_table
from cartoonize.report.trial_tables import prints_tables, times_section, trials_tables

_COLOR_RULE = (
    f"Frames whose original has almost no colour (CIEDE2000 of the grey floor below {MIN_COLOR:.0f}) do not"
    " count."
)


@dataclass(frozen=True)
class ReportData:
    """All data of a workspace's page. Sections without data are left out."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    results: Sequence[Result] = ()
    trainings: Sequence[Mapping[str, Any]] = ()
    """Headers of checkpoints."""
    curves: Sequence[TrainingCurve] = ()
    prior: Prior | None = None
    times: Any = None
    prints: Mapping[str, Any] | None = None
    trials: Mapping[str, Any] | None = None
    damage: Sequence[tuple[str, str]] = ()
    """Missing parts of damaged films: (film, what is missing)."""
    strips: Sequence[Picture] = ()
    """Pictures of the trials."""
    secondary: Sequence[str] = ()
    """Names of the films of another print: first the print, then the films coloured from it."""
    frame_rate: float = 24.0
    colored: Sequence[ColoredPictures] = ()
    """Pictures of films that were coloured along tracks."""


@dataclass(frozen=True)
class Comparisons:
    """The frames that each section shows."""

    by_section: Mapping[str, Sequence[Comparison]]

    @classmethod
    def select(cls, data: ReportData) -> Comparisons:
        """Select the frames by the scores of the results."""
        results, rate = data.results, data.frame_rate
        if not any(r.frames for r in results):
            return cls({})
        return cls(
            {
                "pictures": typical_frames(results, rate),
                "secondary": secondary_frames(results, data.secondary, rate),
                "rivals": rival_frames(results, rate),
                "refinement": refinement_frames(results, rate),
                "members": member_frames(results, rate),
                "failures": failure_frames(results, rate),
            }
        )

    @property
    def all(self) -> list[Comparison]:
        """The comparisons of all sections."""
        return [one for comparisons in self.by_section.values() for one in comparisons]


@dataclass(frozen=True)
class Footage:
    """Frames and videos read from the films."""

    frames: FilmFrames = field(default_factory=dict)
    videos: Sequence[Video] = ()
    excerpt: Excerpt | None = None


_GALLERIES = {
    "pictures": ("Pictures", "figures 8.3 and 8.4",
        "The frames with the lowest, the median and the highest CIEDE2000, averaged over the unrefined"
        " networks."),
    "secondary": ("The same frames from another print", "figure 8.5",
        "The same frames, coloured from another black-and-white print of the episode, whose grey differs"
        " from the grey in training. The section Other prints has numbers for it."),
    "rivals": ("Rivals beside networks", "figure 8.6",
        "The frames with the lowest, the median and the highest CIEDE2000, averaged over the rivals, beside"
        " the two best networks."),
    "refinement": ("Before and after filling", "figure 8.7",
        "The best network that has filled results: the frames that filling improves most and least."),
    "members": ("Members and their mean", "figure 8.8",
        "The frames where the mean of the networks is better than the networks alone, most and least."),
}  # fmt: skip


def workspace_page(data: ReportData, comparisons: Comparisons, footage: Footage) -> str:
    """Return the page as HTML."""
    results = data.results
    legend = Legend(results)
    colored = colored_section(data.colored)
    sections = [
        colored if not results else None,
        score_section(results, legend),
        histogram_section(results, legend),
        prior_section(data.prior) if data.prior else None,
        *(_gallery(key, comparisons, footage) for key in _GALLERIES),
        _failures(data, comparisons, footage, legend),
        colored if results else None,
        videos_section(footage.videos, footage.excerpt) if footage.excerpt else None,
        flicker_section(results, legend, data.frame_rate),
        shot_section(_main_results(results), data.frame_rate),
        times_section(data.times) if data.times else None,
        training_section(data.curves, results, legend),
        _prints(data),
        _trials(data),
    ]
    return render_page(data.title, _lead(data), _head(data), sections)


def _head(data: ReportData) -> list[Content]:
    trainings = training_table(data.trainings)
    summary = tag("summary", "How the methods were trained")
    return [
        facts(data.facts),
        _damage_list(data.damage),
        tag("details", summary, trainings, open=True) if trainings else None,
    ]


def _damage_list(damage: Sequence[tuple[str, str]]) -> Html | None:
    """Return the list of what is missing from damaged films."""
    if not damage:
        return None
    items = [tag("li", tag("b", film), f" {missing}") for film, missing in damage]
    summary = tag("summary", f"Missing parts of damaged films ({len(damage)})")
    return tag("details", summary, tag("ul", items), open=True)


def _lead(data: ReportData) -> Content:
    if data.colored and not data.results:
        return "Films of this series that were coloured, before and after."
    lead: list[Content] = ["Results of colouring this series, compared with the coloured original."]
    winner = best([r for r in data.results if r.group != "floor"])
    if winner is not None:
        lead += [
            " ", tag("b", winner.name),
            f" has the lowest mean error: CIEDE2000 {winner.score('ciede2000'):.2f}.",
        ]  # fmt: skip
    floor = best([r for r in data.results if r.group == "floor"])
    if winner is not None and floor is not None:
        lead += [" The best floor, ", tag("b", floor.name), f", has {floor.score('ciede2000'):.2f}."]
    return lead


def _gallery(key: str, comparisons: Comparisons, footage: Footage) -> Section | None:
    pictures = gallery(picture_rows(comparisons.by_section.get(key, ()), footage.frames))
    title, figure, rule = _GALLERIES[key]
    if not pictures:
        return None
    return Section(key, title, pictures, f"{rule} {SELECTION_RULE} {_COLOR_RULE}", figure)


def _failures(data: ReportData, comparisons: Comparisons, footage: Footage, legend: Legend) -> Section | None:
    table = failure_table([r for r in data.results if r.refinement == "none"], legend)
    pictures = gallery(picture_rows(comparisons.by_section.get("failures", ()), footage.frames))
    if not table and not pictures:
        return None
    intro = (
        "Four ways in which pictures fail, with one score each for every method. Red is worse within its"
        " column. Below is the worst frame of each kind among the unrefined networks: the highest score (for"
        f" chroma the lowest) among the frames whose CIEDE2000 is above the result's median. {_COLOR_RULE}"
    )
    body = [table, tag("div", pictures, class_="pairs")]
    return Section("failures", "Four forms of failure", body, intro, "8.2.1")


def _main_results(results: Sequence[Result]) -> list[Result]:
    """Return the networks, the best ensemble and the floors: as many columns as fit on a page."""
    ensemble = best([r for r in results if r.group == "ensemble"])
    return [
        *networks(results),
        *([ensemble] if ensemble else []),
        *(r for r in results if r.group == "floor"),
    ]


def _prints(data: ReportData) -> Section | None:
    if not data.prints:
        return None
    p = data.prints
    described = [(str(one["name"]), str(one.get("described", ""))) for one in p["prints"]]
    listed = tag("dl", [tag("div", tag("dt", n), tag("dd", d)) for n, d in described if d], class_="meanings")
    intro = (
        f"The same {p.get('n_frames', '')} frames of {p.get('episode', 'the test episode')} as other"
        " black-and-white prints, and what each method loses on them. Red is a loss. A method that works only"
        " on the grey of its training shows here."
    )
    details = tag("details", tag("summary", "What the prints are"), listed)
    return Section("prints", "Other prints", [prints_tables(p), details], intro, "4.1.5")


def _trials(data: ReportData) -> Section | None:
    if not data.trials:
        return None
    intro = (
        "Drawn clips in which one thing happens to an object. The first table has the change of the object's"
        " colour (mean CIEDE2000 against the first frame). The second table has the error of its first"
        " colour, which shows colours that are stable but wrong."
    )
    strips = [Row("Results, frame by frame", data.strips, wide=True)]
    return Section(
        "trials", "Objects that change", [trials_tables(data.trials), gallery(strips)], intro, "8.5"
    )
