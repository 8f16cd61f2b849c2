"""The static background of a shot from its luminance, and what moves before it.

Sykora, Burianek, Zara 2005 part a cartoon in a background that is painted once and figures that are drawn
anew, and put the background together from a whole shot, registering its pictures where the camera moves.
Here the camera has to stand still: a shot in which it moves has no background, and everything in it is
foreground. The background is the most frequent luminance at every place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.outlines import regions_between

#: Values that are remembered at a place; of more, the one seen least is forgotten.
N_VALUES = 4
#: The same paint under grain differs by less, L x 0.01.
SAME = 0.04
#: A value is sure if it was there in so many pictures and in this share of all.
N_SURE, SURE = 3, 0.3
#: The camera has moved if a picture lies so many pixels from an earlier one, ...
MOVED = 1.5
#: ... and so displaced, this share more of its pixels are the same: else a figure has moved.
BETTER = 0.02
#: Nor has it moved if more than this share is the same in place: then a figure walks before even ground.
STILL = 0.8
#: More such pictures than one in this many are a moving camera: a cut that was not seen, or a shake.
ONE_IN = 16
#: Specks and holes of fewer pixels are grain.
SPECK = 12


class Background:
    """Takes a shot's pictures one at a time and remembers what stands still.

    Its memory does not grow with the number of pictures.

    Parameters
    ----------
    height, width : int
    """

    def __init__(self, height: int = 256, width: int = 256) -> None:
        import cv2

        self._values = np.zeros((N_VALUES, height, width), np.float32)
        self._counts = np.zeros((N_VALUES, height, width), np.int32)
        self._n_pictures = self._n_moves = 0
        # The picture from which on motion of the camera is measured: slow pans add up. And the last picture,
        # if it was displaced: the next one tells whether the print was shaken.
        self._anchor: NDArray[np.float64] | None = None
        self._displaced: NDArray[np.float64] | None = None
        self._window = cv2.createHanningWindow((width, height), cv2.CV_64F)

    def add(self, luminance: NDArray[np.floating] | NDArray[np.uint8]) -> None:
        """Take the next picture, (height, width): L x 0.01, or 0..255 for the same range as uint8."""
        picture = luminance.astype(np.float32)
        if luminance.dtype == np.uint8:
            picture /= 255
        self._n_pictures += 1
        self._follow_camera(picture.astype(np.float64))
        far = np.where(self._counts > 0, np.abs(self._values - picture), np.inf)
        nearest = far.argmin(0)[None]
        known = np.take_along_axis(far, nearest, 0) <= SAME
        # A new value takes the place of the one seen least.
        layer = np.where(known, nearest, self._counts.argmin(0)[None])
        count = np.where(known, np.take_along_axis(self._counts, layer, 0), 0) + 1
        value = np.where(known, np.take_along_axis(self._values, layer, 0), picture[None])
        np.put_along_axis(self._values, layer, value + (picture - value) / count, 0)
        np.put_along_axis(self._counts, layer, count, 0)

    def plate(self) -> NDArray[np.float32]:
        """Return what stands still, (height, width) L x 0.01: the value seen most often at each place."""
        return np.take_along_axis(self._values, self._most(), 0)[0]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Where the plate is sure, (height, width); nowhere if the camera moves or pictures are too few."""
        count = np.take_along_axis(self._counts, self._most(), 0)[0]
        stands = self._n_moves * ONE_IN <= self._n_pictures
        return stands & (count >= N_SURE) & (count >= SURE * self._n_pictures)

    def _most(self) -> NDArray[np.intp]:
        return self._counts.argmax(0)[None]

    def _follow_camera(self, picture: NDArray[np.float64]) -> None:
        """Count a move of the camera once two pictures in a row are displaced from the anchor.

        The anchor is then the first of them: a single displaced picture is a shaken print.
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

        # OpenCV multiplies the pictures that it is given by the window.
        (x, y), _ = cv2.phaseCorrelate(one.copy(), other.copy(), self._window)
        if np.hypot(x, y) < MOVED:
            return False
        in_place = _share_same(one, other, 0, 0)
        return in_place < STILL and _share_same(one, other, round(x), round(y)) > in_place + BETTER


def _share_same(one: NDArray[np.float64], other: NDArray[np.float64], dx: int, dy: int) -> float:
    """Return the share of pixels that are the same if ``other`` is ``one`` displaced."""
    height, width = one.shape
    if abs(dx) >= width or abs(dy) >= height:
        return 0.0
    before = one[max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)]
    after = other[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)]
    return float((np.abs(before - after) <= SAME).mean())


def foreground(
    luminance: NDArray[np.floating], plate: NDArray[np.floating], is_known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Find what differs from the plate by more than grain, and what lies where it is not known.

    A region between outlines that differs in most of its pixels is foreground as a whole, and one that
    differs in few is so only where it does: its outline is not closed there. Specks and small holes go.

    Parameters
    ----------
    luminance, plate : ndarray, shape (h, w)
        L x 0.01.
    is_known : ndarray of bool, shape (h, w)

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    from scipy.ndimage import uniform_filter

    difference = np.where(is_known, luminance - plate, 0).astype(np.float64)
    # The mean of 3x3 has a third of the grain, but it would widen strong edges by a pixel.
    is_other = (np.abs(uniform_filter(difference, 3)) > SAME) & (np.abs(difference) > SAME / 2) | ~is_known
    regions = regions_between(luminance) + 1
    shares = np.bincount(regions.ravel(), is_other.ravel()) / np.maximum(np.bincount(regions.ravel()), 1)
    shares[0] = 0  # outlines are no region
    mask = is_other | (shares > 0.5)[regions]
    return ~_without_specks(~_without_specks(mask))


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    pieces, _ = label(mask)
    return mask & (np.bincount(pieces.ravel()) >= SPECK)[pieces]
