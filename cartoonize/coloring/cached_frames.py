"""Cached frames: read the frames of one cached shot as methods saw them, without a pass over the film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from cartoonize.coloring.cached_shot import CachedShot
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import SourceError
from cartoonize.filters.clean import clean_frames
from cartoonize.filters.number import number_drawings
from cartoonize.filters.transitions import without_transitions
from cartoonize.frames import Frame

if TYPE_CHECKING:
    from cartoonize.video.source import Source

#: Number of frames before the shot that are read, from which a transition at its start is recognised.
_N_BEFORE = 96


def shot_frames(source: Source, cached: CachedShot, number: int, options: ColorizeOptions) -> Iterator[Frame]:
    """Yield the frames of a cached shot, with the layers that `color_shot` gets: area, drawing, shot, clean.

    Drawings are numbered from the start of the shot.

    Parameters
    ----------
    source : Source
        Opened source of the film.
    cached : CachedShot
        The shot.
    number : int
        Number of the shot.
    options : ColorizeOptions
        Options with which it was coloured.

    Raises
    ------
    SourceError
        If the source does not have these frames any more.
    """
    indices = {int(pts): cached.start + k for k, pts in enumerate(cached.pts)}
    frames: Iterable[Frame] = (frame.having(area=cached.area) for frame in _around(source, cached))
    if options.uses_tracks:
        frames = without_transitions(frames)
    own = (_placed(frame, cached, indices[frame.pts]) for frame in frames if frame.pts in indices)
    numbered = number_drawings(islice(own, len(indices)), known_cuts=cached.known_cuts)
    n_read = 0
    for frame in clean_frames(numbered) if options.denoises else numbered:
        n_read += 1
        yield frame.having(shot=number)
    if n_read == len(indices):
        return
    raise SourceError(
        f"{source.path} has {n_read} of {len(indices)} frames of a shot that was coloured",
        "Colour the film again.",
    )


def _around(source: Source, cached: CachedShot) -> Iterable[Frame]:
    """Return the frames of a shot with some before and all after it."""
    rate, format = float(source.format.frame_rate or 24), source.format
    first = float((int(cached.pts[0]) - format.start_pts) * format.time_base)
    start = max(first - (_N_BEFORE + 0.25) / rate, 0.0)
    return source.frames(start=start or None)


def _placed(frame: Frame, cached: CachedShot, index: int) -> Frame:
    """Return a frame with its index in the film, and without its bars."""
    return replace(frame, index=index, area=cached.area).cropped
