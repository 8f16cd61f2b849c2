"""Is a colour right as often as it is said to be, and are doubts where the errors are?"""

import numpy as np
from skimage.color import deltaE_ciede2000

from cartoonize.tracking.parts import parts_of_grey

_N_BINS = 15
#: A colour is right within this CIEDE2000 of the truth.
_RIGHT = 10.0
#: Part of the area that is doubted most.
_DOUBTED = 0.2


class Calibration:
    """Sums up regions: their area, mean confidence, share that is right, and error."""

    names = ("ece", "error_in_doubted", "wrong_in_doubted")

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []

    def add(self, grey: np.ndarray, confidence: np.ndarray, truth: np.ndarray, result: np.ndarray) -> None:
        """Take a drawing (256, 256), its confidence, and the CIELAB of the original and of the result."""
        parts = parts_of_grey(grey)
        free, n = ~parts.lines, len(parts.areas)
        regions, error = parts.regions[free], deltaE_ciede2000(truth, result)[free]
        sums = [np.bincount(regions, v, n) for v in (confidence[free], error < _RIGHT, error)]
        self._rows.append(np.stack([parts.areas, *sums], -1)[parts.areas > 0])

    def result(self) -> dict[str, float]:
        """Return the expected calibration error over regions by area, and how much the most doubted hold.

        ``error_in_doubted``: of all CIEDE2000; ``wrong_in_doubted``: of all that is not right.
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
