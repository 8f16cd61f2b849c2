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

#: What can be done to a single drawing.
FILLS = ("none", "grow", "felzenszwalb")
REFINEMENTS = (*FILLS, "tracks")
#: What colour a region gets.
FILL_COLORS = ("kmeans", "mean", "mode", "elbow")


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
    fill: str = "kmeans"
    """With ``grow`` and ``felzenszwalb``: a region has the colour of the larger of two clusters (``kmeans``,
    the thesis's), the ``mean``, the ``mode``, or that of the largest of as many clusters as the ``elbow``
    method finds."""
    threshold: float = 3 / 51
    """With ``grow``: how far a pixel may be from its region's mean, of the picture's range of luminance."""

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("refinement", self.refine, REFINEMENTS),
            ("fill", self.fill, FILL_COLORS),
        ):
            if value not in known:
                raise UsageError(f"unknown {kind} {value!r}", f"Known: {', '.join(known)}")
        if not 0 < self.threshold <= 1:
            raise UsageError(f"a threshold of {self.threshold:g} is not in 0..1", "The thesis has 3/51.")


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
    if options.refine == "grow":
        return regions.grow_regions(lightness, threshold=options.threshold)
    return regions.felzenszwalb_regions(lightness)
