"""Calibration: how often confident colours are right, and how much of the error has low confidence."""

import numpy as np
from skimage.color import deltaE_ciede2000

from cartoonize.tracking.parts import parts_of_grey

_N_BINS = 15
#: A colour is right if its CIEDE2000 to the truth is below this.
_RIGHT = 10.0
#: Share of the area that counts as doubted: the part with the lowest confidence.
_DOUBTED = 0.2


def _ciede2000(truth: np.ndarray, result: np.ndarray) -> np.ndarray:
    difference: np.ndarray = deltaE_ciede2000(truth, result)  # type: ignore[no-untyped-call]
    return difference


class Calibration:
    """Calibration over regions, from their area, mean confidence, share of right pixels and error."""

    names = ("ece", "error_in_doubted", "wrong_in_doubted")

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []

    def add(self, grey: np.ndarray, confidence: np.ndarray, truth: np.ndarray, result: np.ndarray) -> None:
        """Add a drawing (256, 256), its confidence, and the CIELAB of the original and of the result."""
        parts = parts_of_grey(grey)
        free, n = ~parts.lines, len(parts.areas)
        regions, error = parts.regions[free], _ciede2000(truth, result)[free]
        sums = [np.bincount(regions, v, n) for v in (confidence[free], error < _RIGHT, error)]
        self._rows.append(np.stack([parts.areas, *sums], -1)[parts.areas > 0])

    def result(self) -> dict[str, float]:
        """Return the expected calibration error, and two shares of the area with the lowest confidence.

        ``ece`` is over regions, weighted by area. ``error_in_doubted`` is the share of all CIEDE2000 in that
        area, ``wrong_in_doubted`` the share of all wrong pixels.
        """
        areas, sure, right, error = np.concatenate(self._rows).T
        confidence = sure / areas
        bins = np.minimum((_N_BINS * confidence).astype(int), _N_BINS - 1)
        ece = np.abs(np.bincount(bins, sure - right)).sum() / areas.sum()
        order = np.argsort(confidence, kind="stable")
        doubted = order[np.cumsum(areas[order]) <= _DOUBTED * areas.sum()]
        wrong = areas - right
        shares = [float(v[doubted].sum() / max(v.sum(), 1e-9)) for v in (error, wrong)]
        return dict(zip(self.names, (float(ece), *shares), strict=True))
