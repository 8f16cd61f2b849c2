"""Colours as text: ``#rrggbb``, sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rgb_of(color: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0..255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def lab_of(color: str) -> NDArray[np.float32]:
    """Return CIELAB, shape (3,)."""
    from cartoonize.color.lab import rgb_to_lab

    return np.asarray(rgb_to_lab(np.array([[rgb_of(color)]], np.uint8))[0, 0], np.float32)


def hex_of(lightness: float, ab: NDArray[np.floating[Any]]) -> str:
    """Return a colour from CIE L, 0..100, and ab, shape (2,)."""
    from cartoonize.color.lab import lab_to_rgb, quantize

    lab = np.array([[[lightness, float(ab[0]), float(ab[1])]]])
    red, green, blue = quantize(lab_to_rgb(lab))[0, 0].tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"
