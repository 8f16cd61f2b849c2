"""Detection of a film gate: the rounded corners of the aperture through which a film was copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

#: A corner that is lighter than this, in codes of 0..255, shows the picture. The picture beside a dark corner
#: must be lighter than it by the second number, or nothing can be told.
_DARK, _LEAST_RISE = 56.0, 20.0
#: Smallest and largest radius of rounded corners, as shares of the smaller side of the picture.
_RADII = (0.015, 0.14)
#: A dark corner is round if it and the ideal one have this share of their union in common.
_ROUND = 0.6


@dataclass(frozen=True, slots=True)
class Corners:
    """Dark corners of one shot."""

    radii: tuple[float, float] | None
    """Vertical and horizontal radius in pixels; None if they are not round, or too dark to tell."""
    is_square: bool
    """True if two corners show the picture."""

    @classmethod
    def of(cls, bars: Sequence[int], shape: tuple[int, int], lightest: NDArray[np.float32]) -> Self:
        """Measure the corners of a shot.

        Parameters
        ----------
        bars : sequence of int
            Sizes of the bars at the top, the bottom, the left and the right, in pixels.
        shape : (int, int)
            Height and width of the frames.
        lightest : float32 array, shape (height, width)
            A small picture with the lightest value of each pixel in the shot.
        """
        height, width = lightest.shape
        factors = np.array(shape) / (height, width)
        top, bottom, left, right = (
            round(size / factor) for size, factor in zip(bars, np.repeat(factors, 2), strict=True)
        )
        inner = lightest[top : height - bottom, left : width - right]
        side = int(1.5 * _RADII[1] * min(inner.shape))
        if side < 8:
            return cls(None, False)
        corners = (inner, inner[::-1], inner[:, ::-1], inner[::-1, ::-1])
        found = [_corner(corner[:side, :side]) for corner in corners]
        radii = np.array([r for r in found if r is not None and r[0] > 0])
        is_square = sum(r is not None and r[0] == 0 for r in found) >= 2
        if len(radii) < 3 or is_square:
            return cls(None, is_square)
        median = np.median(radii, 0)
        if (np.abs(radii / median - 1) < 0.35).all(1).sum() < 3:
            return cls(None, False)
        vertical, horizontal = (median * factors).tolist()
        return cls((vertical, horizontal), False)


def _corner(corner: NDArray[np.float32]) -> tuple[float, float] | None:
    """Return the radii of a dark corner at the start of an array; 0, 0 if it is light; None if unknown."""
    level = float(corner[:2, :2].mean())
    inside = float(np.median(corner[len(corner) // 2 :, len(corner) // 2 :]))
    if level > _DARK:
        return 0.0, 0.0
    if inside - level < _LEAST_RISE:
        return None
    dark = (corner < level + 0.4 * (inside - level)).astype(np.uint8)
    _, labels = cv2.connectedComponents(dark, connectivity=4)
    dark = (labels == labels[0, 0]) & (dark > 0)
    area = int(dark.sum())
    down, across = (max(1, int(np.append(line, False).argmin())) for line in (dark[:, 0], dark[0]))
    ratio = float(np.clip(across / down, 0.6, 1.7))
    vertical = float(np.sqrt(area / (1 - np.pi / 4) / ratio))
    horizontal = vertical * ratio
    side = len(corner) / (1.5 * _RADII[1])
    if not _RADII[0] * side <= min(vertical, horizontal) <= max(vertical, horizontal) <= _RADII[1] * side:
        return None
    ideal = _outside(corner.shape, (vertical, horizontal))
    union = (ideal | dark).sum()
    return (vertical, horizontal) if (ideal & dark).sum() >= _ROUND * union else None


def _outside(shape: tuple[int, ...], radii: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which pixels of the first corner of a picture are outside of an ellipse with these radii."""
    down = np.clip(1 - (np.arange(shape[0]) + 0.5) / radii[0], 0, None)
    across = np.clip(1 - (np.arange(shape[1]) + 0.5) / radii[1], 0, None)
    return np.asarray(down[:, None] ** 2 + across**2 > 1)
