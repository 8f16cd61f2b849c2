"""Frame rate of a video. Containers declare absurd ones, such as the ticks of their clock."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av

#: Rates within which a declared average is believed without a look at the times of the pictures.
_SLOWEST, _FASTEST = Fraction(1), Fraction(120)
#: A declared rate that is this many times the measured one counts fields or ticks instead of pictures.
_ABSURD = Fraction(19, 10)
#: Relative difference up to which two rates are the same one.
_SAME = Fraction(1, 20)
#: Relative difference by which the mean of a few pictures may be wrong.
_NEAR = Fraction(3, 100)
#: Smallest number of steps between pictures that tells a rate.
_N_STEPS = 4
#: Rate of a video that tells nothing.
_DEFAULT = Fraction(24)


def frame_rate_of(stream: av.VideoStream, times: Sequence[int], *, interlaced: bool) -> Fraction:
    """Return the frame rate of a stream.

    Parameters
    ----------
    stream : VideoStream
    times : sequence of int
        Times of its first pictures, in units of its time base.
    interlaced : bool
        True if pictures are interlaced, so that the declared rate may be the one of their fields.
    """
    average, measured = stream.average_rate, _measured(stream, times)
    usual = stream.guessed_rate
    if average and usual and not stream.frames and abs(average / usual - 1) < _NEAR:
        average = usual  # the mean of a part, which other pictures bring nearer to the usual rate
    if average and not _is_absurd(average, measured):
        may_count_fields = measured is not None and interlaced and not stream.frames
        if not may_count_fields or abs(average / (measured or 1) / 2 - 1) >= _SAME:
            return average
    candidates = [rate for rate in (stream.guessed_rate, stream.base_rate, average) if rate]
    if measured is None:
        return next((rate for rate in candidates if _SLOWEST <= rate <= _FASTEST), average or _DEFAULT)
    return next((rate for rate in candidates if abs(rate / measured - 1) < _SAME), measured)


def _measured(stream: av.VideoStream, times: Sequence[int]) -> Fraction | None:
    """Return the rate of the first pictures if they come at a steady pace, else None."""
    steps = [two - one for one, two in zip(times, times[1:], strict=False)]
    if len(steps) < _N_STEPS or not stream.time_base or min(steps) <= 0:
        return None
    mean = Fraction(sum(steps), len(steps))
    unsteady = max(Fraction(1), mean / 4)  # a clock in milliseconds rounds to one unit
    if any(abs(step - mean) > unsteady for step in steps):
        return None
    return (1 / (mean * stream.time_base)).limit_denominator(1001)


def _is_absurd(rate: Fraction, measured: Fraction | None) -> bool:
    """Return whether a declared average rate cannot be the one of the pictures."""
    if measured is None:
        return rate > 2 * _FASTEST
    return rate > _FASTEST and rate > measured * _ABSURD
