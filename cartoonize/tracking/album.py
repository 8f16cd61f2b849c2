"""Album: coloured drawings; what is drawn again elsewhere is found in them, and has their colours.

Cartoons use their drawings again and again: a background in every scene at its place, a character in the same
pose nearer to the camera. A grey drawing is laid over the pages of an album with the features of Lowe
(*Distinctive image features from scale-invariant keypoints*, 2004), compared as Arandjelovic and Zisserman do
(*Three things everyone should know to improve object retrieval*, 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import lightness_on_grid

#: Part of the keys of cached shots. Raise it when the same pages yield other colours.
VERSION = 1

#: Features of a picture at most; it is enlarged so many times for them, since small things are cels, too.
_N_FEATURES, _ENLARGED = 1500, 2
_CONTRAST = 0.02
#: So many strong features of a drawing and of a page say which pages are looked at: those with most ...
_N_STRONG, _N_STRONG_OF_PAGE, _N_PAGES = 400, 250, 8
#: ... and at least so many.
_LEAST_LIKE = 3
#: A feature is the same if the next best of that page is so many times farther away.
_CLEARER = 1 / 0.8
#: Features that have to move together, by an affine map; how near, in pixels; maps of one page at most.
_LEAST_TOGETHER, _TOLERANCE, _MOST_MAPS = 8, 2.0, 4
#: The map's least and greatest magnification, and how much it stretches at most.
_LEAST_SCALE, _GREATEST_SCALE, _STRETCHED = 0.2, 5.0, 2.0
#: A pixel is the same if it is so near to such a feature, in pixels, ...
_REACH = 14.0
#: ... is as light, in CIE L, and so is what is around it, on the mean.
_SAME, _SAME_AROUND, _AROUND = 6.0, 4.0, 7
#: How sure a colour is that was found like this; less than one that was given.
_SURE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class _Features:
    """Places (n, 2), x and y, and directions of length 1 (n, 128), the strongest first."""

    places: NDArray[np.float32]
    directions: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    lightness: NDArray[np.float32]
    known: ColorHints
    features: _Features


class Album:
    """Coloured drawings in which others, or parts of them, are found again."""

    def __init__(self) -> None:
        self._pages: list[_Page] = []

    def __len__(self) -> int:
        return len(self._pages)

    def add(self, grey: NDArray[np.uint8], known: ColorHints) -> None:
        """Add a page.

        Parameters
        ----------
        grey : uint8 array, shape (height, width)
            The drawing.
        known : ColorHints
            Its colours, of the same size.
        """
        self._pages.append(_Page(lightness_on_grid(grey, *grey.shape), known, _features_of(grey)))

    def find(self, grey: NDArray[np.uint8]) -> ColorHints | None:
        """Return what the pages tell of a drawing (height, width); None if they tell nothing.

        Where several pages tell something, that counts with which most features agree.
        """
        if not self._pages:
            return None
        features = _features_of(grey)
        height, width = grey.shape
        lightness = lightness_on_grid(grey, height, width)
        ab, most = np.zeros((height, width, 2), np.float32), np.zeros((height, width), np.int64)
        for page in self._like(features):
            for matrix, places in _maps(page.features, features):
                moved, same = _laid_over(page, matrix, places, lightness)
                better = same & (len(places) > most)
                ab[better], most[better] = moved[better], len(places)
        return ColorHints(ab, np.where(most > 0, np.float32(_SURE), np.float32(0))) if most.any() else None

    def _like(self, features: _Features) -> list[_Page]:
        """Return the pages that share most of their strong features with a drawing."""
        strong = features.directions[:_N_STRONG]
        if not len(strong):
            return []
        likeness = np.stack([_greatest(strong, page.features) for page in self._pages])
        counts = np.bincount(likeness.argmax(0), minlength=len(self._pages))
        best = np.argsort(-counts, kind="stable")[:_N_PAGES]
        return [self._pages[k] for k in best if counts[k] >= _LEAST_LIKE]


def _greatest(strong: NDArray[np.float32], features: _Features) -> NDArray[np.float32]:
    """Return the likeness of each feature to the one of a page that is most like it."""
    page = features.directions[:_N_STRONG_OF_PAGE]
    return (
        np.asarray((strong @ page.T).max(1), np.float32) if len(page) else np.zeros(len(strong), np.float32)
    )


def _features_of(grey: NDArray[np.uint8]) -> _Features:
    large = cv2.resize(grey, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    finder = cv2.SIFT.create(_N_FEATURES, contrastThreshold=_CONTRAST)
    points, found = finder.detectAndCompute(large, None)
    if found is None or not len(points):
        return _Features(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    order = np.argsort([-point.response for point in points], kind="stable")
    # Pixel centres are at whole numbers in both pictures.
    places = (np.array([points[k].pt for k in order]) + 0.5) / _ENLARGED - 0.5
    directions = np.sqrt(found[order] / np.maximum(found[order].sum(1, keepdims=True), 1e-6))
    return _Features(places.astype(np.float32), directions.astype(np.float32))


def _maps(page: _Features, drawing: _Features) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Return affine maps (2, 3) from a page to a drawing, each with the places where features follow it."""
    if len(page.places) < 2 or not len(drawing.places):
        return []
    likeness = drawing.directions @ page.directions.T
    first, second = np.argpartition(-likeness, 1, axis=1)[:, :2].T
    rows = np.arange(len(likeness))
    swap = likeness[rows, first] < likeness[rows, second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    near, next_near = (np.sqrt(np.maximum(2 - 2 * likeness[rows, k], 0)) for k in (first, second))
    clear = near * np.float32(_CLEARER) < next_near
    there, here = page.places[first[clear]], drawing.places[clear]
    found = []
    for _ in range(_MOST_MAPS):
        if len(here) < _LEAST_TOGETHER:
            break
        matrix, follows = cv2.estimateAffine2D(
            there, here, ransacReprojThreshold=_TOLERANCE, maxIters=2000, confidence=0.995
        )
        together = np.zeros(len(here), bool) if matrix is None else follows[:, 0] > 0
        if together.sum() < _LEAST_TOGETHER:
            break
        if _is_plain(matrix):
            found.append((matrix, here[together]))
        there, here = there[~together], here[~together]
    return found


def _is_plain(matrix: NDArray[np.float64]) -> bool:
    """Tell whether a camera, or an artist with a copier, would do this."""
    large, small = np.linalg.svd(matrix[:, :2])[1]
    upright = np.linalg.det(matrix[:, :2]) > 0
    return bool(upright and small > _LEAST_SCALE and large < _GREATEST_SCALE and large < _STRETCHED * small)


def _laid_over(
    page: _Page, matrix: NDArray[np.float64], places: NDArray[np.float32], lightness: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return a page's ab as the map moves it, and where the drawing shows the same."""
    height, width = lightness.shape
    size = (width, height)
    moved = cv2.warpAffine(page.lightness, matrix, size, flags=cv2.INTER_LINEAR, borderValue=-100)
    ab = cv2.warpAffine(page.known.ab, matrix, size, flags=cv2.INTER_LINEAR)
    sure = cv2.warpAffine(page.known.confidence, matrix, size, flags=cv2.INTER_LINEAR)
    apart = np.abs(moved - lightness)
    far = np.full((height, width), 255, np.uint8)
    x, y = np.clip(np.rint(places).astype(int), 0, (width - 1, height - 1)).T
    far[y, x] = 0
    same = (apart < _SAME) & (sure > 0.99 * page.known.confidence.max())
    same &= cv2.blur(np.minimum(apart, 5 * _SAME), (_AROUND, _AROUND)) < _SAME_AROUND
    same &= cv2.distanceTransform(far, cv2.DIST_L2, 3) < _REACH
    return np.asarray(ab, np.float32), np.asarray(same)
