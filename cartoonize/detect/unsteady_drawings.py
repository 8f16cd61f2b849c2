"""Detection of held drawings on worn prints, whose frames are shifted and change in brightness."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.detect.print_steadiness import PrintSteadiness
from cartoonize.detect.registration import Registration, placed, register, steadied
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
#: Largest share of the differences between two drawings that their registration may leave.
_MAX_UNEXPLAINED = 0.8
#: Median of |x| of a normal distribution, in standard deviations.
_MEDIAN = 0.6745


class PrintDrawingDetector:
    """Detector of new drawings that recognises a held one also where the print is unsteady.

    As long as the print is steady (`PrintSteadiness`), frames are compared as `DrawingDetector` does, with
    the same result. On an unsteady print, a frame that seems to be new is registered on the last drawing
    (`register`), and compared after that. The border where the shift hides a part of the drawing is left out.

    Drawings that follow each other are registered, too. ``picture`` has the position and brightness of the
    first frame of the shot, so that colours that depend on the brightness stay the same.

    Grain changes all means of 3x3 pixels a little. Changes by up to seven standard deviations are tolerated
    then, and means of 7x7 and 15x15 pixels, which hold less grain, are compared in addition.
    """

    def __init__(self) -> None:
        self._drawings, self._print = DrawingDetector(), PrintSteadiness()
        self._was_exact = False
        """True if the frame before shows the last drawing exactly."""
        self._at: Unsteadiness | None = None
        """How the first frame of the last drawing differs from that of its shot; None if it does not."""
        self._picture = np.empty((0, 0), np.uint8)

    @property
    def picture(self) -> NDArray[np.uint8]:
        """(height, width) 0..255: the last drawing, at the position and brightness of its shot."""
        return self._picture

    def add(
        self, grey: NDArray[np.uint8], *, is_cut: bool = False, begins: bool = False
    ) -> tuple[bool, Unsteadiness | None]:
        """Add the next frame; return whether it is a new drawing, and how it differs from ``picture``.

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
            Position and brightness relative to ``picture``; None if they are the same.
        """
        is_held = self._drawings.is_held(grey)
        self._print.add(grey, is_same=is_held and self._was_exact, is_cut=is_cut)
        self._was_exact = True
        if is_held:
            return False, self._at
        drawing = self._drawings.drawing
        follows = drawing is not None and drawing.shape == grey.shape and not (is_cut or begins)
        if drawing is None or not follows or not self._print.is_unsteady:
            self._begin(grey, None)
            return True, None
        self._was_exact = False
        found = register(grey, drawing)
        before = self._at or Unsteadiness()
        if self._is_held_at(grey, drawing, found.frame):
            return False, found.frame.on(before)
        at = _trusted(found, drawing).on(before)
        is_usual = _is_near(at, drawing) and _is_alike(at, drawing) and at != Unsteadiness()
        self._begin(grey, at if is_usual else None)
        return True, self._at

    def _begin(self, grey: NDArray[np.uint8], at: Unsteadiness | None) -> None:
        """Begin a new drawing. It is kept as it is, because a picture that was moved twice is blurred."""
        self._drawings.begin(grey)
        self._at = at
        self._picture = grey if at is None else steadied(grey, at)

    def _is_held_at(self, grey: NDArray[np.uint8], drawing: NDArray[np.uint8], at: Unsteadiness) -> bool:
        """Return whether a frame holds the last drawing at a position and brightness."""
        if not (_is_near(at, drawing) and _is_alike(at, drawing)):
            return False
        steady = (placed(grey, at) - np.float32(at.offset)) / np.float32(at.gain)
        inside = _inside(at.down), _inside(at.right)
        change = (np.clip(steady, 0, 255) - drawing)[inside]
        return self._is_tolerated(change, self._drawings.tolerance[inside])

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


def _is_near(at: Unsteadiness, drawing: NDArray[np.uint8]) -> bool:
    """Return whether a shift is so small that it may be weave."""
    return at.distance <= _MAX_SHIFT * len(drawing)


def _is_alike(at: Unsteadiness, drawing: NDArray[np.uint8]) -> bool:
    """Return whether a change of brightness is so small that it may be flicker."""
    brighter = (at.gain - 1) * float(drawing.mean()) + at.offset
    return abs(at.gain - 1) <= _MAX_GAIN and abs(brighter) <= _MAX_CHANGE


def _trusted(found: Registration, drawing: NDArray[np.uint8]) -> Unsteadiness:
    """Return the parts of a registration that explain how a new drawing differs."""
    at = found.frame
    if found.unexplained_shift > _MAX_UNEXPLAINED or not _is_near(at, drawing):
        at = replace(at, down=0.0, right=0.0)
    if found.unexplained_change > _MAX_UNEXPLAINED or not _is_alike(at, drawing):
        at = replace(at, gain=1.0, offset=0.0)
    return at
