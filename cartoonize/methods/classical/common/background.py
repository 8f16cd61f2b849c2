"""The static background of a shot, built from luminance, and the foreground in front of it.

Sykora, Burianek and Zara (2005) divide a cartoon into a background that is painted once and figures that are
drawn anew for every frame. They assemble the background from a whole shot and register its pictures where the
camera moves. Here the camera has to stand still: a shot in which it moves has no background, and everything
in it counts as foreground. The background is the most frequent luminance at each place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.outlines import regions_between

#: Number of values remembered at each place. A further value replaces the one seen least often.
N_VALUES = 4
#: Grain changes the same paint by at most this, L x 0.01.
TOLERANCE = 0.04
#: A value is reliable if it was seen in at least this number and at least this share of the pictures.
MIN_COUNT, MIN_SHARE = 3, 0.3
#: The camera has moved if a picture is displaced by at least this many pixels from an earlier one, ...
MIN_DISPLACEMENT = 1.5
#: ... if the displacement makes more than this share of further pixels agree (otherwise a figure moved), ...
MIN_GAIN = 0.02
#: ... and if less than this share agrees without it (otherwise a figure walks in front of an even ground).
MAX_SHARE_IN_PLACE = 0.8
#: One move in this many pictures is tolerated: it may be an undetected cut or a shaken print.
PICTURES_PER_MOVE = 16
#: Specks and holes of fewer pixels are grain.
MIN_SPECK_PIXELS = 12


class Background:
    """Background of one shot, updated picture by picture.

    Memory use does not depend on the number of pictures.

    Parameters
    ----------
    height, width : int
        Size of the pictures.
    """

    def __init__(self, height: int = 256, width: int = 256) -> None:
        import cv2

        self._values = np.zeros((N_VALUES, height, width), np.float32)
        self._counts = np.zeros((N_VALUES, height, width), np.int32)
        self._n_pictures = self._n_moves = 0
        # Camera motion is measured from the anchor, so that slow pans add up. _displaced is the last picture
        # if it was displaced from the anchor; the next picture shows whether only that print was shaken.
        self._anchor: NDArray[np.float64] | None = None
        self._displaced: NDArray[np.float64] | None = None
        self._window = cv2.createHanningWindow((width, height), cv2.CV_64F)

    def add(self, luminance: NDArray[np.floating] | NDArray[np.uint8]) -> None:
        """Add the next picture, (height, width): L x 0.01, or uint8 0..255 for the same range."""
        picture = luminance.astype(np.float32)
        if luminance.dtype == np.uint8:
            picture /= 255
        self._n_pictures += 1
        self._follow_camera(picture.astype(np.float64))
        far = np.where(self._counts > 0, np.abs(self._values - picture), np.inf)
        nearest = far.argmin(0)[None]
        known = np.take_along_axis(far, nearest, 0) <= TOLERANCE
        # A new value replaces the one seen least often.
        layer = np.where(known, nearest, self._counts.argmin(0)[None])
        count = np.where(known, np.take_along_axis(self._counts, layer, 0), 0) + 1
        value = np.where(known, np.take_along_axis(self._values, layer, 0), picture[None])
        np.put_along_axis(self._values, layer, value + (picture - value) / count, 0)
        np.put_along_axis(self._counts, layer, count, 0)

    def plate(self) -> NDArray[np.float32]:
        """Return the background plate, (height, width) L x 0.01: the most frequent value at each place."""
        return np.take_along_axis(self._values, self._most(), 0)[0]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """(height, width) True where the plate is reliable.

        False everywhere if the camera moves or if there are too few pictures.
        """
        count = np.take_along_axis(self._counts, self._most(), 0)[0]
        stands = self._n_moves * PICTURES_PER_MOVE <= self._n_pictures
        return stands & (count >= MIN_COUNT) & (count >= MIN_SHARE * self._n_pictures)

    def _most(self) -> NDArray[np.intp]:
        return self._counts.argmax(0)[None]

    def _follow_camera(self, picture: NDArray[np.float64]) -> None:
        """Count a camera move once two consecutive pictures are displaced from the anchor.

        The first of the two becomes the new anchor. A single displaced picture is a shaken print.
        """
        if self._anchor is None:
            self._anchor = picture
        elif not self._is_displaced(self._anchor, picture):
            self._displaced = None
        elif self._displaced is None:
            self._displaced = picture
        else:
            self._n_moves += 1
            moves_on = self._is_displaced(self._displaced, picture)
            self._anchor, self._displaced = self._displaced, picture if moves_on else None

    def _is_displaced(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
        import cv2

        # Copies: OpenCV multiplies its input pictures by the window in place.
        (x, y), _ = cv2.phaseCorrelate(one.copy(), other.copy(), self._window)
        if np.hypot(x, y) < MIN_DISPLACEMENT:
            return False
        in_place = _share_same(one, other, 0, 0)
        if in_place >= MAX_SHARE_IN_PLACE:
            return False
        return _share_same(one, other, round(x), round(y)) > in_place + MIN_GAIN


def _share_same(one: NDArray[np.float64], other: NDArray[np.float64], dx: int, dy: int) -> float:
    """Return the share of pixels that agree if ``other`` is ``one`` displaced by (dx, dy)."""
    height, width = one.shape
    if abs(dx) >= width or abs(dy) >= height:
        return 0.0
    before = one[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
    after = other[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
    return float((np.abs(before - after) <= TOLERANCE).mean())


def foreground(
    luminance: NDArray[np.floating], plate: NDArray[np.floating], is_known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where a picture differs from the plate by more than grain, or where the plate is not known.

    If most pixels of a region between outlines differ, the whole region is foreground. Otherwise its outline
    is not closed, and only the pixels that differ are foreground. Specks and small holes are removed.

    Parameters
    ----------
    luminance, plate : ndarray, shape (h, w)
        L x 0.01.
    is_known : ndarray of bool, shape (h, w)
        Where the plate is reliable.

    Returns
    -------
    ndarray of bool, shape (h, w)
        True on the foreground.
    """
    from scipy.ndimage import uniform_filter

    difference = np.where(is_known, luminance - plate, 0).astype(np.float64)
    # A 3x3 mean reduces grain to a third. Alone it would widen strong edges by a pixel.
    smooth = np.abs(uniform_filter(difference, 3))
    is_other = (smooth > TOLERANCE) & (np.abs(difference) > TOLERANCE / 2) | ~is_known
    regions = regions_between(luminance) + 1
    shares = np.bincount(regions.ravel(), is_other.ravel()) / np.maximum(np.bincount(regions.ravel()), 1)
    shares[0] = 0  # outlines are not a region
    mask = is_other | (shares > 0.5)[regions]
    return ~_without_specks(~_without_specks(mask))


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    pieces, _ = label(mask)
    return mask & (np.bincount(pieces.ravel()) >= MIN_SPECK_PIXELS)[pieces]
