"""Timecode: the numbers that editors give to frames, such as 01:00:00:00 (SMPTE ST 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

_PATTERN = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d\d?)")
_SECONDS_PER_DAY = 86400


@dataclass(frozen=True)
class Timecode:
    """Number of a frame since midnight."""

    number: int
    """Number of frames since 00:00:00:00."""
    rate: Fraction
    """Frames per second."""
    drops: bool = False
    """True if numbers are left out, so that timecode keeps up with the clock at 29.97 or 59.94 frames/s."""

    @classmethod
    def of(cls, text: str, rate: Fraction) -> Self | None:
        """Return the timecode that a text says, or None if it says none.

        Parameters
        ----------
        text : str
            ``HH:MM:SS:FF``; with ``;`` before the frames, numbers are left out.
        rate : Fraction
            Frames per second.
        """
        found = _PATTERN.fullmatch(text.strip())
        if found is None:
            return None
        hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
        nominal = round(rate)
        drops = found[4] != ":" and nominal % 30 == 0
        n_minutes = 60 * hours + minutes
        number = (60 * n_minutes + seconds) * nominal + frames
        if drops:
            number -= nominal // 15 * (n_minutes - n_minutes // 10)
        return cls(number, rate, drops)

    def later(self, n_frames: int) -> Self:
        """Return the timecode that is some frames later; after a day it begins again."""
        nominal = round(self.rate)
        per_day = _SECONDS_PER_DAY * nominal
        if self.drops:
            per_day -= nominal // 15 * (1440 - 144)
        return type(self)((self.number + n_frames) % per_day, self.rate, self.drops)

    def __str__(self) -> str:
        nominal, number = round(self.rate), self.number
        if self.drops:
            n_dropped = nominal // 15
            per_minute, per_ten = 60 * nominal - n_dropped, 600 * nominal - 9 * n_dropped
            tens, rest = divmod(number, per_ten)
            minutes = 0 if rest < 60 * nominal else 1 + (rest - 60 * nominal) // per_minute
            number += n_dropped * (9 * tens + minutes)
        seconds, frames = divmod(number, nominal)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{clock}{';' if self.drops else ':'}{frames:02}"
