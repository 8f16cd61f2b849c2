"""Where one shot ends and the next begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_SIZE = (32, 32)
_FLAT = 2.0  # a thumbnail that deviates less, in codes, shows nothing: black, white, a plain card


class CutDetector:
    """Find hard cuts, frame by frame, without looking ahead.

    Two successive frames, as thumbnails of 32x32, are compared by 1 - r, r being their correlation: it is
    about 1 when the picture is another one, and stays near 0 through a fade, which only scales it. A cut is
    where that exceeds ``floor`` by more than the running level of the last few frames, so that what moves
    fast all the time (a pan, a close-up that shakes) is no cut, and the frames differ by at least
    ``least_change`` on the mean, so that dark frames with a little noise are none either. Nothing
    correlates with a flat frame: into and out of one the mean change alone decides, by ``flat_change``,
    which the steps of a fade of ten frames stay under.

    Parameters
    ----------
    floor : float
        Decorrelation that a cut has in a still scene, 0..1.
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
        """Tell whether the next frame, (height, width), starts a new shot; of the first frame: no."""
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
