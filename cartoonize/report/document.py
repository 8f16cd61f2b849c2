"""Self-contained HTML files: style, script and data are embedded, and nothing is fetched or sent."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from cartoonize.report.html import Content, Html, tag, text


def document(
    title: str, body: Content, *, style: str, script: str, data: str = "", videos: bool = False
) -> str:
    """Return a whole page.

    The content security policy allows this style and this script only, by their hashes, and pictures and
    videos only as data in the page. Markup that slipped in through a name could neither run nor fetch.

    Parameters
    ----------
    title : str
        Title of the window.
    body : content
        Content of the ``body`` element.
    style, script : str
        CSS and JavaScript source.
    data : str
        JSON for the script, embedded in the element with the id ``data``.
    videos : bool
        Allow videos that are embedded in the page.
    """
    media = " media-src data: blob:;" if videos else ""
    policy = (
        f"default-src 'none'; img-src data:;{media} style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    # JSON has "<" inside strings only. Escaped, no string can close the script element around it.
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


def read_asset(name: str) -> str:
    """Return the source of a stylesheet or script in this package."""
    return files("cartoonize.report").joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
