"""Render: convert ab on the 256x256 grid to the chroma planes of a video."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.frames import Area, Frame, PlaneFormat, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

#: Options of the coding of the output.
_CODING = ("codec", "crf", "pix_fmt", "profile", "chroma_only")

Planes = tuple[NDArray[Any], NDArray[Any]]

#: CIELAB a and b of pixels with confidence 0 in a confidence video.
_RED = np.array([75, 55], np.float32)


@dataclass(frozen=True)
class RenderOptions:
    """Part of the source that is coloured, and coding of the output."""

    codec: str = "h264"
    """``h264``, ``h265``, ``av1``, ``ffv1``, ``prores``, ``dnxhr``; ``png``, ``tiff`` or ``exr`` for a folder
    of pictures."""
    crf: int | None = None
    """Constant rate factor; lower is better. Default: the visually lossless setting of the codec."""
    pix_fmt: str | None = None
    """Pixel format as FFmpeg names it, such as ``yuv420p10le``. Default: that of the source, with chroma."""
    profile: str | None = None
    """Profile of ``prores`` or ``dnxhr``. Default: the best one for the chroma of the source."""
    chroma_only: bool = False
    """Write the layer of colour with its opacity, to be laid above the grey picture."""
    clip_per_shot: bool = False
    """Write a folder with one clip for each shot."""
    handles: int = 0
    """Number of frames before and after each shot that its clip also has."""
    start: float | None = None
    end: float | None = None
    """Half-open part of the source, in seconds from its start. Default: all of it."""
    preview: int | None = None
    """Number of frames to colour from ``start`` on. Default: all."""
    force: bool = False
    """Replace an output that exists."""
    allow_damaged: bool = False
    """Colour the decodable parts of a damaged source."""
    film: bool = False
    """Write the progressive pictures of telecined film at their own rate."""
    bars: bool = True
    """Find black bars and rounded corners around the picture, and leave them grey."""

    @property
    def coding(self) -> dict[str, Any]:
        """Options of `cartoonize.video.open_writer` for the coding of the output."""
        return {name: getattr(self, name) for name in _CODING}

    @property
    def plain_coding(self) -> dict[str, Any]:
        """The same for a video beside the output that people only look at."""
        if self.codec in ("prores", "dnxhr") or self.chroma_only or self.clip_per_shot:
            return {"codec": "h264"}
        return self.coding

    @property
    def is_part(self) -> bool:
        """True if only a part of the source is coloured."""
        return (self.start, self.end, self.preview) != (None, None, None)

    def __post_init__(self) -> None:
        if self.start is not None and not 0 <= self.start < math.inf:
            raise UsageError(
                f"start must be finite and at least 0 s, got {self.start:g} s", "Use 0 or more seconds."
            )
        if self.end is not None and not (self.start or 0) < self.end < math.inf:
            raise UsageError(
                f"the part from {self.start or 0:g} s to {self.end:g} s is empty or endless",
                "Use an end after the start, or leave it out.",
            )
        if self.preview is not None and self.preview < 1:
            raise UsageError(f"preview must be at least 1 frame, got {self.preview}", "Use 1 or more.")
        if self.handles < 0 or (self.handles and not self.clip_per_shot):
            raise UsageError(
                f"{self.handles} handles are given", "Use 0 or more, together with --clip-per-shot."
            )
        if self.preview is not None and self.end is not None:
            raise UsageError("--preview and --end are both given", "Use only one of them.")


def render_frames(frames: Iterable[Frame], *, planes: PlaneFormat) -> Iterator[Frame]:
    """Add ``chroma`` to frames. A held drawing is rendered once.

    Parameters
    ----------
    frames : iterable of Frame
        With combined ``ab``, (1, 256, 256, 2).
    planes : PlaneFormat
        Chroma planes that the writer expects.
    """
    return once_per_drawing(frames, "chroma", lambda frame: chroma_planes(frame, planes))


def chroma_planes(frame: Frame, planes: PlaneFormat) -> Planes:
    """Return the Cb and Cr codes of a frame, in the size, bit depth and range of the planes.

    The ab of a frame are enlarged so that colours end at the edges of the source picture. The chroma of a
    pixel is computed from this ab and the luma of the source. What is outside of the area of the frame, if it
    has one, is exactly grey.
    """
    area = frame.area
    if area is None:
        return _planes_of_picture(frame, planes)
    rows, columns, shows = area_of_planes(area, frame.luma.shape, planes)
    if frame.grey.shape == frame.luma.shape:
        cb, cr = (plane[rows, columns] for plane in _planes_of_picture(frame, planes))
    else:
        height, width = rows.stop - rows.start, columns.stop - columns.start
        cb, cr = _planes_of_picture(frame, replace(planes, chroma_height=height, chroma_width=width))
    grey = 128 << (planes.bit_depth - 8)

    def framed(plane: NDArray[Any]) -> NDArray[Any]:
        whole = np.full((planes.chroma_height, planes.chroma_width), grey, plane.dtype)
        whole[rows, columns] = np.where(shows, plane, grey)
        return whole

    return framed(cb), framed(cr)


@lru_cache(maxsize=4)
def area_of_planes(
    area: Area, shape: tuple[int, int], planes: PlaneFormat
) -> tuple[slice, slice, NDArray[np.bool_]]:
    """Return the rows and columns of the chroma planes in an area, and which pixels there show the picture.

    A pixel of chroma that belongs to a pixel of a bar or of a corner shows none.

    Parameters
    ----------
    area : Area
        Area of a frame.
    shape : (int, int)
        Height and width of its luma.
    planes : PlaneFormat
        Format of the chroma planes.
    """
    down, across = shape[0] / planes.chroma_height, shape[1] / planes.chroma_width
    top, bottom = math.ceil(area.top / down), math.floor(area.bottom / down)
    left, right = math.ceil(area.left / across), math.floor(area.right / across)
    small = area.scaled((1 / down, 1 / across))
    small = replace(small, top=top, bottom=bottom, left=left, right=right)
    return slice(top, bottom), slice(left, right), ~small.corners


def _planes_of_picture(frame: Frame, planes: PlaneFormat) -> Planes:
    """Return the Cb and Cr codes of the picture of a frame, without regard to its area."""
    import cv2

    from cartoonize.color.luma import chroma_of_ab
    from cartoonize.refine.upsample import upsample_along_edges

    assert frame.ab is not None and len(frame.ab) == 1
    size = (planes.chroma_width, planes.chroma_height)
    ab = frame.ab[0].astype(np.float32)
    full = frame.grey.astype(np.float32)
    grey, coarse = (
        np.asarray(cv2.resize(full, s, interpolation=cv2.INTER_AREA), np.float32)
        for s in (size, ab.shape[1::-1])
    )
    chroma = chroma_of_ab(np.float32(1 / 255) * grey, upsample_along_edges(ab, coarse, grey), planes.matrix)
    scale = 1 << (planes.bit_depth - 8)
    span = (1 << planes.bit_depth) - 1 if planes.full_range else 224 * scale
    codes = np.rint(128 * scale + span * chroma)
    lowest, highest = (0, 256 * scale - 1) if planes.full_range else (16 * scale, 240 * scale)
    kind = np.uint8 if planes.bit_depth == 8 else np.uint16
    codes = np.clip(codes, lowest, highest).astype(kind)
    return np.ascontiguousarray(codes[..., 0]), np.ascontiguousarray(codes[..., 1])


def confidence_planes(frame: Frame, planes: PlaneFormat) -> Planes:
    """Return Cb and Cr codes that show the confidence of the colours of a frame: 1 is grey, 0 is red.

    Parameters
    ----------
    frame : Frame
        With ``confidence``.
    planes : PlaneFormat
        Chroma planes that the writer expects.
    """
    assert frame.confidence is not None
    doubt = _RED * (1 - frame.confidence[..., None])
    return chroma_planes(frame.having(ab=doubt[None]), planes)
