"""Text on pictures."""

from __future__ import annotations

import unicodedata
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]

#: Height of a line as a multiple of the size of the text.
LINE = 1.5


def write_on(
    picture: NDArray[np.uint8],
    text: str,
    left: int,
    baseline: int,
    *,
    size: int,
    color: Color,
    bold: bool = False,
) -> None:
    """Write a line of text on a picture, in place. Text beyond the right edge is cut off.

    Parameters
    ----------
    picture : uint8 array, shape (height, width, 3)
        Picture to write on; contiguous.
    text : str
        Text. Without OpenCV 5, letters that are not ASCII lose their accents.
    left, baseline : int
        Column of the first letter and row of the baseline.
    size : int
        Height of the letters in pixels.
    color : (int, int, int)
        Colour in the order of the channels.
    bold : bool
        Use thicker letters.
    """
    font = _font()
    if font is not None:
        weight = 650 if bold else 450
        cv2.putText(picture, text, (left, baseline), color, font, size, weight)
        return
    thickness = 2 if bold else 1
    face, scale = cv2.FONT_HERSHEY_SIMPLEX, size / 30
    cv2.putText(picture, _ascii(text), (left, baseline), face, scale, color, thickness, cv2.LINE_AA)


def width_of(text: str, *, size: int, bold: bool = False) -> int:
    """Return the width of a line of text in pixels."""
    font = _font()
    if font is not None:
        weight = 650 if bold else 450
        rectangle: Any = cv2.getTextSize((0, 0), text, (0, 0), font, size, weight)
        return int(rectangle[0] + rectangle[2])
    face = cv2.FONT_HERSHEY_SIMPLEX
    return int(cv2.getTextSize(_ascii(text), face, size / 30, 2 if bold else 1)[0][0])


def shortened(text: str, width: int, *, size: int, bold: bool = False) -> str:
    """Return a text that fits into a width in pixels. Letters in the middle are replaced by dots."""
    if width_of(text, size=size, bold=bold) <= width:
        return text
    for n in range(len(text) - 1, 1, -1):
        short = f"{text[: (n + 1) // 2]}...{text[len(text) - n // 2 :]}"
        if width_of(short, size=size, bold=bold) <= width:
            return short
    return text[:1]


def _font() -> Any:
    """Return the proportional font of OpenCV 5, or None for an earlier version."""
    return cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain or "?" * len(text)
