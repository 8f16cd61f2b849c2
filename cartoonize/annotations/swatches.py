"""Swatches: pairs of rectangles, a place in every frame and the part of a reference with its colours."""

from __future__ import annotations

from cartoonize.errors import UsageError

#: Left, top, width and height as shares of the picture, 0..1.
Rectangle = tuple[float, float, float, float]
#: A rectangle in the frame, and one in the reference.
Swatch = tuple[Rectangle, Rectangle]

_REMEDY = "Give left, top, width and height as shares of the picture, 0..1."
#: Largest right and bottom edge. Rounding may move an edge slightly beyond 1.
_MAX_EDGE = 1.0001


def parse_swatch(text: str) -> Swatch:
    """Parse ``X,Y,W,H=X,Y,W,H``: a rectangle in the frame and one in the reference.

    Raises
    ------
    UsageError
        If the text is not two rectangles of four numbers each.
    """
    try:
        here, there = (tuple(float(v) for v in part.split(",")) for part in text.split("="))
        (a, b, c, d), (e, f, g, h) = here, there
    except ValueError as error:
        raise UsageError(
            f"swatch {text!r} is not X,Y,W,H=X,Y,W,H",
            "Give left, top, width and height in the frame and in the reference, as shares of the picture.",
        ) from error
    return (a, b, c, d), (e, f, g, h)


def check_rectangle(rectangle: Rectangle) -> None:
    """Raise `UsageError` if a rectangle is empty or not inside the picture."""
    left, top, width, height = rectangle
    inside = left >= 0 and top >= 0 and left + width <= _MAX_EDGE and top + height <= _MAX_EDGE
    if not (inside and width > 0 and height > 0):
        raise UsageError(f"swatch {','.join(f'{v:g}' for v in rectangle)} is not inside the picture", _REMEDY)
