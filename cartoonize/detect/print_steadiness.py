"""Detection of unsteady prints: gate weave and flicker of worn film."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.registration import register

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Number of pairs of successive frames that are looked at, and fewest of them that decide.
_N_PAIRS, _MIN_PAIRS = 24, 12
#: A print is unsteady if at least this share of the pairs is.
_MIN_SHARE = 0.5
#: Largest height of the compared pictures, in pixels.
_HEIGHT = 240
#: Smallest shift in pixels of the frame, and in pixels of the compared pictures.
_MIN_SHIFT, _MIN_SMALL_SHIFT = 0.15, 0.04
#: Largest shift, as a share of the height. Larger ones are motion that was drawn.
_MAX_SHIFT = 0.01
#: Smallest and largest change of the mean brightness, in codes.
_MIN_CHANGE, _MAX_CHANGE = 0.5, 24.0
#: Largest share of the differences between two frames that the shift or the change may leave.
_MAX_UNEXPLAINED = 0.7
#: Motion is a pan, or a change of brightness a fade, if this share of it goes in one direction, ...
_MAX_DRIFT = 0.5
#: ... or if its steps have this correlation with the next ones, as in a fade that goes back.
_MAX_CORRELATION = 0.8


class PrintSteadiness:
    """Running measure of how steady a print is, from the last 24 pairs of successive frames.

    Weave moves most edges of the picture by the same small amount, and flicker changes the brightness of most
    of it. Characters that move by themselves do neither. A print is unsteady if half of the pairs show weave,
    or half of them show flicker. Even motion, such as a pan, is not weave, and an even change of brightness
    is a fade. Digital cartoons are steady: most of their pairs have a background that stands still.

    The first frames of a film count as steady.
    """

    def __init__(self) -> None:
        self._pairs: deque[tuple[float, float, float]] = deque(maxlen=_N_PAIRS)
        """Shift down and right in pixels, and change of brightness in codes; 0 where there is none."""
        self._last: NDArray[np.uint8] | None = None

    def add(self, grey: NDArray[np.uint8], *, is_same: bool, is_cut: bool) -> None:
        """Add the next frame.

        Parameters
        ----------
        grey : uint8 array, shape (height, width)
            The frame, 0..255.
        is_same : bool
            True if it is known to show the same as the frame before, at the same place.
        is_cut : bool
            True if it begins a shot.
        """
        scale = min(1.0, _HEIGHT / grey.shape[0])
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        last, self._last = self._last, np.asarray(small, np.uint8)
        if last is None or is_cut or last.shape != small.shape:
            return
        self._pairs.append((0.0, 0.0, 0.0) if is_same else _pair(self._last, last, scale))

    @property
    def is_unsteady(self) -> bool:
        """True if the last frames show gate weave or flicker."""
        return len(self._pairs) >= _MIN_PAIRS and (
            self._is_common((down, right) for down, right, _ in self._pairs)
            or self._is_common((change,) for *_, change in self._pairs)
        )

    def _is_common(self, pairs: Iterable[tuple[float, ...]]) -> bool:
        """Return whether half of the pairs differ, and not evenly."""
        steps = np.array([pair for pair in pairs if any(pair)])
        if len(steps) < _MIN_SHARE * len(self._pairs):
            return False
        drift = np.linalg.norm(steps.sum(0)) / np.linalg.norm(steps, axis=1).sum()
        correlation = (steps[1:] * steps[:-1]).sum() / (steps**2).sum()
        return bool(drift < _MAX_DRIFT and correlation < _MAX_CORRELATION)


def _pair(grey: NDArray[np.uint8], before: NDArray[np.uint8], scale: float) -> tuple[float, float, float]:
    """Return weave and flicker between two reduced frames; 0 for what is not weave or not flicker."""
    found = register(grey, before)
    at = found.frame
    down = right = change = 0.0
    least = max(_MIN_SHIFT * scale, _MIN_SMALL_SHIFT)
    if found.unexplained_shift < _MAX_UNEXPLAINED and least <= at.distance <= _MAX_SHIFT * grey.shape[0]:
        down, right = at.down / scale, at.right / scale
    middle = float(before.mean())
    brighter = (at.gain - 1) * middle + at.offset
    if found.unexplained_change < _MAX_UNEXPLAINED and _MIN_CHANGE <= abs(brighter) <= _MAX_CHANGE:
        change = brighter
    return down, right, change
