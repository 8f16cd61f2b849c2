"""Render: from a and b on the colour grid to the chroma planes of a video, beside the source's own luma."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.frames import Frame, PlaneFormat, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

Planes = tuple[NDArray[Any], NDArray[Any]]

#: CIELAB a and b of what is surely wrong, in pictures of confidence.
_RED = np.array([75, 55], np.float32)


@dataclass(frozen=True)
class RenderOptions:
    """What is written: which part, and how it is coded."""

    codec: str = "h264"
    """``h264``, ``h265``, ``av1``, ``ffv1``, or ``png`` for a folder of pictures."""
    crf: int | None = None
    """Quality, lower is better; default: the codec's visually lossless setting."""
    pix_fmt: str | None = None
    """FFmpeg's name, such as ``yuv420p10le``; default: the source's, with chroma."""
    start: float | None = None
    end: float | None = None
    """Seconds from the start of the source; half open."""
    preview: int | None = None
    """Only this many frames from ``start`` on."""
    force: bool = False
    """Replace an output that exists."""
    allow_damaged: bool = False
    """Take what can be decoded of a damaged source."""

    @property
    def is_part(self) -> bool:
        """Whether only a part of the source is wanted."""
        return (self.start, self.end, self.preview) != (None, None, None)

    def __post_init__(self) -> None:
        if self.start is not None and not 0 <= self.start < math.inf:
            raise UsageError(f"start {self.start:g} s is no time in a film", "Give seconds from 0.")
        if self.end is not None and not (self.start or 0) < self.end < math.inf:
            raise UsageError(
                f"the part from {self.start or 0:g} s to {self.end:g} s is empty or endless",
                "Give an end after the start, or none.",
            )
        if self.preview is not None and self.preview < 1:
            raise UsageError(f"a preview of {self.preview} frames is none", "Give 1 or more.")
        if self.preview is not None and self.end is not None:
            raise UsageError("--preview and --end both say where to stop", "Give one of them.")


def render_frames(frames: Iterable[Frame], *, planes: PlaneFormat) -> Iterator[Frame]:
    """Add ``chroma`` to frames that carry one ``ab``; a held drawing is rendered once.

    Parameters
    ----------
    frames : iterable of Frame
        With ``ab`` of shape (1, 256, 256, 2).
    planes : PlaneFormat
        What the writer takes.
    """
    return once_per_drawing(frames, "chroma", lambda frame: chroma_planes(frame, planes))


def chroma_planes(frame: Frame, planes: PlaneFormat) -> Planes:
    """Return Cb and Cr code values of a frame at the planes' size, depth and range.

    The colour of a pixel is the one with the source's luma and the predicted a and b; these are enlarged
    along the edges of the source's own picture.
    """
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
    span = 255 if planes.full_range else 224
    scale = 1 << (planes.bit_depth - 8)
    codes = np.rint((128 + span * chroma) * scale)
    lowest, highest = (0, 256 * scale - 1) if planes.full_range else (16 * scale, 240 * scale)
    kind = np.uint8 if planes.bit_depth == 8 else np.uint16
    codes = np.clip(codes, lowest, highest).astype(kind)
    return np.ascontiguousarray(codes[..., 0]), np.ascontiguousarray(codes[..., 1])


def confidence_planes(frame: Frame, planes: PlaneFormat) -> Planes:
    """Return Cb and Cr code values that show how sure the colours of a frame are: the redder, the less.

    Parameters
    ----------
    frame : Frame
        With ``confidence``.
    planes : PlaneFormat
        What the writer takes.
    """
    assert frame.confidence is not None
    doubt = _RED * (1 - frame.confidence[..., None])
    return chroma_planes(frame.having(ab=doubt[None]), planes)
