"""The page on which people judge pairs of pictures without knowing which method coloured them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.report.document import document, read_asset
from cartoonize.report.gallery import data_uri
from cartoonize.report.html import Content, Html, tag


@dataclass(frozen=True, eq=False)
class RatedPair:
    """Two pictures shown side by side, and what stays hidden from the person who judges them."""

    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    """(height, width, 3) sRGB. Rating: the grey picture and the coloured one. Real-or-fake: the original and
    the coloured one, on random sides."""
    method: str
    frame: int
    real: str = ""
    """Real-or-fake: the side of the original, ``left`` or ``right``."""


def rating_page(
    pairs: Sequence[RatedPair], *, mode: str, seconds: float, practice: RatedPair | None = None
) -> tuple[str, str]:
    """Return the identifier of a page and its HTML. Saved answers name the page by its identifier.

    Parameters
    ----------
    pairs : sequence of RatedPair
        Pairs in the order in which the page shows them.
    mode : {"rating", "real-or-fake"}
    seconds : float
        Real-or-fake: how long each pair is shown.
    practice : RatedPair, optional
        Real-or-fake: a pair that is shown first, with the answer, and does not count.
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
            tag("noscript", tag("p", "This page needs JavaScript, which is included in the page.")),
            _start(len(pairs), quiz, seconds, practice is not None),
            _item(quiz),
            _end(),
        ),
    ]
    style = read_asset("style.css") + read_asset("rating.css")
    page = document(
        title, body, style=style, script=read_asset("rating.js"), data=json.dumps({"page": key, **content})
    )
    return key, page


def _embedded(item: int, pair: RatedPair) -> dict[str, Any]:
    """Return a pair as data for the script.

    Method, frame and answer are encoded, so that nobody reads them by accident.
    """
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
        instructions: Content = [
            f"You will see {n_pairs} pairs of pictures, each for {shown}. One picture of each pair has its"
            " original colours, the other was coloured by a program. Choose the real one. Take as much time"
            " as you need to answer. If you do not know, guess.",
            " The first pair is for practice and does not count." if practice else "",
        ]
    else:
        instructions = (
            f"You will see {n_pairs} pairs of pictures: one in black and white, and the same picture in"
            " colour. Some have their original colours, others were coloured by a program. Give each coloured"
            " picture a mark for its colours: 0 is the worst, 10 is the best."
        )
    return tag(
        "section",
        tag("p", instructions, class_="lead"),
        tag(
            "form",
            tag("label", "Your name (optional)", for_="rater"),
            tag("input", id="rater", type="text", maxlength=60, autocomplete="off"),
            tag("button", "Begin", type="submit", class_="main"),
            id="begin",
        ),
        tag("p", id="resumed", role="status"),
        _keys(quiz),
        tag("p", "Nothing is sent anywhere. At the end, you save your answers as a file.", class_="note"),
        id="start",
    )


def _keys(quiz: bool) -> Html:
    keys: list[tuple[tuple[str, ...], str]]
    if quiz:
        keys = [(("←",), "left picture"), (("→",), "right picture")]
    else:
        keys = [(("0", "…", "9"), "marks 0 to 9"), (("T",), "mark 10"), (("←", "→"), "lower, higher")]
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
            "details",  # closed, since it names the methods and the person can still go back
            tag("summary", "Answers as text, in case the file cannot be saved"),
            tag("textarea", id="json", readonly=True, rows=12, spellcheck="false", aria_label="Your answers"),
            id="text",
        ),
        id="end",
        hidden=True,
    )
