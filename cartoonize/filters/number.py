"""Number: number the unique drawings and the shots, so that held drawings are coloured once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from cartoonize.frames import Frame


def number_drawings(frames: Iterable[Frame], *, new_at: Collection[int] = ()) -> Iterator[Frame]:
    """Add ``drawing`` and ``shot`` to frames, and ``unsteadiness`` to those of worn prints.

    Two frames share a drawing only if nothing visible differs between them, except for gate weave and flicker
    on an unsteady print. This test is stricter than the one that removes duplicates from training frames.

    Parameters
    ----------
    frames : iterable of Frame
        All frames of a film, in order.
    new_at : collection of int
        Indices of frames that always begin a new drawing, because the colours may change there.
    """
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.detect.unsteady_drawings import PrintDrawingDetector

    drawings, cuts = PrintDrawingDetector(), CutDetector()
    drawing = shot = -1
    area = None
    side = None
    for frame in frames:
        moved = frame.area != area  # bars change only at cuts
        area = frame.area
        crosses = side == "after"  # the frames before the middle of a transition end here
        side = frame.mix.other if frame.mix is not None else None
        crosses = crosses and side == "before"
        cut = cuts.is_cut(frame.grey) or moved or crosses
        shot += shot < 0 or cut
        begins = frame.index in new_at or moved
        is_new, unsteadiness = drawings.add(frame.grey, is_cut=cut, begins=begins)
        drawing += is_new or begins
        yield frame.having(drawing=drawing, shot=shot, unsteadiness=unsteadiness)
