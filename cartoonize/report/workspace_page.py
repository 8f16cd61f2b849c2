"""The page of a workspace: chapter 8 of the thesis, for any series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cartoonize.report.choices import BY_SCORE, LEAST_COLOR
from cartoonize.report.curves import Curve, flicker_section, histogram_section, training_section
from cartoonize.report.gallery import Picture, Row, gallery
from cartoonize.report.html import Content, tag
from cartoonize.report.legend import Legend
from cartoonize.report.moments import (
    Looked,
    Moment,
    failure_moments,
    member_moments,
    refinement_moments,
    rival_moments,
    rows,
    secondary_moments,
    typical_moments,
)
from cartoonize.report.page import Section, facts, render_page
from cartoonize.report.players import Excerpt, Film, films_section
from cartoonize.report.prior import Prior, prior_section
from cartoonize.report.results import Result, best, networks
from cartoonize.report.tables import (
    failure_table,
    holes_list,
    prints_tables,
    score_section,
    shot_section,
    times_section,
    training_table,
    trials_tables,
)

_WELL = (
    "Frames whose original has next to no colour (the grey floor errs by less than"
    f" {LEAST_COLOR:.0f}) do not count."
)


@dataclass(frozen=True)
class Material:
    """All that a workspace has to show; what is missing is left out of the page."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    results: Sequence[Result] = ()
    trainings: Sequence[Mapping[str, Any]] = ()
    """Headers of checkpoints."""
    curves: Sequence[Curve] = ()
    prior: Prior | None = None
    times: Any = None
    prints: Mapping[str, Any] | None = None
    trials: Mapping[str, Any] | None = None
    holes: Sequence[tuple[str, str]] = ()
    """What of damaged films is missing: (film, what)."""
    strips: Sequence[Picture] = ()
    """Pictures of the trials."""
    secondary: Sequence[str] = ()
    """Names of the films of another print: itself, then coloured from it."""
    frame_rate: float = 24.0


@dataclass(frozen=True)
class Moments:
    """The moments of each section."""

    by_section: Mapping[str, Sequence[Moment]]

    @classmethod
    def of(cls, material: Material) -> Moments:
        """Choose them by the results' scores."""
        results, rate = material.results, material.frame_rate
        judged = [r for r in results if r.frames]
        if not judged:
            return cls({})
        return cls(
            {
                "pictures": typical_moments(results, rate),
                "secondary": secondary_moments(results, material.secondary, rate),
                "rivals": rival_moments(results, rate),
                "refinement": refinement_moments(results, rate),
                "members": member_moments(results, rate),
                "failures": failure_moments(results, rate),
            }
        )

    @property
    def all(self) -> list[Moment]:
        """All of them."""
        return [moment for moments in self.by_section.values() for moment in moments]


@dataclass(frozen=True)
class Footage:
    """What was read from the films."""

    looked: Looked = field(default_factory=dict)
    films: Sequence[Film] = ()
    excerpt: Excerpt | None = None


_GALLERIES = {
    "pictures": ("Pictures", "figures 8.3 and 8.4",
        "Best, median and worst frame by the mean CIEDE2000 of the unrefined networks."),
    "secondary": ("The same frames from another print", "figure 8.5",
        "What the networks make of the episode as a black-and-white print, with other grey than they were"
        " trained on; see Other prints for its numbers."),
    "rivals": ("Rivals beside networks", "figure 8.6",
        "Best, median and worst frame of the rivals, by their mean CIEDE2000, beside the two best networks."),
    "refinement": ("Before and after filling", "figure 8.7",
        "The best network that was also filled: where its filled results gain most, and where least."),
    "members": ("Members and their mean", "figure 8.8",
        "Where the mean of the networks is better than they are alone, most and least."),
}  # fmt: skip


