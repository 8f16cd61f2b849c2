"""A sound track for a new film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sound:
    """Samples and what a player has to know of them."""

    samples: NDArray[np.float32]
    """(n, channels) in -1..1, one or two channels."""
    sample_rate: int = 44100
    """Hz."""
    language: str = ""
    """ISO 639-2 code such as ``eng``."""
    start: float = 0.0
    """Seconds at which it begins."""
    codec: Literal["aac", "flac"] = "aac"
    """FLAC is lossless."""
