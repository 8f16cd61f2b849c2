"""Unpainted areas: the areas of a reference that are as grey as the film, because nobody painted them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints

if TYPE_CHECKING:
    from cartoonize.annotations.references import Reference

#: A pixel is as in the film if its CIELAB chroma, and its difference from the film in CIE L, are smaller than
#: these. They allow for JPEG of quality 75.
_MAX_CHROMA, _MAX_DIFFERENCE = 5.0, 3.0
#: A reference is not painted if more than this share of its visible pixels is as in the film.
_ALL = 0.995
#: A region is unpainted if more than this share of it is as in the film.
_MOST = 0.5
#: In unpainted regions, colours count only if they are farther than this from painted regions, in pixels of
#: the 256x256 grid. JPEG and soft brushes spread colours over outlines.
_SPREAD = 4


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
) -> ColorHints:
    """Return the hints of a reference without the areas that are as grey as the film.

    Regions count as a whole. If most of a region is as in the film, it is unpainted, and only single strokes
    on it count. In all other regions, grey pixels are painted as well, since dark and light shades of a paint
    have little colour.

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
    """
    import cv2

    hints = reference.hints
    visible = (hints.confidence > 0) & ~lines
    grey = _as_in_film(reference, lightness)
    n_regions = int(regions.max()) + 1
    n_visible = np.bincount(regions[visible], minlength=n_regions)
    n_grey = np.bincount(regions[visible & grey], minlength=n_regions)
    unpainted = (n_grey > _MOST * n_visible)[regions]
    if not (unpainted & visible).any():
        return hints
    distance = cv2.distanceTransform((unpainted | (hints.confidence == 0)).astype(np.uint8), cv2.DIST_L2, 3)
    unknown = unpainted & (grey | (distance <= _SPREAD))
    return replace(hints, confidence=np.where(unknown, np.float32(0), hints.confidence))


def _as_in_film(reference: Reference, lightness: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return a mask (256, 256) of the pixels without colour that are as light as in the film."""
    chroma = np.hypot(reference.ab[..., 0], reference.ab[..., 1])
    difference = np.abs(reference.lightness - lightness)
    return np.asarray((chroma < _MAX_CHROMA) & (difference < _MAX_DIFFERENCE))
