"""Refine: one colour for every region of a drawing (thesis 8.4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError
from cartoonize.frames import Frame, once_per_drawing

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Refinements that need only one drawing.
FILLS = ("none", "grow", "felzenszwalb")
#: All refinements.
REFINEMENTS = (*FILLS, "tracks")
#: Ways to choose the colour of a region.
FILL_COLORS = ("kmeans", "mean", "mode", "elbow")


@dataclass(frozen=True)
class RefineOptions:
    """Options of the refinement of predicted colours."""

    refine: str | None = None
    """``grow``: fill the regions found by region growing with a running mean; ``felzenszwalb``: fill the
    regions found by graph-based segmentation; ``tracks``: follow regions through their shot, see
    `track_frames`; ``none``: leave the colours as predicted; None: the best for the chosen methods, see
    `default_refinement`."""
    album: bool = True
    """With ``tracks``: look drawings up in the training episodes and among references."""
    denoise: bool = True
    """With ``tracks``: find and follow the regions of a grainy film in pictures without the grain."""
    fill: str = "kmeans"
    """With ``grow`` and ``felzenszwalb``, the colour of a region: ``kmeans``: the centre of the larger of two
    clusters (thesis); ``mean``; ``mode``; ``elbow``: the centre of the largest cluster, where the elbow
    method determines the number of clusters."""
    threshold: float = 3 / 51
    """With ``grow``: largest difference of a pixel from the mean of its region, as a share of the range of
    luminance of the picture, 0..1. 0 infers it for each drawing, see
    `cartoonize.refine.regions.grow_regions_for`."""

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("refinement", self.refine, REFINEMENTS),
            ("fill", self.fill, FILL_COLORS),
        ):
            if value is not None and value not in known:
                raise UsageError(f"unknown {kind} {value!r}", f"Known: {', '.join(known)}")
        if not 0 <= self.threshold <= 1:
            raise UsageError(
                f"threshold must be 0 to 1, got {self.threshold:g}",
                "The thesis uses 3/51 = 0.059. 0 infers it for each drawing.",
            )


def refine_frames(frames: Iterable[Frame], *, options: RefineOptions) -> Iterator[Frame]:
    """Give each region of a drawing one colour, in the ``ab`` of every member. A held drawing is filled once.

    Frames are unchanged with ``none`` and None. For ``tracks``, use `track_frames`.
    """
    if options.refine in (None, "none"):
        yield from frames
        return

    from cartoonize.refine.fill import fill_regions

    def refined(frame: Frame) -> NDArray[np.float32]:
        assert frame.ab is not None
        regions = _regions(frame, options)
        fill: Any = options.fill
        return np.stack([fill_regions(ab, regions, fill=fill) for ab in frame.ab])

    yield from once_per_drawing(frames, "ab", refined)


def _regions(frame: Frame, options: RefineOptions) -> NDArray[np.int32]:
    from cartoonize.color.lab import lightness_on_grid
    from cartoonize.refine import regions

    assert frame.ab is not None
    height, width = frame.ab.shape[1:3]
    lightness = lightness_on_grid(frame.grey, height, width)
    if options.refine == "grow" and not options.threshold:
        return regions.grow_regions_for(lightness, frame.ab.mean(0))
    if options.refine == "grow":
        return regions.grow_regions(lightness, threshold=options.threshold)
    return regions.felzenszwalb_regions(lightness)
