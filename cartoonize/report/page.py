"""The frame around a page's sections: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.document import document, read_asset
from cartoonize.report.html import Content, Html, tag


@dataclass(frozen=True)
class Section:
    """One section of a page."""

    key: str
    """Anchor; unique on the page."""
    title: str
    body: Content
    intro: Content = None
    """One or two sentences on what the section shows."""
    figure: str = ""
    """Figure, table or section of the thesis that this section corresponds to."""


def render_page(title: str, lead: Content, head: Content, sections: Sequence[Section | None]) -> str:
    """Return a page as HTML. Sections that are None are left out."""
    shown = [section for section in sections if section is not None]
    contents = [tag("a", s.title, href=f"#{s.key}") for s in shown]
    body = [
        tag("header", tag("h1", title), tag("p", lead, class_="lead"), head),
        tag("nav", contents, aria_label="Sections") if len(contents) > 1 else None,
        Html("\n<main>\n"),
        [[_section(s), Html("\n")] for s in shown],
        Html("</main>"),
    ]
    return document(title, body, style=read_asset("style.css"), script=read_asset("script.js"), videos=True)


def facts(pairs: Sequence[tuple[str, str]]) -> Html:
    """Return names and values as a definition list."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs], class_="facts")


def _section(section: Section) -> Html:
    figure = tag("small", section.figure) if section.figure else None
    heading = tag("h2", section.title, " " if figure else None, figure, id=f"{section.key}-title")
    intro = tag("p", section.intro, class_="note") if section.intro else None
    return tag(
        "section", heading, intro, section.body, id=section.key, aria_labelledby=f"{section.key}-title"
    )
