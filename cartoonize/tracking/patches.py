"""Patches: paint on a small part of a region, such as a glow on a mountain, or on a part of a picture.

A patch says nothing about the rest of its region, nor about things that look like it. It is only painted
where its pixels go. A picture that is painted in part says nothing about what it leaves out. Its paint counts
for the painted things, as pins do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

#: Paint on a smaller share of a region is a patch.
_WHOLE = 0.5
#: A picture with paint on a smaller share is painted in part.
_ALL_OVER = 0.9


def without_patches(hints: ColorHints, parts: Parts) -> ColorHints:
    """Return the known colours of a drawing without those of patches and of the outlines around them.

    Pinned colours are not paint. They stay.

    Parameters
    ----------
    hints : ColorHints
        Known colours of the drawing.
    parts : Parts
        Regions of the drawing.
    """
    has_patch = _has_patch(hints, parts)
    if not has_patch.any():
        return hints
    is_patch = has_patch[parts.regions]
    return hints.without(is_patch if hints.pinned is None else is_patch & ~hints.pinned)


def painted_in_part(hints: ColorHints, parts: Parts) -> NDArray[np.bool_]:
    """Return the pixels that a person has painted if the picture is painted in part, (height, width).

    They are those of confidence 1 that are not pinned, without patches. If the picture is painted all over,
    there are none.
    """
    free, is_painted = ~parts.lines, hints.confidence == 1
    if hints.pinned is not None:
        is_painted &= ~hints.pinned
    if np.count_nonzero(is_painted & free) >= _ALL_OVER * np.count_nonzero(free):
        return np.zeros_like(free)
    return np.asarray(is_painted & (without_patches(hints, parts).confidence > 0))


def _has_patch(hints: ColorHints, parts: Parts) -> NDArray[np.bool_]:
    """Return which regions are painted in part, but less than half, (regions,)."""
    free, n = ~parts.lines, len(parts.areas)
    is_painted = free & (hints.confidence > 0)
    if hints.pinned is not None:
        is_painted &= ~hints.pinned
    n_painted = np.bincount(parts.regions[is_painted], minlength=n)
    n_free = np.bincount(parts.regions[free], minlength=n)
    return np.asarray((n_painted > 0) & (n_painted < _WHOLE * n_free))
