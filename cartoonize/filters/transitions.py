"""Transitions: show their frames as pictures of one shot, and mix the chroma later.

The pixels of a mixed frame belong to two shots, or are too dark or too light for their colours to be
recognised. So methods get another picture: of a dissolve the last picture before it or the first one after
it, of a fade the picture without the fade. Each pixel of a wipe belongs to one shot. There methods get the
side that is larger in the frame, and in the rest of the picture the last picture before the wipe or the first
one after it. After all shots are coloured, `mixed_chroma` mixes their chroma as the film mixes their
pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.detect.transition_choice import REACH, Transition
from cartoonize.detect.transitions import TransitionDetector, is_flat
from cartoonize.filters.render import Planes
from cartoonize.frames import Frame, Mix, PlaneFormat
from cartoonize.wipe_front import Front

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 3

#: Largest size in bytes of the frames that wait for the end of a transition. If frames are large, long
#: transitions are not found.
_MAX_BYTES = 384 << 20
#: A faded picture is restored if it has at least this share. Else the nearest restored one is held.
_MIN_SHARE = 0.25
#: A frame continues a fade if its mean differs from the flat colour by less than this, in codes.
_SAME_LEVEL = 6.0
#: Methods do not see the pixels of a wiped frame that are nearer than this to the edge of its picture, as a
#: share of the way of the edge, because the place of the edge is measured with an error.
_EDGE = 0.02


def without_transitions(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Replace ``grey`` in the frames of transitions by a picture of one shot, and add ``mix`` and ``mixed``.

    Parameters
    ----------
    frames : iterable of Frame
        All frames of a film, in order. Some frames are read ahead. Transitions are looked for in the ``area``
        of a frame that has one, and replaced in the whole frame.
    """
    detector, waiting = TransitionDetector(), _Waiting()
    for frame in frames:
        waiting.add(frame)
        for found in detector.add(_without_bars(frame)):
            waiting.mix(found)
        yield from waiting.due()
    for found in detector.finish():
        waiting.mix(found)
    yield from waiting.all()


