"""Detection of cuts between shots: hard ones, and fades through black."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.area_means import thumbnail

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 3

#: Height and width of a thumbnail.
_SIDE = 32
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
        self._last: _Thumbnail | None = None
        self._level = 0.0
        self._bright: _Thumbnail | None = None
        """The last bright thumbnail."""
        self._was_dark = False
        """True if the last thumbnail was not bright."""

    def is_cut(self, grey: NDArray[np.uint8]) -> bool:
        """Return whether the next frame, (height, width), starts a new shot. The first one does not."""
        small = _Thumbnail.of(grey)
        last, self._last = self._last, small
        cut = last is not None and self._is_hard_cut(small, last)
        return self._is_new_after_dark(small, begins=cut or last is None) or cut

    def _is_new_after_dark(self, small: _Thumbnail, *, begins: bool) -> bool:
        """Return whether another picture than the last bright one comes out of the dark."""
        bright, was_dark = self._bright, self._was_dark
        is_bright = small.mean >= _DARK and small.deviation >= _CLEAR
        self._was_dark = not is_bright
        if is_bright or begins:
            self._bright = small if is_bright else None
        if begins or bright is None or not (was_dark and is_bright):
            return False
        return small.decorrelation(bright) > self.floor

    def _is_hard_cut(self, small: _Thumbnail, last: _Thumbnail) -> bool:
        change = small.distance(last)
        if min(small.deviation, last.deviation) < _FLAT:
            return change > self.flat_change
        decorrelation = small.decorrelation(last)
        level, self._level = self._level, (self._level + decorrelation) / 2
        return change > self.least_change and decorrelation > self.floor + level


@dataclass(frozen=True, eq=False)
class _Thumbnail:
    """A small picture for comparisons."""

    centred: NDArray[np.float32]
    """(32 * 32,) values less their mean."""
    mean: float
    deviation: float
    """Standard deviation."""

    @classmethod
    def of(cls, grey: NDArray[np.uint8]) -> Self:
        """Reduce a picture (height, width)."""
        values = thumbnail(grey, _SIDE).astype(np.float32).ravel()
        mean = float(values.mean())
        centred = values - np.float32(mean)
        return cls(centred, mean, (float(np.dot(centred, centred)) / values.size) ** 0.5)

    def distance(self, other: _Thumbnail) -> float:
        """Return the mean absolute difference."""
        return float(np.abs(self.centred - other.centred + np.float32(self.mean - other.mean)).mean())

    def decorrelation(self, other: _Thumbnail) -> float:
        """Return one minus the correlation. None of the two may be flat."""
        covariance = float(np.dot(self.centred, other.centred)) / self.centred.size
        return 1 - covariance / (self.deviation * other.deviation)
