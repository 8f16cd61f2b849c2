"""Brush strokes: their colours, positions and weights, and their motion with the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.bins import AB_BINS
from cartoonize.frames import COLOR_SIZE
from cartoonize.optical_flow import flow_from

#: Colours nearer than this in ab are merged, and at most this number of colours is kept.
MERGE_DISTANCE, MAX_COLORS = 8.0, 40
#: Share of the cells of a network, those of highest confidence, that become strokes, and the distance in ab
#: below which their colours are merged.
CONFIDENT_SHARE, NETWORK_MERGE_DISTANCE = 0.5, 14.0


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes of several colours on one picture."""

    colors: NDArray[np.float32]
    """(k, 2) CIELAB a and b of each colour."""
    labels: NDArray[np.int16]
    """(h, w) index of the colour, -1 where there is no stroke."""
    firmness: NDArray[np.float32]
    """(h, w) weight of a soft stroke: 1 for a user's, the confidence for a network's."""
    is_hard: NDArray[np.bool_]
    """(h, w) True where a stroke is hard: its colour must be kept."""

    def moved(self, now: NDArray[np.uint8], then: NDArray[np.uint8]) -> Strokes:
        """Return the strokes moved by optical flow. Parts that are hidden now are removed.

        Parameters
        ----------
        now, then : ndarray of uint8, shape (h, w)
            Luma of the target picture and of the picture that the strokes were painted on.
        """
        flow = flow_from(now, then)
        height, width = now.shape
        rows, columns = np.indices(now.shape)
        x = np.rint(columns + flow.vectors[..., 0]).astype(int)
        y = np.rint(rows + flow.vectors[..., 1]).astype(int)
        shown = flow.visible & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        x, y = x.clip(0, width - 1), y.clip(0, height - 1)
        return Strokes(
            self.colors,
            np.where(shown, self.labels[y, x], np.int16(-1)),
            self.firmness[y, x],
            shown & self.is_hard[y, x],
        )


def strokes_of(hints: ColorHints) -> Strokes:
    """Return a user's scribbles as strokes. Nearly equal colours are merged."""
    labels, hard = np.full((2, COLOR_SIZE, COLOR_SIZE), -1, np.int16)
    positions, ab, exact = hints.pixels()
    colors, numbers = _merge_colors(ab, np.ones(len(ab)), MERGE_DISTANCE)
    labels.flat[positions] = numbers
    hard.flat[positions] = exact
    return Strokes(colors, labels, np.ones(labels.shape, np.float32), hard == 1)


def strokes_of_network(histogram: NDArray[np.float32]) -> Strokes:
    """Return strokes where a network is most confident, weighted by its confidence.

    The thesis (8.4) tried single pixels, the peaks of the confidence, and found that scribble methods do not
    work well with them. Here the strokes cover half of the picture.

    Parameters
    ----------
    histogram : ndarray, shape (313, h, w)
        Probabilities of the ab bins; h and w at most 256.
    """
    confidence = histogram.max(0)
    is_confident = confidence >= np.quantile(confidence, 1 - CONFIDENT_SHARE)
    ab = np.einsum("qn,qc->nc", histogram[:, is_confident], AB_BINS)
    colors, numbers = _merge_colors(ab, confidence[is_confident], NETWORK_MERGE_DISTANCE)
    labels = np.full(confidence.shape, -1, np.int16)
    labels[is_confident] = numbers
    at = [(2 * np.arange(COLOR_SIZE) + 1) * side // (2 * COLOR_SIZE) for side in confidence.shape]
    cells = np.ix_(*at)
    firmness = confidence[cells].astype(np.float32)
    return Strokes(colors, labels[cells], firmness, np.zeros(firmness.shape, bool))


def _merge_colors(
    ab: NDArray[np.floating], weights: NDArray[np.floating], distance: float
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Merge colours (n, 2) that are nearer than a distance.

    Returns
    -------
    colors : ndarray of float32, shape (k, 2)
        The merged colours, in descending order of total weight.
    numbers : ndarray of int16, shape (n,)
        Index of the merged colour of each input.
    """
    cells, which = np.unique(np.rint(ab / distance), axis=0, return_inverse=True)
    totals = np.bincount(which, weights, len(cells))
    sums = np.stack([np.bincount(which, weights * ab[:, k], len(cells)) for k in range(2)], 1)
    means = sums / np.maximum(totals, 1e-9)[:, None]
    merged: list[NDArray[np.floating]] = []
    for cell in np.argsort(-totals, kind="stable"):
        apart = [np.hypot(*(means[cell] - color)) for color in merged]
        if len(merged) < MAX_COLORS and (not apart or min(apart) >= distance):
            merged.append(means[cell])
    colors = np.array(merged, np.float32).reshape(-1, 2)
    nearest = ((ab[:, None] - colors) ** 2).sum(-1).argmin(1)
    return colors, nearest.astype(np.int16)