class _Waiting:
    """Frames that may turn out to be in a transition."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()
        self._first = 0
        """Number of the first waiting frame, from 0."""
        self._n_bytes = 0
        self._levels: dict[int, float] = {}
        """Codes of the colours to which the film fades, by the number of the last faded frame."""
        self._faded: tuple[Frame, float] | None = None
        """After a fade: its last frame, and the code of its colour."""

    def add(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._n_bytes += _n_bytes(frame)

    def due(self) -> Iterator[Frame]:
        """Yield the frames that need not wait longer."""
        while len(self._frames) > REACH or (self._n_bytes > _MAX_BYTES and len(self._frames) > 1):
            yield self._next()

    def all(self) -> Iterator[Frame]:
        """Yield all frames."""
        while self._frames:
            yield self._next()

    def mix(self, found: Transition) -> None:
        """Replace the pictures of the frames of a transition, if all of them are waiting."""
        start, stop = found.start - self._first, found.stop - self._first
        if start < 1 or stop >= len(self._frames):
            return
        if found.fronts:
            self._wipe(found, start, stop)
            return
        shares = np.array(found.shares)
        if found.kind == "dissolve":
            before, after = self._frames[start - 1], self._frames[stop]
            for k, share in zip(range(start, stop), shares, strict=True):
                own, mix = (before, Mix(1 - share, "after")) if share < 0.5 else (after, Mix(share, "before"))
                self._replace(k, own.grey, own.rgb, mix)
            return
        if found.kind == "fade out":
            shares = 1 - shares
            self._levels[found.stop - 1] = found.level
        clear = [k for k, share in zip(range(start, stop), shares, strict=True) if share >= _MIN_SHARE]
        clear.append(start - 1 if found.kind == "fade out" else stop)
        restored = {k: self._frames[k].grey for k in clear}
        for k in clear[:-1]:
            share = np.float32(shares[k - start])
            grey = found.level + (self._frames[k].grey.astype(np.float32) - found.level) / share
            restored[k] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        for k, share in zip(range(start, stop), shares, strict=True):
            nearest = min(clear, key=lambda one: abs(one - k))
            self._replace(k, restored[nearest], None, Mix(float(share), "flat"))

    def _wipe(self, found: Transition, start: int, stop: int) -> None:
        """Complete the larger side of each wiped frame; of an iris, the picture beside the flat colour."""
        before, after = self._frames[start - 1], self._frames[stop]
        if found.kind == "iris out":
            self._levels[found.stop - 1] = found.level
        fronts = [_around(front, before) for front in found.fronts]
        for k, share, front in zip(range(start, stop), found.shares, fronts, strict=True):
            if found.kind == "iris in":
                still, mix = after, Mix(share, "flat", front)
            elif found.kind == "iris out":
                still, mix = before, Mix(1 - share, "flat", front.complement)
            elif share < 0.5:
                still, mix = before, Mix(1 - share, "after", front.complement)
            else:
                still, mix = after, Mix(share, "before", front)
            frame = self._frames[k]
            assert mix.front is not None
            shows = _shows(mix.front, frame.grey.shape)
            rgb = None
            if frame.rgb is not None and still.rgb is not None:
                rgb = np.where(shows[..., None], frame.rgb, still.rgb)
            self._replace(k, np.where(shows, frame.grey, still.grey), rgb, mix)

    def _replace(self, k: int, grey: NDArray[np.uint8], rgb: NDArray[np.uint8] | None, mix: Mix) -> None:
        frame = self._frames[k]
        rgb = frame.rgb if rgb is None else rgb
        self._frames[k] = frame.having(grey=grey, rgb=rgb, mix=mix, mixed=frame.grey)

    def _next(self) -> Frame:
        frame, number = self._frames.popleft(), self._first
        self._first += 1
        self._n_bytes -= _n_bytes(frame)
        if number in self._levels:
            self._faded = frame, self._levels.pop(number)
            return frame
        return self._continued(frame)

    def _continued(self, frame: Frame) -> Frame:
        """Return the frame; as a part of the shot before it if it shows only the colour of its fade."""
        if self._faded is None:
            return frame
        before, level = self._faded
        picture = _without_bars(frame)
        is_same = is_flat(picture) and abs(float(picture.mean()) - level) < _SAME_LEVEL
        if frame.mix is None and is_same:
            return frame.having(grey=before.grey, rgb=before.rgb, mix=Mix(0.0, "flat"), mixed=frame.grey)
        self._faded = None
        return frame


def _without_bars(frame: Frame) -> NDArray[np.uint8]:
    """Return the black-and-white picture of a frame in its area, in which bars hide no transition."""
    return frame.grey if frame.area is None else frame.area.continued(frame.grey)


def _around(front: Front, frame: Frame) -> Front:
    """Return a front that was found in the area of a frame, as one of the whole frame."""
    area, (height, width) = frame.area, frame.grey.shape
    if area is None:
        return front
    return front.around((area.top, area.bottom), (area.left, area.right), height, width)


def _shows(front: Front, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels (height, width) that certainly show the picture with this front."""
    coordinates = front.coordinates(*shape)
    margin = _EDGE * float(np.ptp(coordinates)) + front.softness / 2
    return coordinates < np.float32(front.position - margin)


def _n_bytes(frame: Frame) -> int:
    return frame.luma.nbytes + frame.shown.nbytes + (frame.rgb.nbytes if frame.rgb is not None else 0)


def mixed_chroma(frames: Iterable[Frame], *, planes: PlaneFormat) -> Iterator[Frame]:
    """Mix the ``chroma`` of the frames of transitions as the film mixes their pictures.

    Y' of a mixture is the mixture of the Y' of both pictures, and the same holds for Cb and Cr.

    Parameters
    ----------
    frames : iterable of Frame
        Coloured frames. Those of transitions have the chroma of their own shot.
    planes : PlaneFormat
        Format of the chroma planes.
    """
    waiting: list[Frame] = []
    """Frames of a dissolve or a wipe before its middle."""
    before: Planes | None = None
    grey = np.float32(128 << (planes.bit_depth - 8))
    neutral = (grey, grey)
    for frame in frames:
        mix = frame.mix
        if mix is not None and mix.other == "after":
            waiting.append(frame)
            continue
        if mix is not None and mix.other == "before" and waiting:
            before = waiting[-1].chroma
            for one in waiting:
                yield _mixed(one, frame.chroma)
        else:
            yield from waiting
        waiting = []
        if mix is None:
            yield frame
        elif mix.other == "flat":
            yield _mixed(frame, neutral)
        else:
            yield _mixed(frame, before)
    yield from waiting


def _mixed(frame: Frame, other: tuple[Any, Any] | None) -> Frame:
    """Return the frame with a mixture of its own chroma and of other planes."""
    if frame.chroma is None or frame.mix is None or other is None:
        return frame
    share = frame.mix.shares(*frame.chroma[0].shape)
    planes = [share * one + (1 - share) * two for one, two in zip(frame.chroma, other, strict=True)]
    first, second = (np.rint(plane).astype(frame.chroma[0].dtype) for plane in planes)
    return frame.having(chroma=(first, second))
