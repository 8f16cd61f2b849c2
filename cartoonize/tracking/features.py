"""Features of a drawing: points that are found again in other drawings of the same thing (Lowe 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: Part of the keys of cached shots. Raise it when the same picture yields other features.
VERSION = 1

#: Largest number of features of a picture. It is enlarged by this factor first, because small objects are
#: drawn again, too.
MAX_FEATURES, _ENLARGEMENT = 1500, 2
#: Contrast threshold of SIFT.
_CONTRAST = 0.02


@dataclass(frozen=True, eq=False)
class Features:
    """Features of a picture, the strongest first."""

    positions: NDArray[np.float32]
    """(n, 2) x and y, in pixels."""
    codes: NDArray[np.uint8]
    """(n, 128) SIFT descriptors, as OpenCV rounds them."""

    @classmethod
    def of(cls, grey: NDArray[np.uint8]) -> Features:
        """Find the features of a drawing (height, width), at most `MAX_FEATURES`."""
        large = cv2.resize(grey, None, fx=_ENLARGEMENT, fy=_ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
        detector = cv2.SIFT.create(MAX_FEATURES, contrastThreshold=_CONTRAST)
        points, found = detector.detectAndCompute(large, None)
        if found is None or not len(points):
            return cls(np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8))
        order = np.argsort([-point.response for point in points], kind="stable")
        # Pixel centres are at whole numbers in both pictures.
        positions = (np.array([points[k].pt for k in order]) + 0.5) / _ENLARGEMENT - 0.5
        return cls(positions.astype(np.float32), found[order].astype(np.uint8))

    def descriptors_of(self, n: int | None = None) -> NDArray[np.float32]:
        """Return the descriptors of the strongest n features, by default of all.

        Returns
        -------
        float32 array, shape (n, 128)
            The square roots of the codes, of length 1 (Arandjelovic and Zisserman 2012).
        """
        codes = self.codes[:n].astype(np.float32)
        scaled = np.sqrt(codes / np.maximum(codes.sum(1, keepdims=True), 1e-6))
        return scaled.astype(np.float32)
