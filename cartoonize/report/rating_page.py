"""The page on which people judge pairs of pictures, without knowing what coloured them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.report.document import document, own_file
from cartoonize.report.gallery import data_uri
from cartoonize.report.html import Content, Html, tag


@dataclass(frozen=True, eq=False)
class RatedPair:
    """Two pictures that are shown beside each other, and what nobody is to know who looks at them."""

    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    """(h, w, 3) sRGB: the grey picture and the coloured one, or, of real-or-fake, the two coloured ones."""
    method: str
    frame: int
    real: str = ""
    """Of real-or-fake: ``left`` or ``right``, the side of the original."""


def rating_page(
    pairs: Sequence[RatedPair], *, mode: str, seconds: float, practice: RatedPair | None = None
) -> tuple[str, str]:
    """Return a page and its id, by which answers know what they belong to.

    Parameters
    ----------
    pairs : sequence of RatedPair
        In the order in which they are shown.
    mode : {"rating", "real-or-fake"}
    seconds : float
        Of real-or-fake: how long a pair is shown.
    practice : RatedPair, optional
        Of real-or-fake: shown first, with the answer, and not counted.
    """
    height, width = pairs[0].left.shape[:2]
    content = {
        "mode": mode,
        "seconds": seconds,
        "width": width,
        "height": height,
        "practice": _embedded(0, practice) if practice else None,
        "items": [_embedded(number, pair) for number, pair in enumerate(pairs, 1)],
    }
    key = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    quiz = mode == "real-or-fake"
    title = "Which picture is the real one?" if quiz else "How good are the colours?"
    body = [
        tag("header", tag("h1", title)),
        tag(
            "main",
            tag("noscript", tag("p", "This page needs JavaScript, which is in the page itself.")),
            _start(len(pairs), quiz, seconds, practice is not None),
            _item(quiz),
            _end(),
        ),
    ]
    style = own_file("style.css") + own_file("rating.css")
    page = document(
        title, body, style=style, script=own_file("rating.js"), data=json.dumps({"page": key, **content})
    )
    return key, page


def _embedded(item: int, pair: RatedPair) -> dict[str, Any]:
    """Return a pair as the script reads it; what is secret is coded, so that no glance at it tells."""
    secret = json.dumps({"method": pair.method, "frame": pair.frame, "real": pair.real})
    return {
        "item": item,
        "left": data_uri(pair.left),
        "right": data_uri(pair.right),
        "key": base64.b64encode(secret.encode()).decode(),
    }


def _start(n_pairs: int, quiz: bool, seconds: float, practice: bool) -> Html:
    if quiz:
        shown = f"{seconds:g} second" + ("" if seconds == 1 else "s")
        told: Content = [
            f"You see {n_pairs} pairs of pictures, each for {shown}. One picture of a pair has its own"
            " colours, the other was coloured by a program. Say which is the real one; take all the time that"
            " you need for it. If you do not know, guess.",
            " The first pair is for practice and does not count." if practice else "",
        ]
    else:
        told = (
            f"You see {n_pairs} pairs of pictures: one in black and white, and beside it the same in colour."
            " Some colours are the original ones, others were made by a program. Give each a mark for how"
            " good its colours are: 0 is as bad as can be, 10 could not be better."
        )
    return tag(
        "section",
        tag("p", told, class_="lead"),
        tag(
            "form",
            tag("label", "Your name, if you like", for_="rater"),
            tag("input", id="rater", type="text", maxlength=60, autocomplete="off"),
            tag("button", "Begin", type="submit", class_="main"),
            id="begin",
        ),
        tag("p", id="resumed", role="status"),
        _keys(quiz),
        tag("p", "Nothing is sent anywhere: at the end you save your answers as a file.", class_="note"),
        id="start",
    )


def _keys(quiz: bool) -> Html:
    keys: list[tuple[tuple[str, ...], str]]
    if quiz:
        keys = [(("←",), "the left one"), (("→",), "the right one")]
    else:
        keys = [(("0", "…", "9"), "that mark"), (("T",), "ten"), (("←", "→"), "a mark less, a mark more")]
    keys += [(("Enter",), "next"), (("Backspace",), "back")]
    rows = [
        tag("li", [tag("kbd", name) if name != "…" else " to " for name in names], f" {what}")
        for names, what in keys
    ]
    return tag("ul", rows, class_="keys", aria_label="Keys")


def _item(quiz: bool) -> Html:
    captions = {"left": "left", "right": "right"} if quiz else {"left": "black and white", "right": "colour"}
    pictures = [
        tag("figure", tag("img", id=side, alt=f"{caption} picture"), tag("figcaption", caption))
        for side, caption in captions.items()
    ]
    marks = [("left", "Left"), ("right", "Right")] if quiz else [(str(k), str(k)) for k in range(11)]
    radios = [
        tag("label", tag("input", type="radio", name_="mark", value=value), tag("span", shown), class_="mark")
        for value, shown in marks
    ]
    scale = None if quiz else tag("p", tag("span", "bad"), tag("span", "good"), class_="scale-ends")
    question = "Which one is the real one?" if quiz else "How good are the colours?"
    return tag(
        "section",
        tag("h2", id="progress", tabindex="-1"),
        tag("progress", id="bar", aria_hidden="true"),
        tag("div", pictures, class_="pair", id="pair"),
        tag(
            "form",
            tag("fieldset", tag("legend", question), tag("div", radios, class_="marks"), scale),
            tag("p", id="said", role="status"),
            tag(
                "div",
                tag("button", "Back", type="button", id="back"),
                tag("button", "Next", type="submit", class_="main", id="next"),
                tag("button", "Stop here", type="button", id="stop"),
                class_="ways",
            ),
            id="answer",
        ),
        _keys(quiz),
        id="item",
        class_="quiz" if quiz else "rating",
        hidden=True,
    )


def _end() -> Html:
    return tag(
        "section",
        tag("h2", "Thank you", id="thanks", tabindex="-1"),
        tag("p", id="told"),
        tag(
            "div",
            tag("button", "Save", type="button", class_="main", id="save"),
            tag("button", "Copy", type="button", id="copy"),
            tag("button", "Back", type="button", id="return"),
            tag("button", "Next person", type="button", id="again", hidden=True),
            class_="ways",
        ),
        tag("p", id="saved", role="status"),
        tag(
            "details",  # closed: it names the methods, and who looks may still go back
            tag("summary", "The same as text, if the file cannot be saved"),
            tag("textarea", id="json", readonly=True, rows=12, spellcheck="false", aria_label="Your answers"),
            id="text",
        ),
        id="end",
        hidden=True,
    )
