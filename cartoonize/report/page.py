"""The page around the sections: one HTML file that needs nothing else and sends nothing anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from cartoonize.report.html import Content, Html, tag, text


@dataclass(frozen=True)
class Section:
    """One part of the page."""

    key: str
    """Anchor, unique on the page."""
    title: str
    body: Content
    intro: Content = None
    """What is to be seen, in a sentence or two."""
    figure: str = ""
    """What the thesis calls it."""


def render_page(title: str, lead: Content, head: Content, sections: Sequence[Section | None]) -> str:
    """Return the page; sections that are None have nothing to show.

    Style and script stand in the page and are allowed by their hashes alone; pictures and films are data in
    the page. Nothing else is: a name that found its way in as markup could neither run nor fetch anything.
    """
    shown = [section for section in sections if section is not None]
    style, script = _own_file("style.css"), _own_file("script.js")
    policy = (
        f"default-src 'none'; img-src data:; media-src data: blob:; style-src '{_hash(style)}';"
        f" script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    contents = [tag("a", s.title, href=f"#{s.key}") for s in shown]
    page = [
        Html('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'),
        tag("title", title),
        tag("style", Html(style)),
        Html("</head>\n<body>\n"),
        tag("header", tag("h1", title), tag("p", lead, class_="lead"), head),
        tag("nav", contents, aria_label="Sections") if len(contents) > 1 else None,
        Html("\n<main>\n"),
        [[_section(s), Html("\n")] for s in shown],
        Html("</main>\n"),
        tag("script", Html(script)),
        Html("</body></html>\n"),
    ]
    return text(page)


def facts(pairs: Sequence[tuple[str, str]]) -> Html:
    """Return names and values as a list."""
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs], class_="facts")


def _section(section: Section) -> Html:
    figure = tag("small", section.figure) if section.figure else None
    heading = tag("h2", section.title, " " if figure else None, figure, id=f"{section.key}-title")
    intro = tag("p", section.intro, class_="note") if section.intro else None
    return tag(
        "section", heading, intro, section.body, id=section.key, aria_labelledby=f"{section.key}-title"
    )


def _own_file(name: str) -> str:
    return files("cartoonize.report").joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
