"""How large and how long a source may be: a small file must not fill all memory, or a disk, or a night."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cartoonize.errors import SourceError

#: Where this is set, nothing is limited; processes that are started inherit it.
VARIABLE = "CARTOONIZE_NO_LIMITS"
_HINT = "If it is meant to be so, pass --no-limits"


@dataclass(frozen=True)
class Limits:
    """What a source may have."""

    max_pixels: int = 1 << 26
    """Of a picture."""
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
        """Raise `SourceError` if a film is too long, by what it says of itself or by what came of it."""
        if n_frames > self.max_frames:
            raise SourceError(f"{name} has {n_frames} frames, more than {self.max_frames}", _HINT)
        if seconds > self.max_hours * 3600:
            raise SourceError(
                f"{name} lasts {seconds / 3600:.1f} hours, longer than {self.max_hours:g}", _HINT
            )


#: FFmpeg's own bound of a picture's size stays.
_NONE = Limits(max_pixels=(1 << 31) - 1, max_frames=sys.maxsize, max_hours=math.inf)


def current_limits() -> Limits:
    """Return the limits that this process has."""
    return _NONE if os.environ.get(VARIABLE) else Limits()


@contextmanager
def lifted() -> Iterator[None]:
    """Lift all limits until the end of the block, also for processes that are started in it."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
