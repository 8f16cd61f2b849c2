"""Credits: bluish white letters, drawn stroke by stroke, on the blue of the series."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.sample.paints import CREDITS_BLUE, CREDITS_WHITE
from cartoonize.sample.pen import SUPERSAMPLING, points_of, reduced, rounded

# Strokes on a grid four units wide and six high, y downwards. "~" is a curve, "-" a sequence of lines.
_STROKES: dict[str, tuple[str, ...]] = {
    "A": ("- 0,6 2,0 4,6", "- .8,4 3.2,4"),
    "B": (
        "- 0,0 0,6",
        "~ 0,0 0,0 2.2,0 3.4,.6 3.4,2.3 2.2,3 0,3 0,3",
        "~ 0,3 0,3 2.4,3 4,3.8 4,5.2 2.4,6 0,6 0,6",
    ),
    "C": ("~ 3.9,1.2 2.4,0 .8,.6 0,3 .8,5.4 2.4,6 3.9,4.8",),
    "D": ("- 0,0 0,6", "~ 0,0 0,0 2,0 3.6,1.2 4,3 3.6,4.8 2,6 0,6 0,6"),
    "E": ("- 3.6,0 0,0 0,6 3.6,6", "- 0,3 3,3"),
    "F": ("- 3.6,0 0,0 0,6", "- 0,3 3,3"),
    "G": ("~ 3.9,1.2 2.4,0 .8,.6 0,3 .8,5.4 2.4,6 4,5 4,3.4 4,3.4", "- 4,3.4 2.6,3.4"),
    "H": ("- 0,0 0,6", "- 4,0 4,6", "- 0,3 4,3"),
    "I": ("- 0,0 0,6",),
    "J": ("~ 3,0 3,0 3,4.4 2.4,5.8 1.2,6 .2,5.2",),
    "K": ("- 0,0 0,6", "- 3.8,0 0,3.4", "- 1.4,2.4 4,6"),
    "L": ("- 0,0 0,6 3.6,6",),
    "M": ("- 0,6 .3,0 2.4,4 4.5,0 4.8,6",),
    "N": ("- 0,6 0,0 4,6 4,0",),
    "O": ("~ 2.2,0 .6,.7 0,3 .6,5.3 2.2,6 3.8,5.3 4.4,3 3.8,.7 2.2,0",),
    "P": ("- 0,0 0,6", "~ 0,0 0,0 2.4,0 3.9,.8 3.9,2.5 2.4,3.3 0,3.3 0,3.3"),
    "Q": ("~ 2.2,0 .6,.7 0,3 .6,5.3 2.2,6 3.8,5.3 4.4,3 3.8,.7 2.2,0", "- 2.8,4.4 4.4,6.4"),
    "R": ("- 0,0 0,6", "~ 0,0 0,0 2.4,0 3.9,.8 3.9,2.4 2.4,3.2 0,3.2 0,3.2", "- 2,3.2 4,6"),
    "S": ("~ 3.6,1 2.2,0 .6,.5 .3,1.8 1.6,2.8 3.2,3.5 3.7,4.8 2.6,5.9 1,5.9 0,4.9",),
    "T": ("- 0,0 4,0", "- 2,0 2,6"),
    "U": ("~ 0,0 0,0 0,4 .6,5.5 2,6 3.4,5.5 4,4 4,0 4,0",),
    "V": ("- 0,0 2,6 4,0",),
    "W": ("- 0,0 1.3,6 2.6,1.4 3.9,6 5.2,0",),
    "X": ("- 0,0 4,6", "- 4,0 0,6"),
    "Y": ("- 0,0 2,3 4,0", "- 2,3 2,6"),
    "Z": ("- 0,0 4,0 0,6 4,6",),
    "0": ("~ 2,0 .5,.8 0,3 .5,5.2 2,6 3.5,5.2 4,3 3.5,.8 2,0",),
    "1": ("- .6,1.2 2,0 2,6",),
    "2": ("~ .2,1.4 1,.2 2.8,.1 3.7,1.5 3,3 .1,6 .1,6", "- .1,6 4,6"),
    "3": ("~ .3,.9 1.8,0 3.4,.7 3.3,2.2 1.8,2.9 1.8,2.9", "~ 1.8,2.9 1.8,2.9 3.6,3.6 3.8,5 2.2,6 .2,5.2"),
    "4": ("- 3,6 3,0 0,4 4,4",),
    "5": ("- 3.6,0 .6,0 .4,2.6", "~ .4,2.6 .4,2.6 2,2.2 3.7,3 3.8,4.8 2.2,6 .2,5.3"),
    "6": ("~ 3.4,.4 1.6,1 .3,3 .2,4.8 1.2,6 2.9,6 3.8,4.6 3,3.1 1.4,3 .3,4.2",),
    "7": ("- 0,0 4,0 1.4,6",),
    "8": ("~ 2,0 .5,.8 .7,2.3 2,2.9 3.6,3.8 3.6,5.3 2,6 .4,5.3 .4,3.8 2,2.9 3.3,2.3 3.5,.8 2,0",),
    "9": ("~ 3.7,1.8 2.6,3 1,2.9 .2,1.4 1.1,0 2.8,0 3.8,1.2 3.7,3 2.4,5 .6,5.6",),
    "&": ("~ 4.4,6 2.4,3.4 .8,1.6 1.2,.2 2.6,.2 2.8,1.6 .6,3.4 .1,5 1.4,6 3,5.4 4.2,3.4",),
    " ": (),
}


def credits_card(title: str, subtitle: str, height: int, width: int) -> NDArray[np.uint8]:
    """Draw a card of the credits, with a large line above a smaller one.

    Parameters
    ----------
    title, subtitle : str
        Letters, digits, spaces and ``&``.
    height, width : int
        Size in pixels.

    Returns
    -------
    ndarray, shape (height, width, 3), uint8
        sRGB 0..255, at full opacity.
    """
    card = np.empty((height * SUPERSAMPLING, width * SUPERSAMPLING, 3), np.uint8)
    card[:] = CREDITS_BLUE
    unit = min(height, width) * SUPERSAMPLING / 480
    _write(card, title.upper(), 208 * unit, 9.4 * unit)
    _write(card, subtitle.upper(), 300 * unit, 5.6 * unit)
    return reduced(card)


def faded(picture: NDArray[np.uint8], opacity: float) -> NDArray[np.uint8]:
    """Return the picture with an opacity of 0..1 over black."""
    return np.rint(picture * np.float32(opacity)).astype(np.uint8)


def _write(card: NDArray[np.uint8], text: str, middle: float, unit: float) -> None:
    """Write a centred line. ``unit`` is a sixth of the height of its letters, in pixels of the card."""
    glyphs = [[_stroke(s) for s in _STROKES[c]] for c in text]
    widths = [max((s[:, 0].max() for s in glyph), default=2.2) for glyph in glyphs]
    gap = 1.9
    unit = min(unit, 0.86 * card.shape[1] / (sum(widths) + gap * len(text)))
    x = card.shape[1] / 2 - unit * (sum(widths) + gap * (len(text) - 1)) / 2
    for glyph, width in zip(glyphs, widths, strict=True):
        for stroke in glyph:
            points = stroke * unit + [x, middle - 3 * unit]
            pixels = np.rint(points * 16).astype(np.int32)
            cv2.polylines(card, [pixels], False, CREDITS_WHITE, max(1, round(1.15 * unit)), cv2.LINE_AA, 4)
        x += (width + gap) * unit


def _stroke(text: str) -> NDArray[np.float64]:
    kind, points = text.split(maxsplit=1)
    return rounded(points, closed=False) if kind == "~" else points_of(points)
