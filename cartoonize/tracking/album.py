"""Album: coloured drawings in which grey drawings, or parts of them, are found again.

Cartoons use their drawings again and again: a background in every scene at the same place, a character in the
same pose nearer to the camera. A grey drawing is aligned with the pages of an album by the features of Lowe
(*Distinctive image features from scale-invariant keypoints*, 2004), which are compared as in Arandjelovic and
Zisserman (*Three things everyone should know to improve object retrieval*, 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.lab import lightness_on_grid, rgb_to_lab
from cartoonize.recent import Recent
from cartoonize.tracking.features import Features

#: Part of the keys of cached shots. Raise it when the same pages yield other colours.
VERSION = 1

#: Numbers of the strongest features of a drawing and of a page by which pages are chosen, and the largest
#: number of pages that are chosen. Each feature of the drawing counts for the page with the most similar one.
_N_STRONG, _N_STRONG_OF_PAGE, _MAX_PAGES = 400, 250, 8
#: Largest number of open pages, 1.8 MB each.
_MAX_OPEN = 2 * _MAX_PAGES
#: Smallest number of features that must count for a page.
_MIN_SIMILAR = 3
#: Two features match if the second most similar feature of the page is farther away by at least this factor.
_RATIO = 1 / 0.8
#: Smallest number of matches that follow one affine map, their largest distance from it in pixels, and the
#: largest number of maps from one page.
_MIN_MATCHES, _TOLERANCE, _MAX_MAPS = 8, 2.0, 4
#: Smallest and largest scale of a map, and the largest ratio of its scales in two directions.
_MIN_SCALE, _MAX_SCALE, _MAX_STRETCH = 0.2, 5.0, 2.0
#: A pixel is the same as on the page if a match is at most this far away, in pixels, ...
_REACH = 14.0
#: ... and if its CIE L differs by less than this, and by less than this on average in a square of this side.
_MAX_DIFFERENCE, _MAX_MEAN_DIFFERENCE, _SQUARE = 6.0, 4.0, 7
#: Confidence of found colours. Colours that a user gave have 1.
_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    grey: NDArray[np.uint8]
    """(height, width) the drawing."""
    colors: NDArray[np.uint8] | ColorHints
    """Its colours: sRGB (height, width, 3), or hints."""
    features: Features
    strong: NDArray[np.float32]
    """(n, 128) descriptors of its strongest features."""


@dataclass(frozen=True, slots=True, eq=False)
class _OpenPage:
    lightness: NDArray[np.float32]
    """(height, width) CIE L of the drawing, 0..100."""
    hints: ColorHints
    positions: NDArray[np.float32]
    """(n, 2) positions of its features."""
    descriptors: NDArray[np.float32]
    """(n, 128) their descriptors."""


class Album:
    """Coloured drawings in which other drawings, or parts of them, are found again.

    A page takes 0.6 MB. What more is needed of it is computed when it is opened.
    """

    def __init__(self) -> None:
        self._pages: list[_Page] = []
        self._open_pages: Recent[int, _OpenPage] = Recent(_MAX_OPEN)

    def __len__(self) -> int:
        return len(self._pages)

    def add(
        self,
        grey: NDArray[np.uint8],
        colors: NDArray[np.uint8] | ColorHints,
        features: Features | None = None,
    ) -> None:
        """Add a page.

        Parameters
        ----------
        grey : uint8 array, shape (height, width)
            The drawing, 0..255.
        colors : uint8 array, shape (height, width, 3), or ColorHints
            sRGB, 0..255, or hints of the same size.
        features : Features, optional
            Features of the drawing, if they are known.
        """
        features = features or Features.of(grey)
        strong = features.descriptors_of(_N_STRONG_OF_PAGE)
        self._pages.append(_Page(grey, colors, features, strong))

    def find(self, grey: NDArray[np.uint8]) -> ColorHints | None:
        """Return known colours of a drawing (height, width) from the pages, or None if nothing is found.

        If several maps have a colour for a pixel, the one with the most matches counts.
        """
        if not self._pages:
            return None
        features = Features.of(grey)
        height, width = grey.shape
        lightness = lightness_on_grid(grey, height, width)
        ab, n_matches = np.zeros((height, width, 2), np.float32), np.zeros((height, width), np.int64)
        descriptors = features.descriptors_of()
        for number in self._similar_pages(descriptors[:_N_STRONG]):
            page = self._open_pages.of(number, partial(_open, self._pages[number]))
            for matrix, positions in _find_maps(page, features.positions, descriptors):
                moved, is_same = _overlay(page, matrix, positions, lightness)
                better = is_same & (len(positions) > n_matches)
                ab[better], n_matches[better] = moved[better], len(positions)
        if not n_matches.any():
            return None
        return ColorHints(ab, np.where(n_matches > 0, np.float32(_CONFIDENCE), np.float32(0)))

    def _similar_pages(self, strong: NDArray[np.float32]) -> list[int]:
        """Return the pages that most often have the most similar feature to the strong ones of a drawing."""
        if not len(strong):
            return []
        similarity = np.stack([_best_similarity(strong, page.strong) for page in self._pages])
        counts = np.bincount(similarity.argmax(0), minlength=len(self._pages))
        best = np.argsort(-counts, kind="stable")[:_MAX_PAGES]
        return [int(k) for k in best if counts[k] >= _MIN_SIMILAR]


def _open(page: _Page) -> _OpenPage:
    hints = page.colors
    if not isinstance(hints, ColorHints):
        hints = ColorHints.everywhere(rgb_to_lab(hints)[..., 1:].astype(np.float32))
    lightness = lightness_on_grid(page.grey, *page.grey.shape)
    return _OpenPage(lightness, hints, page.features.positions, page.features.descriptors_of())


def _best_similarity(strong: NDArray[np.float32], page: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each descriptor (n, 128) the cosine with the most similar one of a page, (n,)."""
    return (
        np.asarray((strong @ page.T).max(1), np.float32) if len(page) else np.zeros(len(strong), np.float32)
    )


