"""LazyBrush (Sykora, Dingliana, Collins 2009): imprecise strokes that fill regions up to their outlines.

The labels c of all pixels, each the colour of a stroke, minimise (equation 1)

    E(c) = sum over neighbours p, q of V_pq(c_p, c_q) + sum over pixels p of D_p(c_p).

V_pq is the cost of different colours at p and q. It is low only on dark lines: V = K I_f + 1, where K is the
perimeter of the picture and I_f = 1 - max(0, s LoG(I)) is the filtered intensity. A detour along an outline
is therefore cheaper than a short cut through paint, and a gap in an outline is closed by the shortest line.
D_p makes the colour of a soft stroke cheaper by lambda K at each of its pixels, so the part of a stroke that
crosses an outline can be overruled. A hard stroke always keeps its colour.

The multiway cut is solved greedily by maximum flow, one colour against all others at a time (section 4).

Differences from the paper:

- The paper uses the intensity itself, and the filtered intensity for drawings on grey paper. Frames of
  cartoons have paints of any intensity, so here the intensity is always filtered.
- Each cut is computed from coarse to fine.
- A user's strokes move along the optical flow from the frame that they were painted on. Without strokes,
  those of a network are used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.scribbles import Scribbles, luma_for_flow
from cartoonize.frames import Place
from cartoonize.methods.classical.common.minimum_cut import cut_out
from cartoonize.methods.classical.common.scribble_method import ScribbleMethod
from cartoonize.methods.classical.lazybrush.strokes import Strokes, strokes_of, strokes_of_network

#: Standard deviation of the Gaussian of LoG in pixels. Outlines are one to three pixels wide in 256x256.
SIGMA = 0.9
#: s, for intensities in 0..1. It is far larger than lines need, so that the step between paints that meet
#: without a line is found as well. With imprecise dabs on a tenth of the frames of a validation episode, 12
#: had twice the error.
STRENGTH = 80.0
#: lambda, the weight of a pixel of a soft stroke, as a share of the cost of a boundary through paint. The
#: paper uses 0.05 for drawings with complete outlines. Here that would overrule many strokes whose regions
#: are not closed by outlines. A part that crosses an outline by less than about 2 / lambda pixels is still
#: overruled.
SOFT_WEIGHT = 0.35
#: Weight of a pixel of a hard stroke in the same unit. It exceeds the cost of any cut around a pixel.
HARD_WEIGHT = 5.0


class LazyBrush(ScribbleMethod):
    """Colouring by strokes: a user's, or those of a network where no stroke applies or all are out of sight.

    A user's strokes follow the optical flow from the frame that they were painted on.

    Parameters
    ----------
    scribbles : Scribbles, optional
        A user's strokes.
    """

    def __init__(self, scribbles: Scribbles | None = None) -> None:
        super().__init__(scribbles)
        sets = scribbles.hints if scribbles else {}
        self._strokes = {number: strokes_of(painted) for number, painted in sets.items()}

    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no stroke for it."""
        strokes = self._strokes_at(picture, place)
        if (strokes is None or (strokes.labels < 0).all()) and histogram is not None:
            strokes = strokes_of_network(histogram)
        return paint(picture, strokes) if strokes is not None else None

    def _strokes_at(self, picture: NDArray[np.float32], place: Place | None) -> Strokes | None:
        number = self.scribbles.serving(place) if self.scribbles else None
        if number is None:
            return None
        strokes = self._strokes[number]
        painted_on = self.scribbles.pictures.get(number) if self.scribbles else None
        if painted_on is None or place is None or place.index == number:
            return strokes
        return strokes.moved(luma_for_flow(picture), painted_on)


def paint(intensity: NDArray[np.floating], strokes: Strokes) -> NDArray[np.float32]:
    """Colour a picture by strokes.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Luminance, 0..1.
    strokes : Strokes
        Strokes of the same height and width.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        CIELAB a and b; 0 everywhere if there are no strokes.
    """
    if (strokes.labels < 0).all():
        return np.zeros((*intensity.shape, 2), np.float32)
    return strokes.colors[multiway_cut(intensity, strokes)]


def step_costs(intensity: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the cost of a boundary at each pixel, (h, w): 1 on a dark line, K + 1 in paint."""
    from scipy.ndimage import gaussian_laplace

    line = STRENGTH * gaussian_laplace(intensity.astype(np.float64), SIGMA, mode="nearest")
    return np.rint(_perimeter(intensity) * (1 - line.clip(0, 1))).astype(np.int64) + 1


def multiway_cut(intensity: NDArray[np.floating], strokes: Strokes) -> NDArray[np.intp]:
    """Return the index of the stroke colour of every pixel, (h, w).

    Colours are cut out one after the other, in descending order of the total weight of their strokes. The
    last colour fills the remaining pixels.
    """
    costs, labels = step_costs(intensity), strokes.labels
    hard = HARD_WEIGHT * _perimeter(intensity)
    soft = np.rint(SOFT_WEIGHT * _perimeter(intensity) * strokes.firmness)
    weights = np.where(strokes.is_hard, hard, soft).astype(np.int64) * (labels >= 0)
    totals = np.bincount(labels[labels >= 0], weights[labels >= 0], len(strokes.colors))
    order = [color for color in np.argsort(-totals, kind="stable") if totals[color] > 0]
    result = np.full(intensity.shape, order[-1], np.intp)
    free = np.ones(intensity.shape, bool)  # pixels without a colour so far
    for color in order[:-1]:
        is_own = labels == color
        part = cut_out(costs, weights * is_own, weights * ~is_own, free)
        result[part] = color
        free &= ~part
    return result


def _perimeter(picture: NDArray[np.floating]) -> int:
    return 2 * sum(picture.shape)
