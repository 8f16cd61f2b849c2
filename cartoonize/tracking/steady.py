"""Steady colours: what goes on from one drawing to the next keeps most of the colour that it was shown in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.optical_flow import Paths

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Share of the colour before, where it goes on.
_KEPT = 0.85
#: Greatest change of CIE L of what goes on.
_SAME = 6.0


class Steady:
    """The colours of successive drawings of one shot, as they are shown.

    A track keeps its colours, but in grain the regions at which they end are others in every drawing. A
    running mean along the paths of the pixels, as old as the thing is in sight, hides that. A fade changes
    the lightness of everything; there colours are as decided.
    """

    def __init__(self) -> None:
        self._ab: NDArray[np.float32] | None = None
        self._lightness = np.empty(0, np.float32)

    def show(
        self,
        ab: NDArray[np.float32],
        lightness: NDArray[np.float32],
        paths: Paths | None,
        exact: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """Return the colours in which the next drawing is shown.

        Parameters
        ----------
        ab : float32 array, shape (height, width, 2)
            As decided.
        lightness : float32 array, shape (height, width)
            CIE L, 0..100.
        paths : Paths, optional
            From the drawing before; none if this is the first.
        exact : bool array, shape (height, width), optional
            Pixels whose colour is given, to be shown as it is.
        """
        if paths is not None and self._ab is not None:
            goes_on = paths.back >= 0
            goes_on &= np.abs(lightness - self._lightness.ravel()[paths.back]) < _SAME
            if exact is not None:
                goes_on &= ~exact
            before = self._ab.reshape(-1, 2)[paths.back[goes_on]]
            ab = ab.copy()
            ab[goes_on] += np.float32(_KEPT) * (before - ab[goes_on])
        self._ab, self._lightness = ab, lightness
        return ab
