"""References made from arrays."""

from typing import Any

from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.references import Reference


def reference_of(lightness: NDArray[Any], ab: NDArray[Any]) -> Reference:
    """Return a whole reference with this CIE L (h, w) and these a and b (h, w, 2)."""
    return Reference(lightness, ColorHints.everywhere(ab))