def _find_maps(
    page: _OpenPage, positions: NDArray[np.float32], descriptors: NDArray[np.float32]
) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Find affine maps from a page to a drawing with features at positions (n, 2).

    Returns
    -------
    list of (float64 array, float32 array)
        Maps (2, 3) of positions (x, y), and the positions (n, 2) in the drawing of the matches that follow
        the map.
    """
    if len(page.positions) < 2 or not len(positions):
        return []
    similarity = descriptors @ page.descriptors.T
    first, second = np.argpartition(-similarity, 1, axis=1)[:, :2].T
    rows = np.arange(len(similarity))
    swap = similarity[rows, first] < similarity[rows, second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    distance, next_distance = (np.sqrt(np.maximum(2 - 2 * similarity[rows, k], 0)) for k in (first, second))
    is_match = distance * np.float32(_RATIO) < next_distance
    there, here = page.positions[first[is_match]], positions[is_match]
    maps = []
    for _ in range(_MAX_MAPS):
        if len(here) < _MIN_MATCHES:
            break
        matrix, inliers = cv2.estimateAffine2D(
            there, here, ransacReprojThreshold=_TOLERANCE, maxIters=2000, confidence=0.995
        )
        follows = np.zeros(len(here), bool) if matrix is None else inliers[:, 0] > 0
        if follows.sum() < _MIN_MATCHES:
            break
        if _is_plausible(matrix):
            maps.append((matrix, here[follows]))
        there, here = there[~follows], here[~follows]
    return maps


def _is_plausible(matrix: NDArray[np.float64]) -> bool:
    """Return whether a camera, or an artist with a copier, could have made this map."""
    large, small = np.linalg.svd(matrix[:, :2])[1]
    upright = np.linalg.det(matrix[:, :2]) > 0
    return bool(upright and small > _MIN_SCALE and large < _MAX_SCALE and large < _MAX_STRETCH * small)


def _overlay(
    page: _OpenPage,
    matrix: NDArray[np.float64],
    positions: NDArray[np.float32],
    lightness: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Warp a page by a map.

    Parameters
    ----------
    page : _OpenPage
        The page.
    matrix : float64 array, shape (2, 3)
        Affine map from the page to the drawing.
    positions : float32 array, shape (n, 2)
        Matches in the drawing.
    lightness : float32 array, shape (height, width)
        CIE L of the drawing.

    Returns
    -------
    float32 array, shape (height, width, 2)
        ab of the page.
    bool array, shape (height, width)
        True where the drawing shows the same as the page.
    """
    height, width = lightness.shape
    size = (width, height)
    moved = cv2.warpAffine(page.lightness, matrix, size, flags=cv2.INTER_LINEAR, borderValue=-100)
    ab = cv2.warpAffine(page.hints.ab, matrix, size, flags=cv2.INTER_LINEAR)
    confidence = cv2.warpAffine(page.hints.confidence, matrix, size, flags=cv2.INTER_LINEAR)
    difference = np.abs(moved - lightness)
    no_match = np.full((height, width), 255, np.uint8)
    x, y = np.clip(np.rint(positions).astype(int), 0, (width - 1, height - 1)).T
    no_match[y, x] = 0
    same = (difference < _MAX_DIFFERENCE) & (confidence > 0.99 * page.hints.confidence.max())
    same &= cv2.blur(np.minimum(difference, 5 * _MAX_DIFFERENCE), (_SQUARE, _SQUARE)) < _MAX_MEAN_DIFFERENCE
    same &= cv2.distanceTransform(no_match, cv2.DIST_L2, 3) < _REACH
    return np.asarray(ab, np.float32), np.asarray(same)
