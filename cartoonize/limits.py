"""Limits on the size and length of a source: a small file must not fill memory, disk or hours of time."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cartoonize.errors import SourceError

#: Environment variable that lifts all limits when it is set. Child processes inherit it.
VARIABLE = "CARTOONIZE_NO_LIMITS"
_HINT = "Pass --no-limits to read it anyway."


@dataclass(frozen=True)
class Limits:
    """Largest source that is accepted."""

    max_pixels: int = 1 << 26
    """Pixels of a picture."""
    max_frames: int = 1_000_000
    max_hours: float = 24.0

    def check_picture(self, name: object, height: int, width: int) -> None:
        """Raise `SourceError` if a picture is too large."""
        if height * width > self.max_pixels:
            raise SourceError(
                f"{name} has frames of {width}x{height} pixels, more than {self.max_pixels}",
                f"Scale it down first. {_HINT}",
            )

    def check_length(self, name: object, n_frames: int, seconds: float) -> None:
        """Raise `SourceError` if a video is too long, as declared or as decoded so far."""
        if n_frames > self.max_frames:
            raise SourceError(f"{name} has {n_frames} frames, more than {self.max_frames}", _HINT)
        if seconds > self.max_hours * 3600:
            raise SourceError(
                f"{name} lasts {seconds / 3600:.1f} hours, longer than {self.max_hours:g}", _HINT
            )


#: FFmpeg's own limit on the size of a picture remains.
_NONE = Limits(max_pixels=(1 << 31) - 1, max_frames=sys.maxsize, max_hours=math.inf)


def current_limits() -> Limits:
    """Return the limits of this process."""
    return _NONE if os.environ.get(VARIABLE) else Limits()


@contextmanager
def lift_limits() -> Iterator[None]:
    """Lift all limits inside the block, in this process and in processes started there."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
