"""Edit list: the shots of a film with their media and markers, for editing programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from cartoonize.video.timecode import Timecode

MarkerColor = Literal["RED", "ORANGE", "GREEN", "CYAN"]


@dataclass(frozen=True)
class Marker:
    """A remark at a frame."""

    frame: int
    """Number of the frame in the film, from 0."""
    name: str
    color: MarkerColor
    comment: str = ""


@dataclass(frozen=True)
class Media:
    """A video, or a folder of numbered pictures, that holds a shot or the whole film."""

    path: Path
    """The video, or the first picture."""
    first: int
    """Number of its first frame by its own count: that of its timecode, or of the name of the picture."""
    offset: int
    """Number of this frame in the film, from 0."""
    n_frames: int
    is_sequence: bool = False
    """True for numbered pictures."""
    has_sound: bool = False

    def number_of(self, frame: int) -> int:
        """Return the number that a frame of the film has by the count of this media."""
        return self.first + frame - self.offset


@dataclass(frozen=True)
class EditedShot:
    """A shot of the film."""

    name: str
    start: int
    stop: int
    """Half-open range of frames of the film, from 0."""
    media: Media
    markers: tuple[Marker, ...] = ()
    confidence: float | None = None
    """Expected share of the area with the right colour, 0..1; None if unknown."""


@dataclass(frozen=True)
class EditList:
    """The shots of a film, in order and without gaps."""

    name: str
    rate: Fraction
    """Frames per second."""
    start: Timecode
    """Timecode of the first frame of the film."""
    shots: tuple[EditedShot, ...] = field(default=())

    @property
    def n_markers(self) -> int:
        """Number of markers of all shots."""
        return sum(len(shot.markers) for shot in self.shots)
