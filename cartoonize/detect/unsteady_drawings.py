"""Detection of held drawings on worn prints, whose frames are shifted and change in brightness."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.detect.print_steadiness import PrintSteadiness
from cartoonize.detect.registration import placed, register
from cartoonize.unsteadiness import Unsteadiness

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Largest shift of a held drawing, as a share of the height.
_MAX_SHIFT = 0.02
#: Largest change of contrast, and of the mean brightness in codes.
_MAX_GAIN, _MAX_CHANGE = 0.1, 24.0
#: The share of the local contrast that is tolerated is larger than in a steady film by this factor, because
#: shifted frames are interpolated.
_INTERPOLATION = 2.0
#: Sides of the neighbourhoods whose means are compared if there is grain, in pixels.
_SIZES = (3, 7, 15)
#: Changes of the means by this many standard deviations are tolerated as grain, ...
_N_DEVIATIONS = 7.0
#: ... if this is at most so many codes. Stronger grain hides what changes, so that nothing counts as held.
_MAX_GRAIN = 15.0
#: Median of |x| of a normal distribution, in standard deviations.
_MEDIAN = 0.6745


class PrintDrawingDetector:
    """Detector of new drawings that recognises a held one also where the print is unsteady.

    As long as the print is steady (`PrintSteadiness`), frames are compared as `DrawingDetector` does, with
    the same result. On an unsteady print, a frame that seems to be new is registered on the last drawing
    (`register`), and compared after that. The border where the shift hides a part of the drawing is left out.

    Grain changes all means of 3x3 pixels a little. Changes by up to seven standard deviations are tolerated
    then, and means of 7x7 and 15x15 pixels, which hold less grain, are compared in addition.
    """

    def __init__(self) -> None:
        self._drawings, self._print = DrawingDetector(), PrintSteadiness()
        self._was_exact = False
        """True if the frame before shows the last drawing exactly."""

    def add(
        self, grey: NDArray[np.uint8], *, is_cut: bool = False, begins: bool = False
    ) -> tuple[bool, Unsteadiness | None]:
        """Add the next frame; return whether it is a new drawing, and how it differs from the held one.

        Parameters
        ----------
        grey : uint8 array, shape (height, width)
            The frame at source size, 0..255.
        is_cut : bool
            True if it begins a shot.
        begins : bool
            True if the frame counts as a new drawing in any case.

        Returns
        -------
        bool
            True if it shows another drawing than the frames before.
        Unsteadiness or None
            Position and brightness relative to the first frame of the drawing; None if they are the same.
        """
        is_held = self._drawings.is_held(grey)
        self._print.add(grey, is_same=is_held and self._was_exact, is_cut=is_cut)
        self._was_exact = True
        if is_held:
            return False, None
        if self._print.is_unsteady and not is_cut and not begins:
            found = self._held_at(grey)
            if found is not None:
                self._was_exact = False
                return False, found
        self._drawings.begin(grey)
        return True, None

    def _held_at(self, grey: NDArray[np.uint8]) -> Unsteadiness | None:
        """Return position and brightness of a frame that holds the last drawing; None if it does not."""
        drawing = self._drawings.drawing
        if drawing is None or drawing.shape != grey.shape:
            return None
        at = register(grey, drawing).frame
        brighter = (at.gain - 1) * float(drawing.mean()) + at.offset
        if (
            at.distance > _MAX_SHIFT * len(grey)
            or abs(at.gain - 1) > _MAX_GAIN
            or abs(brighter) > _MAX_CHANGE
        ):
            return None
        steady = (placed(grey, at) - np.float32(at.offset)) / np.float32(at.gain)
        inside = _inside(at.down), _inside(at.right)
        change = (np.clip(steady, 0, 255) - drawing)[inside]
        return at if self._is_tolerated(change, self._drawings.tolerance[inside]) else None

    def _is_tolerated(self, change: NDArray[np.float32], tolerance: NDArray[np.float32]) -> bool:
        """Return whether changes (height, width), in codes, are due to coding, interpolation and grain."""
        least = self._drawings.local_change
        tolerance = least + np.float32(_INTERPOLATION) * (tolerance - least)
        for size in _SIZES:
            means = np.abs(cv2.blur(change, (size, size), borderType=cv2.BORDER_REPLICATE))
            grain = _N_DEVIATIONS * float(np.median(means[::2, ::2])) / _MEDIAN
            if grain > _MAX_GRAIN or bool((means > tolerance + max(grain - least, 0)).any()):
                return False
            if grain <= least:
                return True
        return True


def _inside(shift: float) -> slice:
    """Return the rows or columns that a drawing and a frame shifted by so many pixels have in common."""
    return slice(1 + math.ceil(max(-shift, 0)), -1 - math.ceil(max(shift, 0)))
