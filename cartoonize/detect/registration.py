"""Registration: how far a frame is shifted from another one, and by how much it is brighter or darker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.unsteadiness import Unsteadiness

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

Picture = NDArray[np.float32]
Pixels = tuple[NDArray[np.intp], NDArray[np.intp]]

#: Smallest height or width of the pictures with which the search begins, in pixels.
_SMALLEST = 64
#: Standard deviation of the blur that makes edges smooth enough for derivatives, in pixels.
_BLUR = 0.8
#: Smallest derivative of an edge, in codes per pixel.
_EDGE = 4.0
#: Fewest pixels of edges that determine a shift, and most of them that are used.
_MIN_EDGES, _MAX_PIXELS = 200, 5_000
#: Steps of Gauss-Newton at each size. The search ends early when a step is shorter than this, in pixels.
_N_STEPS, _SHORT_STEP = 6, 0.01
#: Tukey's constant times the deviation that the median absolute value of a normal distribution has.
_TUKEY = 4.685 * 1.4826
#: Smallest limits of outliers: of edges in pixels, of brightness in codes.
_LEAST_SHIFT, _LEAST_CHANGE = 0.1, 2.0
#: Smallest variance of the brightness, in codes squared, that determines a gain.
_LEAST_VARIANCE = 9.0


@dataclass(frozen=True, slots=True)
class Registration:
    """Position and brightness of a frame relative to another one, and how well they explain it."""

    frame: Unsteadiness
    """Position and brightness."""
    unexplained_shift: float
    """Median distance of edges after registration, as a share of that before it; 1 without edges."""
    unexplained_change: float
    """Median change of brightness after registration, as a share of that before it."""


def register(grey: NDArray[np.uint8], reference: NDArray[np.uint8]) -> Registration:
    """Return how a frame lies on another one, as seen by most of the picture.

    The shift is found from coarse to fine by the method of Lucas and Kanade (1981), over all edges at once.
    Edges count by Tukey's biweight, so that characters that move by themselves hardly do. Gain and offset are
    fitted to pixels on a grid in the same way.

    Parameters
    ----------
    grey, reference : uint8 array, shape (height, width)
        The frame, and the picture that it is compared with, 0..255.
    """
    sides = min(reference.shape)
    scales = [1.0]
    while sides * scales[-1] / 2 >= _SMALLEST:
        scales.append(scales[-1] / 2)
    found = Unsteadiness()
    for scale in reversed(scales):
        search = _Search(_reduced(grey, scale), _reduced(reference, scale), found.scaled(scale))
        found = search.run().scaled(1 / scale)
    return search.registration()


class _Search:
    """Search for the registration at one size of the pictures."""

    def __init__(self, picture: Picture, reference: Picture, start: Unsteadiness) -> None:
        self._picture, self._reference, self.found = picture, reference, start
        right, down = (
            cv2.Sobel(reference, cv2.CV_32F, dx, 1 - dx, ksize=3, scale=1 / 8).astype(np.float32)
            for dx in (1, 0)
        )
        margin = 3 + int(np.ceil(start.distance))
        inside = np.zeros(reference.shape, bool)
        inside[margin:-margin, margin:-margin] = True
        self._edges = _some(inside & (right**2 + down**2 > _EDGE**2))
        self._slopes = np.stack([down[self._edges], right[self._edges]], -1)
        self._grid = _some(inside)

    def run(self) -> Unsteadiness:
        """Improve position and brightness in turn until they stay."""
        for _ in range(_N_STEPS):
            aligned = placed(self._picture, self.found)
            gain, offset = self._brightness(aligned)
            self.found = Unsteadiness(self.found.down, self.found.right, gain, offset)
            step = self._step(aligned)
            self.found = Unsteadiness(self.found.down + step[0], self.found.right + step[1], gain, offset)
            if np.hypot(*step) < _SHORT_STEP:
                break
        return self.found

    def registration(self) -> Registration:
        """Return what was found, and how much of the differences it explains."""
        found = self.found
        aligned = placed(self._picture, found)
        still = Unsteadiness(0.0, 0.0, found.gain, found.offset)
        if len(self._slopes) >= _MIN_EDGES:
            after, before = (
                float(np.median(np.abs(self._distances(picture, still))))
                for picture in (aligned, self._picture)
            )
        else:
            after = before = 1.0
        values, known = aligned[self._grid], self._reference[self._grid]
        if not len(values):
            return Registration(found, 1.0, 1.0)
        change = float(np.median(np.abs(values - known)))
        rest = float(np.median(np.abs(values - found.gain * known - found.offset)))
        return Registration(found, after / max(before, 1e-3), rest / max(change, 0.1))

    def _distances(self, aligned: Picture, brightness: Unsteadiness) -> NDArray[np.float32]:
        """Return the distances of all edges along their normals, in pixels."""
        return self._residuals(aligned, brightness) / np.linalg.norm(self._slopes, axis=1)

    def _residuals(self, aligned: Picture, brightness: Unsteadiness) -> NDArray[np.float32]:
        known = self._reference[self._edges]
        gain, offset = np.float32(brightness.gain), np.float32(brightness.offset)
        return np.asarray((aligned[self._edges] - offset) / gain - known, np.float32)

    def _step(self, aligned: Picture) -> tuple[float, float]:
        """Return the rest of the shift down and to the right, in pixels."""
        if len(self._slopes) < _MIN_EDGES:
            return 0.0, 0.0
        weights = _biweight(self._distances(aligned, self.found), _LEAST_SHIFT)
        weighted = self._slopes * weights[:, None]
        matrix = (weighted.T @ self._slopes).astype(np.float64)
        target = (weighted.T @ self._residuals(aligned, self.found)).astype(np.float64)
        low, high = np.linalg.eigvalsh(matrix)
        if not low > 1e-3 * high:  # edges of one direction only
            return 0.0, 0.0
        down, right = -np.linalg.solve(matrix, target)
        return float(down), float(right)

    def _brightness(self, aligned: Picture) -> tuple[float, float]:
        """Return gain and offset of the brightness, from 5x5 means, which hold less grain than pixels."""
        values, known = (
            cv2.blur(picture, (5, 5))[self._grid].astype(np.float64) for picture in (aligned, self._reference)
        )
        gain, offset = self.found.gain, self.found.offset
        if not len(values):
            return gain, offset
        for _ in range(2):
            weights = _biweight(values - gain * known - offset, _LEAST_CHANGE)
            total = weights.sum()
            if not total:
                return 1.0, float(np.median(values - known))
            mean, mean_known = (weights @ values) / total, (weights @ known) / total
            spread = weights @ (known - mean_known) ** 2
            gain = 1.0
            if spread > total * _LEAST_VARIANCE:
                gain = float(weights @ ((known - mean_known) * (values - mean)) / spread)
            offset = float(mean - gain * mean_known)
        return max(gain, 0.1), offset


def placed(picture: NDArray[Any], at: Unsteadiness) -> Picture:
    """Return a picture (height, width, ...) moved back from its position. Its border is repeated."""
    shift = np.array([[1, 0, -at.right], [0, 1, -at.down]], np.float32)
    moved = cv2.warpAffine(
        picture, shift, picture.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.float32)


def steadied(picture: NDArray[np.uint8], at: Unsteadiness) -> NDArray[np.uint8]:
    """Return a picture (height, width, ...) 0..255 moved back from its position and brightness."""
    codes = (placed(picture, at) - np.float32(at.offset)) / np.float32(at.gain)
    return np.clip(np.rint(codes), 0, 255).astype(np.uint8)


def _reduced(grey: NDArray[np.uint8], scale: float) -> Picture:
    small = grey.astype(np.float32)
    if scale < 1:
        small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)


def _some(chosen: NDArray[np.bool_]) -> Pixels:
    """Return the rows and columns of at most `_MAX_PIXELS` chosen pixels, evenly spread."""
    rows, columns = np.nonzero(chosen)
    every = max(1, -(-len(rows) // _MAX_PIXELS))
    return rows[::every], columns[::every]


def _biweight(residuals: NDArray[Any], least: float) -> NDArray[Any]:
    """Return Tukey's weights of residuals, 0..1; ``least`` is the smallest limit of an outlier."""
    limit = max(_TUKEY * float(np.median(np.abs(residuals))), least) if len(residuals) else least
    return np.asarray(np.clip(1 - (residuals / limit) ** 2, 0, None) ** 2)
