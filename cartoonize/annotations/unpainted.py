"""Unpainted areas: the areas of a reference that are as grey as the film, because nobody painted them.

A grey area of a reference may also be right: white gloves, a grey wall. Which is more likely follows from the
share of such greys in coloured episodes, and from how much of the reference is grey.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.frames import COLOR_SIZE

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 2

#: A pixel is as in the film if its CIELAB chroma, and its difference from the film in CIE L, are smaller than
#: these. They allow for JPEG of quality 75.
MAX_CHROMA, _MAX_DIFFERENCE = 5.0, 3.0
#: A reference is not painted if more than this share of its visible pixels is as in the film.
_ALL = 0.995
#: A region is grey if more than this share of it is as in the film.
_MOST = 0.5
#: In unpainted regions, colours count only if they are farther from painted regions than this number of
#: pixels of the 256x256 grid, and than this number of pixels of the picture. Soft brushes and JPEG spread
#: colours.
_SPREAD, _SPREAD_OF_JPEG = 4.0, 8.0
#: Smallest share of colours that a user forgets to paint.
_MIN_FORGOTTEN = 0.02


def is_unpainted(reference: Reference, lightness: NDArray[np.float32]) -> bool:
    """Return whether a reference is the grey picture of its frame, and nothing else.

    Parameters
    ----------
    reference : Reference
        At least a part of it is visible.
    lightness : float32 array, shape (256, 256)
        CIE L of the frame that it shows, 0..100.
    """
    visible = reference.hints.confidence > 0
    return bool(_as_in_film(reference, lightness)[visible].mean() > _ALL)


def painted_hints(
    reference: Reference,
    lightness: NDArray[np.float32],
    regions: NDArray[np.int32],
    lines: NDArray[np.bool_],
    grey_shares: NDArray[np.float32],
) -> ColorHints:
    """Return the hints of a reference without the regions that are as grey as the film and seem unpainted.

    Regions count as a whole. If most of a region has colours, its grey pixels are painted as well, since dark
    and light shades of a paint have little colour. On a region that seems unpainted, single strokes count.

    Parameters
    ----------
    reference : Reference
        A coloured picture of the frame, painted in full or in part.
    lightness : float32 array, shape (256, 256)
        CIE L of the frame, 0..100.
    regions : int32 array, shape (256, 256)
        Number of the region of each pixel of the frame.
    lines : bool array, shape (256, 256)
        True on outlines.
    grey_shares : float32 array, shape (101,)
        Share of grey in coloured episodes, 0..1, by CIE L.
    """
    import cv2

    hints = reference.hints
    visible = (hints.confidence > 0) & ~lines
    grey = _as_in_film(reference, lightness)
    n_regions = int(regions.max()) + 1
    areas = np.bincount(regions[visible], minlength=n_regions)
    is_grey = np.bincount(regions[visible & grey], minlength=n_regions) > _MOST * areas
    light = np.bincount(regions[visible], lightness[visible], n_regions) / np.maximum(areas, 1)
    right = _is_right(areas, is_grey, grey_shares[np.rint(light).astype(int)])
    unpainted = (is_grey & ~right)[regions]
    if not (unpainted & visible).any():
        return hints
    distance = cv2.distanceTransform((unpainted | (hints.confidence == 0)).astype(np.uint8), cv2.DIST_L2, 3)
    spread = max(_SPREAD, _SPREAD_OF_JPEG * COLOR_SIZE / min(reference.size))
    unknown = unpainted & (grey | (distance <= spread))
    return replace(hints, confidence=np.where(unknown, np.float32(0), hints.confidence), unsure=unknown)


def _is_right(
    areas: NDArray[np.int64], is_grey: NDArray[np.bool_], shares: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return which grey regions are more likely to be right than to be unpainted.

    A region is grey if its paint is, or if the user did not paint it. How much the user did not paint is
    estimated from the grey area of the picture, and from the area that is expected to have grey paint.

    Parameters
    ----------
    areas : int array, shape (regions,)
        Visible pixels of each region.
    is_grey : bool array, shape (regions,)
        True for regions that are grey in the reference.
    shares : float32 array, shape (regions,)
        Probability that the paint of the region is grey, from coloured episodes.
    """
    total = max(int(areas.sum()), 1)
    observed, expected = areas[is_grey].sum() / total, float(areas @ shares) / total
    forgotten = np.clip((observed - expected) / max(1 - expected, 1e-6), _MIN_FORGOTTEN, 1)
    return np.asarray(shares > (1 - shares) * forgotten)


def _as_in_film(reference: Reference, lightness: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return a mask (256, 256) of the pixels without colour that are as light as in the film."""
    chroma = np.hypot(reference.ab[..., 0], reference.ab[..., 1])
    difference = np.abs(reference.lightness - lightness)
    return np.asarray((chroma < MAX_CHROMA) & (difference < _MAX_DIFFERENCE))