def workspace_page(material: Material, moments: Moments, footage: Footage) -> str:
    """Return the page as HTML."""
    results = material.results
    legend = Legend(results)
    trainings = training_table(material.trainings)
    head = [
        facts(material.facts),
        holes_list(material.holes),
        tag("details", tag("summary", "How the methods were trained"), trainings, open=True)
        if trainings
        else None,
    ]
    sections = [
        score_section(results, legend),
        histogram_section(results, legend),
        prior_section(material.prior) if material.prior else None,
        *(_gallery(key, moments, footage) for key in _GALLERIES),
        _failures(material, moments, footage, legend),
        films_section(footage.films, footage.excerpt) if footage.excerpt else None,
        flicker_section(results, legend, material.frame_rate),
        shot_section(_few(results), material.frame_rate),
        times_section(material.times) if material.times else None,
        training_section(material.curves, results, legend),
        _prints(material),
        _trials(material),
    ]
    return render_page(material.title, _lead(material), head, sections)


def _lead(material: Material) -> Content:
    lead: list[Content] = ["How well this series was coloured: every result beside the coloured original."]
    winner = best([r for r in material.results if r.group != "floor"])
    if winner is not None:
        lead += [
            " ", tag("b", winner.name),
            f" has the least mean error: CIEDE2000 {winner.score('ciede2000'):.2f}.",
        ]  # fmt: skip
    floor = best([r for r in material.results if r.group == "floor"])
    if winner is not None and floor is not None:
        lead += [" The best floor, ", tag("b", floor.name), f", has {floor.score('ciede2000'):.2f}."]
    return lead


def _gallery(key: str, moments: Moments, footage: Footage) -> Section | None:
    found = gallery(rows(moments.by_section.get(key, ()), footage.looked))
    title, figure, rule = _GALLERIES[key]
    return Section(key, title, found, f"{rule} {BY_SCORE} {_WELL}", figure) if found else None


def _failures(material: Material, moments: Moments, footage: Footage, legend: Legend) -> Section | None:
    table = failure_table([r for r in material.results if r.refinement == "none"], legend)
    pictures = gallery(rows(moments.by_section.get("failures", ()), footage.looked))
    if not table and not pictures:
        return None
    intro = (
        "The four ways in which pictures fail, one number each for every method; the redder, the worse in its"
        " column. Below, the worst frame of each form among the unrefined networks: the highest score (for"
        f" chroma the lowest) of frames whose CIEDE2000 is above the result's median. {_WELL}"
    )
    body = [table, tag("div", pictures, class_="pairs")]
    return Section("failures", "Four forms of failure", body, intro, "8.2.1")


def _few(results: Sequence[Result]) -> list[Result]:
    """Return the networks, the best ensemble and the floors: columns that fit on a page."""
    ensemble = best([r for r in results if r.group == "ensemble"])
    return [
        *networks(results),
        *([ensemble] if ensemble else []),
        *(r for r in results if r.group == "floor"),
    ]


def _prints(material: Material) -> Section | None:
    if not material.prints:
        return None
    p = material.prints
    described = [(str(one["name"]), str(one.get("described", ""))) for one in p["prints"]]
    listed = tag("dl", [tag("div", tag("dt", n), tag("dd", d)) for n, d in described if d], class_="meanings")
    intro = (
        f"The same {p.get('n_frames', '')} frames of {p.get('episode', 'the test episode')} as other"
        " black-and-white prints: what every method loses. Red is a loss. A method that only works on its own"
        " grey is found out."
    )
    known = tag("details", tag("summary", "What the prints are"), listed)
    return Section("prints", "Other prints", [prints_tables(p), known], intro, "4.1.5")


def _trials(material: Material) -> Section | None:
    if not material.trials:
        return None
    intro = (
        "Drawn clips in which one thing happens to an object: how much the colour changes that it is given"
        " (mean CIEDE2000 against its first frame). Stable but wrong colours show in the second table."
    )
    strips = [Row("What became of them, frame by frame", material.strips, wide=True)]
    return Section(
        "trials", "Objects that change", [trials_tables(material.trials), gallery(strips)], intro, "8.5"
    )
