"""Times of the frames of a copy: as stored in the source, or on the exact grid of its frame rate.

Some containers round times: Matroska to milliseconds. Editing programs want exact steps. So a frame that is
on the grid of the frame rate, but for this rounding, gets the exact time.
"""

from __future__ import annotations

import math
from fractions import Fraction

from cartoonize.frames import VideoFormat

#: Smallest number of units of time per second for frames that are not on the grid.
_MIN_UNITS = 600


#: Frame rates of film and television, and the largest relative error of a rate that was found from times.
_STANDARD_RATES = [
    *map(Fraction, (24, 25, 30, 48, 50, 60)),
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60)),
]
_RATE_ERROR = 1e-4


def standard_rate(rate: Fraction) -> Fraction:
    """Return the frame rate of film or television that a rate is but for rounding, or the rate itself."""
    return next((r for r in _STANDARD_RATES if abs(rate / r - 1) < _RATE_ERROR), rate)


class FrameTimes:
    """Times of the frames in a copy.

    Parameters
    ----------
    format : VideoFormat
        Time base and frame rate of the source.
    on_grid : bool
        Whether times are moved onto the grid of the frame rate, if they are off it only by rounding.
    """

    def __init__(self, format: VideoFormat, *, on_grid: bool) -> None:
        self._base, self._on_grid = format.time_base, on_grid
        rate = Fraction(format.frame_rate or 24)
        self.rate = standard_rate(rate) if on_grid else rate
        """Frames per second of the copy."""
        self._first: Fraction | None = None
        factor = math.ceil(Fraction(_MIN_UNITS, self.rate.numerator))
        self.time_base = 1 / Fraction(self.rate.numerator * factor) if on_grid else format.time_base
        """Seconds per unit of the times in the copy."""
        self._step = self.rate.denominator * factor

    def places(self, pts: int, duration: int) -> list[tuple[int, int]]:
        """Return times and durations in the copy, in units of `time_base`: of a frame, the last in the list.

        At the times before it in the list, the frame before is shown again.

        Parameters
        ----------
        pts, duration : int
            Time in the copy and duration, in units of the source's time base; duration 0 if unknown.
        """
        if not self._on_grid:
            return [(pts, duration or round(1 / self.rate / self._base))]
        time, length = pts * self._base, duration * self._base
        if self._first is None:
            self._first = time
        number = round((time - self._first) * self.rate)
        start = round(self._first / self.time_base)
        is_usual = abs(number / self.rate - (time - self._first)) <= self._base
        placed = start + number * self._step if is_usual else round(time / self.time_base)
        if not duration or abs(length - 1 / self.rate) <= self._base:
            return [(placed, self._step)]
        return [(placed, round(length / self.time_base))]

    def report(self) -> str:
        """Return a line about frames whose times differ from the source; "" without such frames."""
        return ""


class SteadyTimes(FrameTimes):
    """Times in a container that has one frame in each step of the frame rate, and no others, such as MXF.

    Parameters
    ----------
    format : VideoFormat
        Time base and frame rate of the source.
    """

    def __init__(self, format: VideoFormat) -> None:
        super().__init__(format, on_grid=True)
        self._start: int | None = None
        self._n_steps = self._n_repeated = self._n_late = 0

    def places(self, pts: int, duration: int) -> list[tuple[int, int]]:
        """Return the steps until a frame, and its own; see `FrameTimes.places`."""
        if self._start is None:
            self._start = pts
        number = round((pts - self._start) * self._base * self.rate)
        steps = range(self._n_steps, max(number, self._n_steps) + 1)
        self._n_late += number < self._n_steps
        self._n_repeated += len(steps) - 1
        self._n_steps = steps.stop
        return [(step * self._step, self._step) for step in steps]

    def report(self) -> str:
        """Return a line about frames that are repeated or late; "" without such frames."""
        if not (self._n_repeated or self._n_late):
            return ""
        return (
            f"MXF has a constant frame rate, and the source has not: {self._n_repeated} frames are repeated,"
            f" {self._n_late} are late; .mov keeps all times"
        )
