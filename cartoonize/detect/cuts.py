"""Detection of hard cuts between shots."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

_SIZE = (32, 32)
#: A thumbnail with a smaller standard deviation, in codes, is flat: black, white or a plain card.
_FLAT = 2.0


class CutDetector:
    """Detector of hard cuts that needs no frames ahead.

    Two successive frames are reduced to thumbnails of 32x32 and compared by their decorrelation 1 - r, where
    r is the correlation. It is about 1 between different pictures, and near 0 through a fade, which only
    scales the picture. A frame starts a new shot if both hold:

    - The decorrelation exceeds ``floor`` plus the running level of the last frames. So fast continuous
      motion, such as a pan or a shaking close-up, is not a cut.
    - The mean absolute difference exceeds ``least_change``. So noise in dark frames is not a cut.

    A flat frame correlates with nothing. If one of the two frames is flat, the frame starts a new shot if the
    mean absolute difference exceeds ``flat_change``. The steps of a fade over ten frames stay below that.

    Parameters
    ----------
    floor : float
        Decorrelation of a cut in a still scene, 0..1.
    least_change, flat_change : float
        Mean absolute difference, in codes of 0..255.
    """

    def __init__(self, *, floor: float = 0.45, least_change: float = 5.0, flat_change: float = 24.0) -> None:
        self.floor = floor
        self.least_change = least_change
        self.flat_change = flat_change
        self._last: NDArray[np.float32] | None = None
        self._level = 0.0

    def is_cut(self, grey: NDArray[np.uint8]) -> bool:
        """Return whether the next frame, (height, width), starts a new shot. The first one does not."""
        thumbnail = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        last, self._last = self._last, thumbnail
        if last is None:
            return False
        change = float(np.abs(thumbnail - last).mean())
        deviations = float(thumbnail.std()), float(last.std())
        if min(deviations) < _FLAT:
            return change > self.flat_change
        covariance = ((thumbnail - thumbnail.mean()) * (last - last.mean())).mean()
        decorrelation = 1 - float(covariance) / (deviations[0] * deviations[1])
        level, self._level = self._level, (self._level + decorrelation) / 2
        return change > self.least_change and decorrelation > self.floor + level
