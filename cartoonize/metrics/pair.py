"""A frame as the metrics look at it, converted once for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import rgb_to_lab


@dataclass(frozen=True, slots=True, eq=False)
class FrameColors:
    """One frame in the colour spaces of the metrics; make it with `of`."""

    rgb: NDArray[np.uint8]
    """(height, width, 3) sRGB 0..255; 256x256 by the protocol."""
    lab: NDArray[np.float32]
    """(height, width, 3) CIELAB, D65: L 0..100, a and b about -110..110."""
    luma: NDArray[np.uint8]
    """(height, width) Y' by BT.601, 0..255."""

    @classmethod
    def of(cls, rgb: NDArray[np.uint8]) -> FrameColors:
        """Convert a frame, (height, width, 3) sRGB 0..255."""
        return cls(rgb, rgb_to_lab(rgb), np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8))

    @property
    def ab(self) -> NDArray[np.float32]:
        """(height, width, 2) CIELAB a and b."""
        return self.lab[..., 1:]
