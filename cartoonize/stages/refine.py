"""Refine: one colour for every region of a drawing (thesis 8.4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.frames import Frame, once_per_drawing

#: What can be done to a single drawing.
FILLS = ("none", "grow", "felzenszwalb")
REFINEMENTS = (*FILLS, "tracks")
LOOKAHEAD = 0


@dataclass(frozen=True)
class RefineOptions:
    """Which regions to fill."""

    refine: str = "none"
    """``grow``: region growing with a running mean; ``felzenszwalb``: the graph-based segmentation;
    ``tracks``: regions followed through their shot, see `track_frames`; ``none``: leave the colours as
    predicted."""
    album: bool = True
    """With ``tracks``: look in the training episodes, and among references, for what is drawn again."""
    denoise: bool = True
    """With ``tracks``: find and follow the regions of a grainy film in pictures without the grain."""

    def __post_init__(self) -> None:
        if self.refine not in REFINEMENTS:
            raise UsageError(f"unknown refinement {self.refine!r}", f"Known: {', '.join(REFINEMENTS)}")


def refine_frames(frames: Iterable[Frame], *, options: RefineOptions) -> Iterator[Frame]:
    """Fill every ``ab`` of every frame, region by region; a held drawing is filled once.

    For ``tracks`` there is a stage of its own.
    """
    if options.refine == "none":
        yield from frames
        return

    from cartoonize.refine.fill import fill_regions

    def refined(frame: Frame) -> NDArray[np.float32]:
        assert frame.ab is not None
        regions = _regions(frame, options.refine)
        return np.stack([fill_regions(ab, regions) for ab in frame.ab])

    yield from once_per_drawing(frames, "ab", refined)


def _regions(frame: Frame, method: str) -> NDArray[np.int32]:
    from cartoonize.color.lab import lightness_on_grid
    from cartoonize.refine import regions

    assert frame.ab is not None
    height, width = frame.ab.shape[1:3]
    find = regions.grow_regions if method == "grow" else regions.felzenszwalb_regions
    return find(lightness_on_grid(frame.grey, height, width))
