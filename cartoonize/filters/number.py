"""Number: number the unique drawings and the shots, so that held drawings are coloured once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from cartoonize.frames import Frame


def number_drawings(frames: Iterable[Frame], *, new_at: Collection[int] = ()) -> Iterator[Frame]:
    """Add ``drawing`` and ``shot`` to frames.

    Two frames share a drawing only if nothing visible differs between them. This test is stricter than the
    one that removes duplicates from training frames.

    Parameters
    ----------
    frames : iterable of Frame
        All frames of a film, in order.
    new_at : collection of int
        Indices of frames that always begin a new drawing, because the colours may change there.
    """
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.detect.held_drawings import DrawingDetector

    drawings, cuts = DrawingDetector(), CutDetector()
    drawing = shot = -1
    area = None
    for frame in frames:
        moved = frame.area != area  # bars change only at cuts
        area = frame.area
        cut = cuts.is_cut(frame.grey) or moved
        shot += shot < 0 or cut
        drawing += drawings.is_new(frame.grey) or frame.index in new_at or moved
        yield frame.having(drawing=drawing, shot=shot)
