"""What flows through the stages: frames, the format of their stream, shots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FieldOrder = Literal["progressive", "top", "bottom"]
Matrix = Literal["bt601", "bt709", "bt2020"]

#: Height and width of the grid on which colours are learned and decided (thesis, 4.1.2).
COLOR_SIZE = 256


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a stream of frames is, and what its coloured copy has to stay: geometry, time, colour coding."""

    height: int
    """Stored height in pixels, before rotation and sample aspect ratio."""
    width: int
    """Stored width in pixels."""
    time_base: Fraction
    """Seconds per unit of ``Frame.pts``."""
    frame_rate: Fraction
    """Average frames per second; the frames' own ``pts`` are what counts."""
    n_frames: int = 0
    """Number of frames that the container declares or that follow from its duration; 0 if unknown."""
    duration: float | None = None
    """Seconds, if the container says."""
    start_pts: int = 0
    """``pts`` of the stream's start."""
    pix_fmt: str = "yuv420p"
    """FFmpeg's name of the stored pixel format."""
    bit_depth: int = 8
    """Bits per luma sample: 8, 10 or 12. Above 8, planes are ``uint16`` with values in the low bits."""
    has_color: bool = True
    """Whether the stored format has chroma at all (``gray`` has none)."""
    full_range: bool = False
    """Y' spans 0..255 (``pc``) rather than 16..235 (``tv``), scaled to the bit depth."""
    matrix: Matrix = "bt601"
    """Luma weights of the stream; for untagged streams bt709 from 720 lines up, else bt601, as players do."""
    tags: tuple[int, int, int, int] = (2, 2, 2, 0)
    """AVCOL numbers as stored: primaries, transfer, matrix, range (2, 2, 2, 0: unspecified)."""
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a pixel over its height."""
    rotation: int = 0
    """Display rotation in degrees, kept as metadata and never applied to the pixels."""
    field_order: FieldOrder = "progressive"
    """Whether frames hold two fields, and which comes first."""

    def has_aspect_of(self, width: int, height: int) -> bool:
        """Whether a picture of this size may be of this film: as its frames are stored, or as shown."""
        stored = self.width / self.height
        shown = stored * float(self.sample_aspect_ratio)
        return any(abs(math.log(width / height / aspect)) <= 0.03 for aspect in (stored, shown))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of an episode; stages add layers to it and never change those that are there."""

    index: int
    """Position in the episode, from 0, in presentation order."""
    pts: int
    """Presentation time in units of the format's ``time_base``."""
    luma: NDArray[Any]
    """(height, width) ``uint8``, or ``uint16`` above 8 bits: Y' codes exactly as stored (both fields)."""
    grey: NDArray[np.uint8]
    """(height, width) 0..255: the black-and-white picture, full range, deinterlaced; what networks see."""
    rgb: NDArray[np.uint8] | None = None
    """(height, width, 3) 0..255 sRGB: the coloured picture, only where it was asked for."""
    duration: int = 0
    """In units of ``time_base``; 0 if unknown."""
    drawing: int = -1
    """Number of the drawing it shows; frames that hold one drawing share it. -1 until detected."""
    shot: int = -1
    """Number of the shot it is in, from 0. -1 until detected."""
    clean: NDArray[np.uint8] | None = None
    """(256, 256) 0..255: the black-and-white picture without its grain, where it had any."""
    background: NDArray[np.float32] | None = None
    """(256, 256) L x 0.01 of what stands still in its shot, NaN where nothing does; for methods that ask."""
    histogram: NDArray[np.float32] | None = None
    """(313, h, w) probabilities of the ab bins on a coarser grid, where something follows that decides."""
    ab: NDArray[np.float32] | None = None
    """(members, 256, 256, 2) CIELAB a and b, about -110..110, once coloured; one member once combined."""
    confidence: NDArray[np.float32] | None = None
    """(256, 256) 0..1: how likely the colour is right, where tracks decided on it."""
    chroma: tuple[NDArray[Any], NDArray[Any]] | None = None
    """Cb and Cr code values, ready for a writer: each (chroma height, chroma width)."""

    @property
    def seen(self) -> NDArray[np.uint8]:
        """Return the picture in which regions are found: ``clean`` if there is one, else ``grey``."""
        return self.grey if self.clean is None else self.clean

    def looked_at(self, luminance: str) -> NDArray[np.uint8]:
        """Return the coloured picture for ``"cielab"`` if there is one, else the black-and-white one."""
        return self.rgb if luminance == "cielab" and self.rgb is not None else self.grey

    def having(self, **layers: Any) -> Frame:
        """Return this frame with some layers added."""
        return replace(self, **layers)

    def __repr__(self) -> str:
        layers = [n for n in ("rgb", "histogram", "ab", "chroma") if getattr(self, n) is not None]
        return f"Frame({self.index}, pts={self.pts}, luma={self.luma.shape} {self.luma.dtype}, {layers})"


def area_average(picture: NDArray[np.uint8], size: int = COLOR_SIZE) -> NDArray[np.uint8]:
    """Resize a picture (h, w) or (h, w, 3), 0..255, to a square of ``size`` by area averaging."""
    import cv2

    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8)


def once_per_drawing(frames: Iterable[Frame], layer: str, compute: Callable[[Frame], Any]) -> Iterator[Frame]:
    """Add a layer to frames, computing it once for the frames that hold one drawing.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` numbers; frames numbered -1 are computed one by one.
    layer : str
        Name of the layer to set.
    compute : callable
        Takes a frame, returns the layer.
    """
    drawing, value = -1, None
    for frame in frames:
        if frame.drawing < 0 or frame.drawing != drawing:
            drawing, value = frame.drawing, compute(frame)
        yield frame.having(**{layer: value})


@dataclass(frozen=True, slots=True)
class PlaneFormat:
    """What a writer wants to be given: the shape and coding of its luma and chroma planes."""

    height: int
    width: int
    chroma_height: int
    chroma_width: int
    bit_depth: int
    full_range: bool
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the film a frame is."""

    index: int
    """Of the frame."""
    shot_start: int
    """Index of the first frame of its shot, or of the first one that was read."""
    background: NDArray[np.float32] | None = field(default=None, compare=False)
    """(256, 256) L x 0.01 of what stands still in its shot, where that was looked for."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A half-open range ``[start, stop)`` of frame indices between two cuts."""

    start: int
    stop: int

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.stop - self.start
