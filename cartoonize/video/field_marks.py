"""Marks of interlaced frames in a copy: each as in the source, or all alike where the codec cannot."""

from __future__ import annotations

from collections.abc import Callable

import av

from cartoonize.frames import FieldOrder
from cartoonize.video.fields import field_marker

#: Encoders that mark each frame. The others need one mark for the whole film.
_EACH = ("ffv1",)


class FieldMarks:
    """Marks the frames of a copy.

    Parameters
    ----------
    order : FieldOrder
        Field order of the film.
    encoder : str
        FFmpeg name of the encoder.
    """

    def __init__(self, order: FieldOrder, encoder: str) -> None:
        self._order, self._marks_each = order, encoder in _EACH
        self._markers: dict[FieldOrder, Callable[[av.VideoFrame], av.VideoFrame]] = {}
        self._n_frames = self._n_other = 0

    def marked(self, picture: av.VideoFrame, order: FieldOrder | None) -> av.VideoFrame:
        """Return a picture with the mark of its field order; None: the one of the film."""
        self._n_frames += 1
        wanted = order or self._order
        if not self._marks_each:
            self._n_other += wanted != self._order
            wanted = self._order
        if wanted == "progressive":
            return picture
        if wanted not in self._markers:
            self._markers[wanted] = field_marker(wanted)
        return self._markers[wanted](picture)

    def report(self) -> str:
        """Return a line about frames that have another mark than in the source, or ""."""
        if not self._n_other:
            return ""
        number, hint = f"{self._n_other} of {self._n_frames} frames", "ffv1 marks each frame"
        if self._order == "progressive":
            return f"{number} are interlaced, and are marked as progressive like the others; {hint}"
        return f"{number} have other fields or none, and are marked like the others; {hint}"
