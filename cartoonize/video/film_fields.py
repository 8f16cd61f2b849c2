"""Pictures of film in interlaced frames, woven from the fields that show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import av
import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.telecine import FieldMatcher, Match
from cartoonize.frames import FieldOrder
from cartoonize.video.fields import deinterlaced, first_field
from cartoonize.video.planes import is_rgb, luma_bits, luma_of_rgb_frame, luma_plane


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame, and the picture that its first field shows."""

    frame: av.VideoFrame
    picture: av.VideoFrame
    weaves_next: bool = False
    """True if the second field belongs to the picture of the next frame."""
    is_torn: bool = False
    """True if no two fields make its picture, as in video, or in film whose fields are blended."""


def shown_pictures(
    pictures: Iterable[av.VideoFrame], *, all_frames: bool = False, order: FieldOrder = "top"
) -> Iterator[Shown]:
    """Yield frames with the pictures that they show.

    A progressive frame is its own picture. Of film in interlaced frames, the picture is woven from the two
    fields that show it (`FieldMatcher`), without loss. Video is deinterlaced.

    Parameters
    ----------
    pictures : iterable of VideoFrame
        Frames in presentation order. The output is delayed by one frame.
    all_frames : bool
        Take all frames for interlaced, also those that are not marked.
    order : FieldOrder
        Field order of frames that are not marked.
    """
    weaver: _Weaver | None = None
    last: Shown | None = None
    last_match: Match = "own"
    for frame, deinterlaced_picture in deinterlaced(pictures, all_frames=all_frames):
        if weaver is None and deinterlaced_picture is not frame:
            weaver = _Weaver(first_field(frame) if frame.interlaced_frame else order)
        if weaver is None:
            yield Shown(frame, frame)
            continue
        match, picture = weaver.look(frame, deinterlaced_picture)
        if last is not None:
            joins = weaver.joins_last
            if weaver.is_second and weaver.first_match(frame) == "own":
                last, last_match = replace(last, picture=last.frame), "own"
            is_mixed = last_match in ("before", None)
            yield replace(last, weaves_next=is_mixed and joins)
            if match == "before" and not is_mixed:
                picture = last.picture  # the same picture of the film, without new noise of the coding
        is_torn = match is None and last is not None
        last, last_match = Shown(frame, picture, is_torn=is_torn), match
    if last is not None:
        yield last


class _Weaver:
    """Pictures of film, woven from fields."""

    def __init__(self, first: FieldOrder) -> None:
        order: Literal["top", "bottom"] = "bottom" if first == "bottom" else "top"
        self._second = 1 if order == "top" else 0
        self._matcher = FieldMatcher(order)
        self._frames: list[av.VideoFrame] = []
        """The first frame, or the last two."""
        self._n = 0

    def look(self, frame: av.VideoFrame, deinterlaced_picture: av.VideoFrame) -> tuple[Match, av.VideoFrame]:
        """Return the match of the next frame, and the picture that it shows."""
        match = self._matcher.match(_luma(frame), bit_depth=8)
        self._n += 1
        self._frames = [*self._frames[-1:], frame]
        if self._n == 1:
            return None, deinterlaced_picture
        if match in ("own", "both"):
            return match, frame
        if match == "before":
            return match, _woven(frame, self._frames[0], self._second)
        return match, deinterlaced_picture

    @property
    def joins_last(self) -> bool:
        """True if the last frame begins with the picture that the second field of the frame before shows."""
        return self._matcher.joins_last

    @property
    def is_second(self) -> bool:
        """True after the second frame."""
        return self._n == 2

    def first_match(self, frame: av.VideoFrame) -> Match:
        """Return the match of the first frame; ``frame`` is the second one."""
        return self._matcher.match_of_first(_luma(self._frames[0]), _luma(frame))


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the luma of a frame in 8 bits."""
    luma = luma_of_rgb_frame(frame, "bt601") if is_rgb(frame.format.name) else luma_plane(frame)
    bits = luma_bits(frame.format.name)
    return luma if bits == 8 else (luma >> (bits - 8)).astype(np.uint8)


def _woven(frame: av.VideoFrame, other: av.VideoFrame, second: int) -> av.VideoFrame:
    """Return a frame with the second field of another one, in all planes."""
    woven = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for plane, own, before in zip(woven.planes, frame.planes, other.planes, strict=True):
        buffers: tuple[Any, ...] = (plane, own, before)
        rows, own_rows, other_rows = (
            np.frombuffer(p, np.uint8).reshape(-1, abs(p.line_size)) for p in buffers
        )
        width = min(rows.shape[1], own_rows.shape[1], other_rows.shape[1])
        rows[:, :width] = own_rows[: len(rows), :width]
        rows[second::2, :width] = other_rows[second : len(rows) : 2, :width]
    woven.pts = frame.pts
    if frame.time_base is not None:
        woven.time_base = frame.time_base
    woven.colorspace, woven.color_range = frame.colorspace, frame.color_range
    return woven
