"""One HTML file with its own style, script and data, that may fetch nothing and send nothing."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from cartoonize.report.html import Content, Html, tag, text


def document(
    title: str, body: Content, *, style: str, script: str, data: str = "", films: bool = False
) -> str:
    """Return a whole page.

    Style and script are allowed by their hashes alone, pictures and films only as data in the page. A name
    that found its way in as markup could neither run nor fetch anything.

    Parameters
    ----------
    title : str
        In the window's head.
    body : content
    style, script : str
        Sources.
    data : str
        JSON for the script, in the element ``data``.
    films : bool
        Whether it has any.
    """
    media = " media-src data: blob:;" if films else ""
    policy = (
        f"default-src 'none'; img-src data:;{media} style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    # In JSON, "<" stands only inside strings: written so, no string can end the element that it is in.
    embedded = Html(data.replace("<", "\\u003c"))
    return text(
        [
            Html('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'),
            tag("meta", http_equiv="Content-Security-Policy", content=policy),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'),
            tag("title", title),
            tag("style", Html(style)),
            Html("</head>\n<body>\n"),
            body,
            Html("\n"),
            tag("script", embedded, type="application/json", id="data") if data else None,
            tag("script", Html(script)),
            Html("</body></html>\n"),
        ]
    )


def own_file(name: str) -> str:
    """Return the source of a style or script of this room."""
    return files("cartoonize.report").joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
