"""Steady colours: pixels that continue from one drawing to the next keep most of their colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.optical_flow import Paths

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Weight of the colour in the previous drawing.
_PREVIOUS_WEIGHT = 0.85
#: Largest change of the CIE L of a pixel that continues.
_MAX_CHANGE = 6.0


class Steady:
    """Running mean of the colours of one shot along the paths of its pixels.

    A track keeps its colours, but the borders of its regions change in every drawing if there is grain. The
    running mean hides this. It has no effect during a fade, which changes the lightness of all pixels.
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
            Decided colours.
        lightness : float32 array, shape (height, width)
            CIE L, 0..100.
        paths : Paths, optional
            Paths between the previous drawing and this one; None for the first drawing.
        exact : bool array, shape (height, width), optional
            True for pixels whose decided colour is shown unchanged.

        Returns
        -------
        float32 array, shape (height, width, 2)
        """
        if paths is not None and self._ab is not None:
            continues = paths.back >= 0
            continues &= np.abs(lightness - self._lightness.ravel()[paths.back]) < _MAX_CHANGE
            if exact is not None:
                continues &= ~exact
            before = self._ab.reshape(-1, 2)[paths.back[continues]]
            ab = ab.copy()
            ab[continues] += np.float32(_PREVIOUS_WEIGHT) * (before - ab[continues])
        self._ab, self._lightness = ab, lightness
        return ab
