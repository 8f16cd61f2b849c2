"""Detection of cuts between shots: hard ones, and fades through black."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

_SIZE = (32, 32)
#: A thumbnail with a smaller standard deviation, in codes, is flat: black, white or a plain card.
_FLAT = 2.0
#: A picture is bright if its mean and its standard deviation, in codes, are at least these.
_DARK, _CLEAR = 16.0, 3.0


class CutDetector:
    """Detector of cuts that needs no frames ahead.

    Two successive frames are reduced to thumbnails of 32x32 and compared by their decorrelation 1 - r, where
    r is the correlation. It is about 1 between different pictures, and near 0 through a fade, which only
    scales the picture. A frame starts a new shot if both hold:

    - The decorrelation exceeds ``floor`` plus the running level of the last frames. So fast continuous
      motion, such as a pan or a shaking close-up, is not a cut.
    - The mean absolute difference exceeds ``least_change``. So noise in dark frames is not a cut.

    A flat frame correlates with nothing. If one of the two frames is flat, the frame starts a new shot if the
    mean absolute difference exceeds ``flat_change``. The steps of a fade over ten frames stay below that.

    A fade through black is a cut if another picture comes out of the dark: one whose decorrelation from the
    picture before the fade exceeds ``floor``. A picture that fades out and in again stays one shot.

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
        self._bright: NDArray[np.float32] | None = None
        """The last bright thumbnail."""
        self._was_dark = False
        """True if the last thumbnail was not bright."""

    def is_cut(self, grey: NDArray[np.uint8]) -> bool:
        """Return whether the next frame, (height, width), starts a new shot. The first one does not."""
        thumbnail = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        last, self._last = self._last, thumbnail
        cut = last is not None and self._is_hard_cut(thumbnail, last)
        return self._is_new_after_dark(thumbnail, begins=cut or last is None) or cut

    def _is_new_after_dark(self, thumbnail: NDArray[np.float32], *, begins: bool) -> bool:
        """Return whether another picture than the last bright one comes out of the dark."""
        bright, was_dark = self._bright, self._was_dark
        is_bright = float(thumbnail.mean()) >= _DARK and float(thumbnail.std()) >= _CLEAR
        self._was_dark = not is_bright
        if is_bright or begins:
            self._bright = thumbnail if is_bright else None
        if begins or bright is None or not (was_dark and is_bright):
            return False
        return _decorrelation(thumbnail, bright) > self.floor

    def _is_hard_cut(self, thumbnail: NDArray[np.float32], last: NDArray[np.float32]) -> bool:
        change = float(np.abs(thumbnail - last).mean())
        deviations = float(thumbnail.std()), float(last.std())
        if min(deviations) < _FLAT:
            return change > self.flat_change
        decorrelation = _decorrelation(thumbnail, last)
        level, self._level = self._level, (self._level + decorrelation) / 2
        return change > self.least_change and decorrelation > self.floor + level


def _decorrelation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return one minus the correlation of two thumbnails that are not flat."""
    covariance = ((one - one.mean()) * (other - other.mean())).mean()
    return 1 - float(covariance) / (float(one.std()) * float(other.std()))
