"""A sound track of a new video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sound:
    """Samples of a sound track and their properties."""

    samples: NDArray[np.float32]
    """(n, channels) in -1..1, with one or two channels."""
    sample_rate: int = 44100
    """Samples per second."""
    language: str = ""
    """ISO 639-2 code, such as ``eng``; empty if unknown."""
    start: float = 0.0
    """Time of the first sample, in seconds."""
    codec: Literal["aac", "flac"] = "aac"
    """Codec of the track; ``flac`` is lossless."""
