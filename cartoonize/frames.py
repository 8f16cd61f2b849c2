"""Data types of the filters: frames, the format of their stream, planes and shots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.unsteadiness import Unsteadiness
from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

FieldOrder = Literal["progressive", "top", "bottom"]
Matrix = Literal["bt601", "bt709", "bt2020"]

#: Height and width of the grid on which colours are learned and predicted (thesis, 4.1.2).
COLOR_SIZE = 256


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Geometry, timing and colour coding of a stream of frames. The coloured copy keeps all of them."""

    height: int
    """Stored height in pixels, before rotation and sample aspect ratio."""
    width: int
    """Stored width in pixels."""
    time_base: Fraction
    """Seconds per unit of ``Frame.pts``."""
    frame_rate: Fraction
    """Average frames per second. The exact times of frames are their ``pts``."""
    n_frames: int = 0
    """Number of frames, as declared by the container or computed from its duration; 0 if unknown."""
    duration: float | None = None
    """Duration in seconds; None if the container does not declare it."""
    start_pts: int = 0
    """``pts`` of the start of the stream."""
    film_start_pts: int | None = None
    """Of a chapter: ``pts`` of the start of the film that it is in. None for a whole film."""
    pix_fmt: str = "yuv420p"
    """Stored pixel format, as FFmpeg names it."""
    bit_depth: int = 8
    """Bits per luma sample: 8, 10 or 12. Above 8, planes are ``uint16`` with values in the low bits."""
    has_color: bool = True
    """True if the stored format has chroma (``gray`` does not)."""
    full_range: bool = False
    """True if Y' spans 0..255 (``pc``), False for 16..235 (``tv``); scaled to the bit depth."""
    matrix: Matrix = "bt601"
    """Luma weights of the stream. As in players, untagged streams are bt709 from 720 lines up, else bt601."""
    tags: tuple[int, int, int, int] = (2, 2, 2, 0)
    """Stored AVCOL numbers of primaries, transfer, matrix and range (2, 2, 2, 0: unspecified)."""
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width of a pixel divided by its height."""
    rotation: int = 0
    """Display rotation in degrees. It is copied as metadata and never applied to pixels."""
    field_order: FieldOrder = "progressive"
    """``"progressive"``, or for interlaced video the field that comes first."""

    def has_aspect_of(self, width: int, height: int) -> bool:
        """Return whether a size has the aspect ratio of the frames, as stored or as displayed.

        Parameters
        ----------
        width, height : int
            Size of a picture in pixels. Ratios that differ by up to 3% count as equal.
        """
        stored = self.width / self.height
        shown = stored * float(self.sample_aspect_ratio)
        return any(abs(math.log(width / height / aspect)) <= 0.03 for aspect in (stored, shown))


#: Width of the dark edge of rounded corners beside what is found of them, in pixels.
_SOFT_EDGE = 3


@dataclass(frozen=True, slots=True)
class Area:
    """The part of a frame that shows the picture. Around it are black bars."""

    top: int
    bottom: int
    """Half-open range of rows, in pixels."""
    left: int
    right: int
    """Half-open range of columns."""
    radii: tuple[int, int] = (0, 0)
    """Height and width of its rounded corners in pixels; (0, 0) if they are square."""

    def of(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Return the area of a picture of the size of the frame."""
        return picture[self.top : self.bottom, self.left : self.right]

    def scaled(self, by: tuple[float, float]) -> Area:
        """Return the same area of a picture whose height and width are larger by these factors."""
        top, bottom, left, right = (
            round(edge * factor)
            for edge, factor in zip(
                (self.top, self.bottom, self.left, self.right), (by[0], by[0], by[1], by[1]), strict=True
            )
        )
        radii = (round(self.radii[0] * by[0]), round(self.radii[1] * by[1]))
        return Area(top, bottom, left, right, radii)

    @property
    def corners(self) -> NDArray[np.bool_]:
        """(height, width) of the area: True in its rounded corners, which show no picture."""
        height, width = self.bottom - self.top, self.right - self.left
        outside = np.zeros((height, width), bool)
        if not any(self.radii):
            return outside
        down, across = (
            np.clip(1 - (np.minimum(k, k[::-1]) + 0.5) / max(radius, 1), 0, None)
            for k, radius in ((np.arange(height), self.radii[0]), (np.arange(width), self.radii[1]))
        )
        return np.asarray(down[:, None] ** 2 + across**2 > 1)

    def continued(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Return the area of a picture of the size of the frame, which is continued into rounded corners.

        Pixels of corners get the value of the nearest pixel of their row that is well inside.
        """
        inside = np.ascontiguousarray(self.of(picture))
        if not any(self.radii):
            return inside
        inside = inside.copy()
        corners = self.corners
        width = inside.shape[1]
        for y in np.flatnonzero(corners.any(1)).tolist():
            n = int(corners[y, : width // 2].sum())
            edge = min(n + _SOFT_EDGE, (width - 1) // 2)
            inside[y, :edge] = inside[y, edge]
            inside[y, width - edge :] = inside[y, width - 1 - edge]
        return inside


class ColorPicture(Protocol):
    """A coloured picture that is compared with others, and made smaller."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        ...

    def cropped(self, area: Area) -> Self:
        """Return the picture in an area."""
        ...

    def is_near(self, other: Self, threshold: float) -> bool:
        """Return whether the mean squared difference is at most a threshold.

        Parameters
        ----------
        other : ColorPicture
            Picture of the same source, of the same shape.
        threshold : float
            In squared code values 0..255, as a mean over pixels and over red, green and blue.
        """
        ...

    def small(self, size: int) -> NDArray[np.uint8]:
        """Return the means over areas as sRGB, (size, size, 3) in 0..255."""
        ...


@dataclass(frozen=True, slots=True)
class Mix:
    """Mixture of two pictures in a frame of a transition."""

    share: float
    """Share of the picture of the frame's own shot, 0..1; of a wipe, in the mean of all pixels."""
    other: Literal["before", "after", "flat"]
    """Shot that has the rest, or ``"flat"``: a grey of one lightness, as in a fade to black."""
    front: Front | None = None
    """Edge of the picture of the frame's own shot in a wipe or an iris; None if all pixels have one share."""

    @property
    def transition(self) -> Literal["dissolve", "fade", "wipe"]:
        """What the frame is part of. An iris is a wipe."""
        if self.front is not None:
            return "wipe"
        return "fade" if self.other == "flat" else "dissolve"

    def shares(self, height: int, width: int) -> NDArray[np.float32] | np.float32:
        """Return the share of the frame's own shot in each pixel, (height, width), or one for all pixels."""
        return np.float32(self.share) if self.front is None else self.front.share(height, width)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a film, with layers. Filters add layers and never change existing ones."""

    index: int
    """Position in the film, from 0, in presentation order."""
    pts: int
    """Presentation time in units of ``VideoFormat.time_base``."""
    luma: NDArray[Any]
    """(height, width) Y' codes exactly as stored, both fields: ``uint8``, or ``uint16`` above 8 bits."""
    grey: NDArray[np.uint8]
    """(height, width) 0..255, full range: the deinterlaced black-and-white picture that methods colour."""
    rgb: NDArray[np.uint8] | None = None
    """(height, width, 3) 0..255, sRGB: the coloured picture; None unless the reader was asked for it."""
    color: ColorPicture | None = None
    """The coloured picture for comparisons; None unless the reader was asked for it."""
    duration: int = 0
    """Duration in units of ``VideoFormat.time_base``; 0 if unknown."""
    weaves_next: bool = False
    """True if its second field shows the picture of the next frame, as in telecined film."""
    captions: bytes = b""
    """Captions that ride with the picture, as in ATSC A/53; empty without."""
    alpha: NDArray[Any] | None = None
    """(height, width) opacity: ``uint8`` 0..255, or ``uint16`` 0..65535; None if all pixels are opaque."""
    drawing: int = -1
    """Number of the drawing, from 0. Frames that hold one drawing have the same number. -1 if unknown."""
    shot: int = -1
    """Number of the shot, from 0; -1 if unknown."""
    unsteadiness: Unsteadiness | None = None
    """Position and brightness of the film's own frame relative to ``grey``; None if they are the same."""
    mix: Mix | None = None
    """For frames of transitions: how the film mixes them. ``grey`` is the picture of their own shot then."""
    mixed: NDArray[np.uint8] | None = None
    """(height, width) 0..255: the mixed picture; None if ``mix`` is None."""
    area: Area | None = None
    """The part of the frame that shows the picture; None if all of it does."""
    clean: NDArray[np.uint8] | None = None
    """(256, 256) 0..255: the black-and-white picture without grain; None if it has no grain."""
    background: NDArray[np.float32] | None = None
    """(256, 256) L x 0.01 of the static background of the shot, NaN where unknown; None if not computed."""
    histogram: NDArray[np.float32] | None = None
    """(313, h, w) predicted probabilities of the ab bins, on a coarser grid."""
    descriptors: NDArray[np.float32] | None = None
    """(n, h, w) what a method says about the regions, on the same grid; None if no method describes them."""
    ab: NDArray[np.float32] | None = None
    """(members, 256, 256, 2) predicted CIELAB a and b, about -110..110; (1, 256, 256, 2) when combined."""
    confidence: NDArray[np.float32] | None = None
    """(256, 256) 0..1: probability that the colour is right; only with tracks."""
    chroma: tuple[NDArray[Any], NDArray[Any]] | None = None
    """Cb and Cr codes for a writer, each (chroma_height, chroma_width)."""
    field_order: FieldOrder | None = None
    """Field that comes first in this frame, or ``"progressive"``; None: as in the whole film."""

    @property
    def without_grain(self) -> NDArray[np.uint8]:
        """The picture in which regions are found: ``clean`` if the frame has it, else ``grey``."""
        return self.grey if self.clean is None else self.clean

    @property
    def shown(self) -> NDArray[np.uint8]:
        """The black-and-white picture that the film shows: ``mixed`` if the frame is mixed, else ``grey``."""
        return self.grey if self.mixed is None else self.mixed

    def picture(self, luminance: str) -> NDArray[np.uint8]:
        """Return ``rgb`` if ``luminance`` is ``"cielab"`` and the frame has colour, else ``grey``."""
        return self.rgb if luminance == "cielab" and self.rgb is not None else self.grey

    @property
    def cropped(self) -> Frame:
        """The frame with the pictures of its area alone, without corners; ``luma`` stays whole."""
        area = self.area
        if area is None or self.grey.shape != self.luma.shape:
            return self
        rgb = None if self.rgb is None else area.continued(self.rgb)
        color = None if self.color is None else self.color.cropped(area)
        return self.having(grey=area.continued(self.grey), rgb=rgb, color=color)

    def having(self, **layers: Any) -> Frame:
        """Return a copy of the frame with these layers."""
        return replace(self, **layers)

    def __repr__(self) -> str:
        layers = [n for n in ("rgb", "histogram", "ab", "chroma") if getattr(self, n) is not None]
        return f"Frame({self.index}, pts={self.pts}, luma={self.luma.shape} {self.luma.dtype}, {layers})"


def area_average(picture: NDArray[np.uint8], size: int = COLOR_SIZE) -> NDArray[np.uint8]:
    """Resize a picture to a square by averaging areas.

    Parameters
    ----------
    picture : uint8 array, shape (height, width) or (height, width, channels)
        Values 0..255.
    size : int
        Height and width of the result in pixels.
    """
    import cv2

    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8)


def once_per_drawing(frames: Iterable[Frame], layer: str, compute: Callable[[Frame], Any]) -> Iterator[Frame]:
    """Add a layer to frames. It is computed once for each drawing.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` numbers. For frames with number -1 the layer is computed one by one.
    layer : str
        Name of the layer.
    compute : callable
        Takes a frame and returns the layer.
    """
    drawing, value = -1, None
    for frame in frames:
        if frame.drawing < 0 or frame.drawing != drawing:
            drawing, value = frame.drawing, compute(frame)
        yield frame.having(**{layer: value})


@dataclass(frozen=True, slots=True)
class PlaneFormat:
    """Shape and coding of the luma and chroma planes that a writer expects."""

    height: int
    width: int
    chroma_height: int
    chroma_width: int
    bit_depth: int
    full_range: bool
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Place:
    """Position of a frame in its film."""

    index: int
    """Index of the frame."""
    shot_start: int
    """Index of the first frame of its shot, or of the first frame that was read."""
    background: NDArray[np.float32] | None = field(default=None, compare=False)
    """(256, 256) L x 0.01 of the static background of its shot; None if it was not computed."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A half-open range ``[start, stop)`` of frame indices between two cuts."""

    start: int
    stop: int

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.stop - self.start
