"""Ink: the colours of the outlines around tracks, from the drawings with hints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.tracking.knots import N_KNOTS, between_knots, filled_from_neighbours
from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: A knot has a colour if at least this number of pixels has a hint there; a pixel between two knots counts
#: for both in part.
_MIN_PIXELS = 0.5


class Ink:
    """Colours of the outlines around tracks, by lightness.

    Without hints, `Parts.painted` gives outlines the hue of the paints around them. Real ink has a colour of
    its own, and the pixels between ink and paint have all mixtures of both.
    """

    def __init__(self) -> None:
        self._sums = np.zeros((0, N_KNOTS, 3))
        """(tracks, knots, 3) sums of pixels, a and b."""

    def add(self, tracks: NDArray[np.int64], parts: Parts, hints: ColorHints) -> None:
        """Add a drawing with hints whose regions belong to these tracks (regions,)."""
        known = (hints.confidence > 0) & parts.lines
        at, ab = tracks[parts.regions[known]], hints.ab[known].astype(np.float64)
        lower, upper_share = between_knots(parts.lightness[known])
        missing = int(tracks.max()) + 1 - len(self._sums)
        self._sums = np.pad(self._sums, ((0, max(missing, 0)), (0, 0), (0, 0)))
        for knots, share in ((lower, 1 - upper_share), (lower + 1, upper_share)):
            np.add.at(self._sums, (at, knots), np.insert(ab, 0, 1, 1) * share[:, None])

    def drawn(
        self, ab: NDArray[np.float32], tracks: NDArray[np.int64], parts: Parts
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Give outlines the colours of their ink.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            Colours of the drawing, from `Parts.painted`.
        tracks : int64 array, shape (regions,)
            Track of each region.
        parts : Parts
            Regions of the drawing.

        Returns
        -------
        float32 array, shape (height, width, 2)
            The same with the colours of all inks that are known.
        bool array, shape (height, width)
            True on outlines whose ink is known.
        """
        sums = np.zeros((len(tracks), N_KNOTS, 3))
        has_sums = tracks < len(self._sums)
        sums[has_sums] = self._sums[tracks[has_sums]]
        n_pixels = sums[..., :1]
        is_known: NDArray[np.bool_] = np.any(n_pixels >= _MIN_PIXELS, axis=(1, 2))
        at = parts.lines & is_known[parts.regions]
        if not at.any():
            return ab, at
        colors = sums[..., 1:] / np.maximum(n_pixels, _MIN_PIXELS)
        colors = filled_from_neighbours(np.where(n_pixels >= _MIN_PIXELS, colors, np.nan))
        regions, (lower, upper_share) = parts.regions[at], between_knots(parts.lightness[at])
        share = upper_share[:, None]
        ab = ab.copy()
        ab[at] = (1 - share) * colors[regions, lower] + share * colors[regions, lower + 1]
        return ab, at
