"""Coloured films without an original: their worst and typical shots, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.gallery import Row, gallery
from cartoonize.report.html import Content, tag
from cartoonize.report.page import Section


@dataclass(frozen=True)
class ColoredPictures:
    """Pictures of a coloured film."""

    name: str
    facts: str
    """One line about the film."""
    worst: Sequence[Row]
    """The shots with most of the area that is expected to be wrong, worst first."""
    typical: Sequence[Row]
    """Shots of average confidence."""


_INTRO = (
    "Frames of the coloured films. A shot is worse the more of its area is expected to be wrong, by the"
    " confidence of the colours themselves: no original is needed. The box is around its most doubtful place."
)


def colored_section(films: Sequence[ColoredPictures]) -> Section | None:
    """Return the section with the pictures of coloured films; None without pictures."""
    parts: list[Content] = []
    for film in films:
        groups = [("The worst shots", film.worst), ("Typical shots", film.typical)]
        shown = [(title, gallery(rows)) for title, rows in groups if rows]
        if shown:
            title = tag("h3", film.name, " ", tag("small", film.facts), class_="part")
            parts.append([title, [_group(*group) for group in shown]])
    return Section("colored", "Coloured films", parts, _INTRO) if parts else None


def _group(title: str, pictures: Sequence[Content]) -> Content:
    return [tag("p", title, class_="note group"), tag("div", pictures, class_="pairs two")]
