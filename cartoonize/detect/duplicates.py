"""Which frames are worth learning from: those that differ from the last accepted one (thesis, 4.1.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Default threshold of the mean squared error, in squared code values 0..255 (thesis, equation 4.1).
MSE_THRESHOLD = 20.0


class Dedup:
    """Accept a frame if its mean squared difference from the last accepted one exceeds a threshold (eq. 4.1).

    Comparing with the last *accepted* frame lets small changes add up. Equation 4.1 divides by the number of
    pixels; the squared difference of a pixel is read as the mean over its three channels, in 0..255 each.

    Parameters
    ----------
    threshold : float
        Squared code values; the thesis's is 20.
    """

    def __init__(self, threshold: float = MSE_THRESHOLD) -> None:
        self.threshold = threshold
        self._accepted: NDArray[np.uint8] | None = None

    def accepts(self, rgb: NDArray[np.uint8]) -> bool:
        """Tell whether the next frame, (height, width, 3) at source size, is accepted; the first is."""
        import cv2

        last = self._accepted
        if last is not None and last.shape == rgb.shape:
            squared_error = cv2.norm(rgb, last, cv2.NORM_L2SQR) / rgb.size
            if squared_error <= self.threshold:
                return False
        self._accepted = rgb.copy()
        return True
