"""Detection of film in interlaced frames: which fields show one picture of the film.

A film of 24 pictures per second becomes 60 fields by showing its pictures for two and three fields in turn
(3:2 pulldown; or 2:3:3:2), and one of 25 becomes 50 by showing each for two, which may lie in two frames
(2:2). Two of five frames then have fields of two pictures. Since every picture is shown for at least two
fields in a row, the first field of a frame belongs to the same picture as the second field of this frame, or
as that of the frame before. The wrong one of the two makes a comb where something moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

#: With which second field the first field of a frame makes a picture: its own, that of the frame before, or
#: both, which are equal; None if with neither, as in interlaced video.
Match = Literal["own", "before", "both"] | None

#: Part of the keys of cached shots. Raise it when the same input yields other pictures.
VERSION = 1

#: How film becomes video: ``3:2`` stands for all kinds with four pictures in five frames.
Cadence = Literal["3:2", "2:2"]
#: Frames in which 3:2 pulldown shows four pictures.
CYCLE = 5
#: Mixed frames from which a phase follows, and share of them that must fit one.
_N_EVIDENCE, _MOST = 4, 0.7
#: Highest rate at which each frame of a video may be a picture of film.
_PAL = Fraction(251, 10)

#: A pixel is part of a comb if both lines beside it differ from it by more than this in the same direction.
_TEETH = 8
#: A field has changed where it differs from the field before by more than this, in codes of 0..255.
_CHANGE = 6
#: A frame is combed if it has at least this share of combed pixels, and at least this number.
_NO_COMB, _FEW = 1e-4, 12
#: The right field has at most this share of the comb of the wrong one.
_RIGHT = 0.5
#: A comb with this share of the pixels of the last strong one is noise of the coding. What is strong is
#: forgotten by the second number for each frame.
_WEAK, _DECAY = 0.15, 0.97


class FieldMatcher:
    """Detector of the fields that make up a picture, frame by frame.

    Parameters
    ----------
    first : {"top", "bottom"}
        Which field of a frame comes first.
    """

    def __init__(self, first: Literal["top", "bottom"] = "top") -> None:
        self._second = 1 if first == "top" else 0
        self._last: NDArray[np.uint8] | None = None
        self._level = 0.0
        self.joins_last = False
        """True if the last frame begins with the picture that the field directly before it shows."""

    def match(self, luma: NDArray[Any], *, bit_depth: int = 8) -> Match:
        """Return which second field belongs to the first field of the next frame.

        Parameters
        ----------
        luma : array, shape (height, width)
            Both fields as stored.
        bit_depth : int
            Bits of its values.
        """
        now = luma if bit_depth == 8 else (luma >> (bit_depth - 8)).astype(np.uint8)
        last, self._last = self._last, now
        self.joins_last = False
        if last is None or last.shape != now.shape:
            return "own"
        return self._compared(now, last)

    def match_of_first(self, luma: NDArray[Any], following: NDArray[Any], *, bit_depth: int = 8) -> Match:
        """Return the match of a first frame, which has none before it: "own", or None."""
        now, after = (
            plane if bit_depth == 8 else (plane >> (bit_depth - 8)).astype(np.uint8)
            for plane in (luma, following)
        )
        own, other = self._combs(now, after)
        return "own" if own <= max(_none(now), _WEAK * other) else None

    def _compared(self, now: NDArray[np.uint8], other: NDArray[np.uint8]) -> Match:
        own, before = self._combs(now, other)
        self._level = max(own, before, _DECAY * self._level)
        self.joins_last = before <= max(_none(now), _WEAK * self._level)
        if max(own, before) <= _none(now):
            return "both"
        if own <= _RIGHT * before:
            return "own"
        if before <= _RIGHT * own:
            self.joins_last = True
            return "before"
        return "both" if max(own, before) <= _WEAK * self._level else None

    def _combs(self, now: NDArray[np.uint8], other: NDArray[np.uint8]) -> tuple[int, int]:
        """Return the comb of a frame, and that with the second field of another one, where these differ."""
        second = self._second
        changed = _changed(now[second::2], other[second::2])
        if not changed.any():
            return 0, 0
        moves = np.repeat(changed, 2, 0)[: len(now)]
        if len(moves) < len(now):
            moves = np.pad(moves, ((0, 1), (0, 0)))
        woven = now.copy()
        woven[second::2] = other[second::2]
        return _comb(now, moves), _comb(woven, moves)


def _none(picture: NDArray[np.uint8]) -> float:
    """Return the largest number of combed pixels of a frame that is not combed."""
    return max(_FEW, _NO_COMB * picture.size)


def _changed(field: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where two fields differ, with a margin."""
    difference = cv2.absdiff(cv2.blur(field, (3, 3)), cv2.blur(other, (3, 3)))
    return cv2.dilate((difference > _CHANGE).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


def _comb(picture: NDArray[np.uint8], where: NDArray[np.bool_]) -> int:
    """Return the number of combed pixels of a picture in a place."""
    lines = cv2.blur(picture, (3, 1))
    line, above, below = lines[1:-1], lines[:-2], lines[2:]
    brighter = cv2.min(cv2.subtract(line, above), cv2.subtract(line, below))  # 0 where it is not brighter
    darker = cv2.min(cv2.subtract(above, line), cv2.subtract(below, line))
    return int(np.count_nonzero((cv2.max(brighter, darker) > _TEETH) & where[1:-1]))


class PulldownPhase:
    """Position in the cycle of five frames in which four pictures of film are shown (3:2 or 2:3:3:2).

    The phase is the position, 0..4, of the first frame with fields of two pictures, in cycles that begin at
    multiples of five frames. This frame shows the picture of the frame before once more. The phase follows
    from the last frames in which anything moves, and stays as it is in still scenes.
    """

    def __init__(self) -> None:
        self._at: list[int] = []
        self._n_frames = 0
        self.phase: int | None = None
        """The phase; None if it is not known yet."""

    def add(self, *, mixed: bool) -> None:
        """Add the next frame: whether its second field belongs to the picture of the next frame."""
        if mixed:
            self._at = [*self._at[-_N_EVIDENCE + 1 :], self._n_frames % CYCLE]
            fitting = _phases(self._at)
            if len(self._at) == _N_EVIDENCE and fitting and self.phase not in fitting:
                self.phase = fitting[0]
        self._n_frames += 1


def _phases(positions: Sequence[int]) -> list[int]:
    """Return the phases at which mixed frames are at these positions: at the phase, or directly after it."""
    return [
        phase
        for phase in range(CYCLE)
        if phase in positions and all((position - phase) % CYCLE <= 1 for position in positions)
    ]


def cadence_of(mixed: Sequence[bool], *, is_interlaced: bool, frame_rate: Fraction) -> Cadence | None:
    """Return how film was telecined, from the frames with fields of two pictures; None if it was not.

    Parameters
    ----------
    mixed : sequence of bool
        For each frame: whether its second field belongs to the picture of the next frame.
    is_interlaced : bool
        True if the frames are marked as interlaced.
    frame_rate : Fraction
        Frames per second.
    """
    at = [k for k, one in enumerate(mixed) if one]
    if len(at) < _N_EVIDENCE:
        return "2:2" if is_interlaced and frame_rate <= _PAL else None
    if len(at) > 0.6 * (at[-1] - at[0] + 1):
        return "2:2"
    windows = [at[k : k + _N_EVIDENCE] for k in range(len(at) - _N_EVIDENCE + 1)]
    fitting = sum(bool(_phases([k % CYCLE for k in window])) for window in windows)
    return "3:2" if fitting > _MOST * len(windows) else None
