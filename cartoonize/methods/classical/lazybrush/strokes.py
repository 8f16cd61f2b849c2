"""Strokes of a brush: which colour is meant where, how firmly, and where they have gone since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.bins import AB_BINS
from cartoonize.frames import COLOR_SIZE
from cartoonize.methods.classical.common.guides import Marks
from cartoonize.optical_flow import flow_from

#: Colours nearer than this in ab are of one brush, at most so many brushes.
NEAR, MOST_COLORS = 8.0, 40
#: Of a network's cells this share, the surest, are strokes; its colours are coarser: nearer ones than this
#: are one.
SUREST, NETWORK_NEAR = 0.5, 14.0


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes of several colours."""

    colors: NDArray[np.float32]
    """(k, 2) CIELAB a and b."""
    labels: NDArray[np.int16]
    """(h, w) number of the colour, -1 where there is no stroke."""
    firmness: NDArray[np.float32]
    """(h, w) how much a stroke counts: 1 as any, less if it is a guess."""
    is_hard: NDArray[np.bool_]
    """(h, w) where a stroke is never wrong."""

    def moved(self, now: NDArray[np.uint8], then: NDArray[np.uint8]) -> Strokes:
        """Return them where what they are on has gone, by optical flow; what is hidden now has none.

        Parameters
        ----------
        now, then : ndarray of uint8, shape (h, w)
            Luma of the picture that they are wanted on, and of the one that they were painted on.
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


def strokes_of(marks: Marks) -> Strokes:
    """Return what a user painted; marks of nearly one colour are one brush's."""
    labels, hard = np.full((2, COLOR_SIZE, COLOR_SIZE), -1, np.int16)
    colors, numbers = _brushes(marks.ab, np.ones(len(marks.ab)), NEAR)
    labels.flat[marks.positions] = numbers
    hard.flat[marks.positions] = marks.is_hard
    return Strokes(colors, labels, np.ones(labels.shape, np.float32), hard == 1)


def strokes_of_network(histogram: NDArray[np.float32]) -> Strokes:
    """Return strokes where a network is surest of a colour, each as firm as the network is sure.

    The thesis (8.4) tried single pixels, at the peaks of the confidence, and found that scribble methods do
    not work well on those. Here it is half of the picture.

    Parameters
    ----------
    histogram : ndarray, shape (313, h, w)
        Probabilities; h and w at most 256.
    """
    confidence = histogram.max(0)
    sure = confidence >= np.quantile(confidence, 1 - SUREST)
    ab = np.einsum("qn,qc->nc", histogram[:, sure], AB_BINS)
    colors, numbers = _brushes(ab, confidence[sure], NETWORK_NEAR)
    labels = np.full(confidence.shape, -1, np.int16)
    labels[sure] = numbers
    at = [(2 * np.arange(COLOR_SIZE) + 1) * side // (2 * COLOR_SIZE) for side in confidence.shape]
    cells = np.ix_(*at)
    firmness = confidence[cells].astype(np.float32)
    return Strokes(colors, labels[cells], firmness, np.zeros(firmness.shape, bool))


def _brushes(
    ab: NDArray[np.floating], weights: NDArray[np.floating], near: float
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Find the brushes that colours (n, 2) are of, the weightiest first: their colours, and whose each is."""
    cells, which = np.unique(np.rint(ab / near), axis=0, return_inverse=True)
    totals = np.bincount(which, weights, len(cells))
    sums = np.stack([np.bincount(which, weights * ab[:, k], len(cells)) for k in range(2)], 1)
    means = sums / np.maximum(totals, 1e-9)[:, None]
    brushes: list[NDArray[np.floating]] = []
    for cell in np.argsort(-totals, kind="stable"):
        apart = [np.hypot(*(means[cell] - brush)) for brush in brushes]
        if len(brushes) < MOST_COLORS and (not apart or min(apart) >= near):
            brushes.append(means[cell])
    colors = np.array(brushes, np.float32).reshape(-1, 2)
    nearest = ((ab[:, None] - colors) ** 2).sum(-1).argmin(1)
    return colors, nearest.astype(np.int16)
