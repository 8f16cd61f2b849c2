"""Rows of pictures, each with its score. A click opens a picture at full size."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.report.html import Content, Html, tag
from cartoonize.report.measures import is_number, measure_of
from cartoonize.report.results import Result

_QUALITY = 84
#: Scores below a picture.
_SHOWN = ("ciede2000", "share_within_10", "vivid_within_10")


@dataclass(frozen=True)
class Picture:
    """One frame of one film."""

    caption: str
    pixels: NDArray[np.uint8]
    """(height, width, 3) sRGB, at the size of the source."""
    score: str = ""
    """Scores of the frame as text."""


@dataclass(frozen=True)
class Row:
    """Pictures that stand side by side: usually one frame in several versions."""

    title: str
    pictures: Sequence[Picture]
    note: Content = None
    wide: bool = False
    """Give each picture a line of its own."""


def gallery(rows: Sequence[Row]) -> list[Html]:
    """Return rows of pictures as HTML. Rows without pictures are left out."""
    return [_row(row) for row in rows if row.pictures]


def frame_score(result: Result, index: int, keys: Sequence[str] = _SHOWN) -> str:
    """Return the scores of one frame of a result as text."""
    frame = next((f for f in result.frames if f["frame"] == index), {})
    known = [(measure_of(key), frame.get(key)) for key in keys]
    parts = (f"{m.title} {m.format(v)}{'%' if m.percent else ''}" for m, v in known if is_number(v))
    return " · ".join(part.replace(" ", "\u00a0") for part in parts)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return a picture (height, width, 3) as a data URI: WebP at the picture's own size."""
    encoded, data = cv2.imencode(".webp", picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    assert encoded
    return "data:image/webp;base64," + base64.b64encode(data.tobytes()).decode()


def read_picture(path: Path) -> NDArray[np.uint8] | None:
    """Read a picture file as sRGB (height, width, 3), or return None if it is not a picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if pixels is None else np.ascontiguousarray(pixels[..., ::-1])


def _row(row: Row) -> Html:
    figures = [_figure(row, picture) for picture in row.pictures]
    note = tag("p", row.note, class_="note") if row.note else None
    return tag(
        "div",
        tag("h3", row.title),
        note,
        tag("div", figures, class_="row wide" if row.wide else "row"),
        class_="moment",
    )


def _figure(row: Row, picture: Picture) -> Html:
    height, width = picture.pixels.shape[:2]
    about = f"{picture.caption}: {row.title}" + (f", {picture.score}" if picture.score else "")
    image = tag("img", src=data_uri(picture.pixels), alt=about, width=width, height=height)
    score = tag("span", picture.score, class_="score") if picture.score else None
    return tag(
        "figure",
        tag("button", image, type="button", class_="picture", title="Open at full size"),
        tag("figcaption", tag("b", picture.caption), score),
    )
