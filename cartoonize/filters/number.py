"""Number: number the unique drawings and the shots, so that held drawings are coloured once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame
from cartoonize.unsteadiness import Unsteadiness


def number_drawings(
    frames: Iterable[Frame], *, new_at: Collection[int] = (), known_cuts: Mapping[int, bool] | None = None
) -> Iterator[Frame]:
    """Add ``drawing`` and ``shot`` to frames. On an unsteady print, add ``unsteadiness`` and steady pictures.

    There, ``grey`` and ``rgb`` get the position and brightness of the shot. ``luma`` stays.

    Two frames share a drawing only if nothing visible differs between them, except for gate weave and flicker
    on an unsteady print. This test is stricter than the one that removes duplicates from training frames.

    Parameters
    ----------
    frames : iterable of Frame
        All frames of a film, in order.
    new_at : collection of int
        Indices of frames that always begin a new drawing, because the colours may change there.
    known_cuts : mapping of int to bool, optional
        Indices of frames of which it is known whether a shot begins with them. Where the picture area
        changes, and in the middle of a transition, a shot begins in any case.
    """
    from cartoonize.detect.cuts import CutDetector
    from cartoonize.detect.unsteady_drawings import PrintDrawingDetector

    known_cuts = known_cuts or {}
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
        detected = cuts.is_cut(frame.grey)
        cut = known_cuts.get(frame.index, detected) or moved or crosses
        shot += shot < 0 or cut
        begins = frame.index in new_at or moved
        is_new, unsteadiness = drawings.add(frame.grey, is_cut=cut, begins=begins)
        drawing += is_new or begins
        numbered = frame.having(drawing=drawing, shot=shot)
        yield numbered if unsteadiness is None else steady_frame(numbered, unsteadiness, drawings.picture)


def steady_frame(frame: Frame, unsteadiness: Unsteadiness, grey: NDArray[np.uint8] | None = None) -> Frame:
    """Return a frame with ``unsteadiness``, and with pictures that it is taken out of.

    Parameters
    ----------
    frame : Frame
        Frame of an unsteady print.
    unsteadiness : Unsteadiness
        How its pictures differ from those of its drawing.
    grey : uint8 array, shape (height, width), optional
        The picture of its drawing. Default: computed from that of the frame.
    """
    from cartoonize.detect.registration import steadied

    if grey is None:
        grey = steadied(frame.grey, unsteadiness)
    rgb = None if frame.rgb is None else steadied(frame.rgb, unsteadiness)
    return frame.having(grey=grey, rgb=rgb, unsteadiness=unsteadiness)
