"""Drawings: number the unique drawings and the shots, so that held drawings are coloured once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from cartoonize.frames import Frame


def number_drawings(frames: Iterable[Frame], *, new_at: Collection[int] = ()) -> Iterator[Frame]:
    """Add ``drawing`` and ``shot`` to frames.

    Two frames share a drawing only if nothing visible differs between them; the test is stricter than the
    one that thins out training frames.

    Parameters
    ----------
    frames : iterable of Frame
    new_at : collection of int
        Indices of frames that begin a new drawing though it be held: there its colours may change.
    """
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.detect.held_drawings import DrawingDetector

    drawings, cuts = DrawingDetector(), CutDetector()
    drawing = shot = -1
    for frame in frames:
        cut = cuts.is_cut(frame.grey)
        shot += shot < 0 or cut
        drawing += drawings.is_new(frame.grey) or frame.index in new_at
        yield frame.having(drawing=drawing, shot=shot)
