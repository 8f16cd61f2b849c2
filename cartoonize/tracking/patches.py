"""Patches: paint on a part of a region, such as a glow on a mountain, or on a part of a picture.

A patch says nothing about the rest of its region, nor about things that look like it. It is only painted
where its pixels go. A picture that is painted in part says nothing about what it leaves out. Its paint counts
for the painted things, as pins do.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.tracking.parts import Parts

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 2

#: Paint on a smaller share of a region is a patch. Pixels beside the paint count, too: rims are often left.
#: Chosen on two validation films.
_WHOLE = 0.9
#: Where it is unsure whether the rest is grey or was left, paint on a smaller share is a patch.
_WHOLE_IF_UNSURE = 0.5
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
    return hints.without(_unpinned(has_patch[parts.regions], hints))


def painted_in_part(hints: ColorHints, parts: Parts) -> NDArray[np.bool_]:
    """Return the painted pixels of a picture that is painted in part, (height, width).

    A pixel is painted if its colour has the confidence 1 and is not pinned. Patches are left out. If
    the picture is painted all over, no pixel counts.
    """
    free, is_painted = ~parts.lines, _unpinned(hints.confidence == 1, hints)
    if np.count_nonzero(is_painted & free) >= _ALL_OVER * np.count_nonzero(free):
        return np.zeros_like(free)
    return np.asarray(is_painted & (without_patches(hints, parts).confidence > 0))


def _has_patch(hints: ColorHints, parts: Parts) -> NDArray[np.bool_]:
    """Return which regions are painted in part, (regions,)."""
    free, n = ~parts.lines, len(parts.areas)
    is_painted = free & _unpinned(hints.confidence > 0, hints)
    with_rims = free & (cv2.dilate(is_painted.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    is_sure = free if hints.unsure is None else free & (with_rims | ~hints.unsure)
    n_painted, n_with_rims, n_sure, n_free = (
        np.bincount(parts.regions[mask], minlength=n) for mask in (is_painted, with_rims, is_sure, free)
    )
    is_part = (n_with_rims < _WHOLE * n_sure) | (n_with_rims < _WHOLE_IF_UNSURE * n_free)
    return np.asarray((n_painted > 0) & is_part)


def _unpinned(mask: NDArray[np.bool_], hints: ColorHints) -> NDArray[np.bool_]:
    """Return a mask without the pinned pixels."""
    return mask if hints.pinned is None else mask & ~hints.pinned
