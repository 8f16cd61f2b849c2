"""Detection of held drawings: frames in which nothing visible changed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

_NEIGHBOURHOOD = np.ones((5, 5), np.uint8)


class DrawingDetector:
    """Detector that distinguishes new drawings from held ones.

    A frame is compared with the last *new* drawing, so a slow drift adds up until it is detected. A frame
    holds the drawing if both are true:

    - No 3x3 neighbourhood changed its mean by more than ``local_change`` codes plus ``masking`` times the
      local contrast of the drawing (the range of the 5x5 neighbourhood).
    - The mean of the whole picture changed by at most ``mean_change``.

    The means average out coding noise in a held drawing. The contrast term tolerates it where it is largest:
    next to sharp outlines, where H.264 changes single pixels by a fifth of the contrast. Two pixels of a flat
    paint that change by 20 codes, a line that moves by one pixel, and a fade by 1% are new drawings. If grain
    changes more than that, every frame is a new drawing.

    Parameters
    ----------
    local_change : float
        Tolerated change of a 3x3 mean, in codes of 0..255.
    masking : float
        Share of the local contrast that is tolerated in addition.
    mean_change : float
        Tolerated change of the picture's mean, in codes of 0..255. It detects fades too slow to show locally.
    """

    def __init__(
        self, *, local_change: float = 3.0, masking: float = 0.06, mean_change: float = 0.25
    ) -> None:
        self.local_change = local_change
        self.masking = masking
        self.mean_change = mean_change
        self.drawing: NDArray[np.uint8] | None = None
        """First frame of the last drawing, (height, width); None before the first one."""
        self._tolerance: NDArray[np.float32] | None = None  # for the sum over 3x3 pixels

    def is_new(self, grey: NDArray[np.uint8]) -> bool:
        """Return whether the next frame, (height, width) at source size, is a new drawing; the first is."""
        if self.is_held(grey):
            return False
        self.begin(grey)
        return True

    def is_held(self, grey: NDArray[np.uint8]) -> bool:
        """Return whether a frame holds the last drawing."""
        drawing = self.drawing
        return drawing is not None and drawing.shape == grey.shape and self._holds(drawing, grey)

    def begin(self, grey: NDArray[np.uint8]) -> None:
        """Begin a new drawing with this frame."""
        contrast = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, _NEIGHBOURHOOD)
        self._tolerance = 9 * (self.local_change + np.float32(self.masking) * contrast)
        self.drawing = grey.copy()

    @property
    def tolerance(self) -> NDArray[np.float32]:
        """(height, width) tolerated changes of the 3x3 means of the last drawing, in codes."""
        assert self._tolerance is not None
        return self._tolerance / np.float32(9)

    def _holds(self, drawing: NDArray[np.uint8], grey: NDArray[np.uint8]) -> bool:
        change = cv2.subtract(grey, drawing, dtype=cv2.CV_16S)
        if abs(cv2.mean(change)[0]) > self.mean_change:
            return False
        sums = cv2.boxFilter(change, cv2.CV_16S, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
        return not bool((np.abs(sums) > self._tolerance).any())
