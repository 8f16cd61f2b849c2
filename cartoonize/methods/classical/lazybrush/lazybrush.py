"""LazyBrush (Sykora, Dingliana, Collins 2009): careless strokes, and regions that find their outlines.

The labels c of all pixels, each a stroke's colour, minimise (equation 1)

    E(c) = sum over neighbours p, q of V_pq(c_p, c_q) + sum over pixels p of D_p(c_p).

V_pq is what it costs to change colour between p and q: nothing is cheap but dark lines. The paper takes the
intensity, for drawings on grey paper after a filter, I_f = 1 - max(0, s LoG(I)); frames of cartoons have
paints of any intensity, so here it is always that filter. With K, the picture's perimeter, V = K I_f + 1: a
detour along any outline is cheaper than a short cut through paint, and a gap in an outline is closed by
the shortest line. D_p makes a soft stroke's own colour cheaper by lambda K at each of its pixels: strokes
are opinions, and what slips over an outline loses to it; hard ones are conditions.

The multiway cut is solved greedily, one colour against all others at a time, by maximum flow (section 4);
here each cut is found from coarse to fine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Place
from cartoonize.methods.classical.common.guides import Scribbles, luma_for_flow
from cartoonize.methods.classical.common.minimum_cut import cut_out
from cartoonize.methods.classical.common.scribbled import Scribbled
from cartoonize.methods.classical.lazybrush.strokes import Strokes, strokes_of, strokes_of_network

#: Deviation of the Gaussian of LoG, in pixels: outlines are one to three wide in 256x256.
SIGMA = 0.9
#: s, for intensities in 0..1. Far more than a line needs: where paints meet without one, their step has to
#: be found. With careless dabs on a tenth of frames of a validation episode, 12 had twice the error.
STRENGTH = 80.0
#: lambda: what a pixel of a soft stroke weighs, as a share of what a step through paint costs. The paper has
#: 0.05, for drawings with whole outlines; here many strokes would be given up rather than cut out of paint.
#: What slips over an outline by less than about 2 / lambda pixels still is.
SOFT = 0.35
#: A hard stroke costs more than any cut around a pixel.
HARD = 5.0


class LazyBrush(Scribbled):
    """Spreads strokes: a user's, or those of a network where none serve or all have gone out of sight.

    A user's strokes go along with what they were painted on, as far as the optical flow from
    the painted frame shows.

    Parameters
    ----------
    scribbles : Scribbles, optional
    """

    def __init__(self, scribbles: Scribbles | None = None) -> None:
        super().__init__(scribbles)
        marks = scribbles.marks if scribbles else {}
        self._strokes = {number: strokes_of(painted) for number, painted in marks.items()}

    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no stroke for it."""
        strokes = self._serving(picture, place)
        if (strokes is None or (strokes.labels < 0).all()) and histogram is not None:
            strokes = strokes_of_network(histogram)
        return paint(picture, strokes) if strokes is not None else None

    def _serving(self, picture: NDArray[np.float32], place: Place | None) -> Strokes | None:
        number = self.scribbles.serving(place) if self.scribbles else None
        if number is None:
            return None
        strokes = self._strokes[number]
        painted_on = self.scribbles.pictures.get(number) if self.scribbles else None
        if painted_on is None or place is None or place.index == number:
            return strokes
        return strokes.moved(luma_for_flow(picture), painted_on)


def paint(intensity: NDArray[np.floating], strokes: Strokes) -> NDArray[np.float32]:
    """Colour a picture by strokes; return ab (h, w, 2), 0 everywhere if there are none.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Luminance, 0..1.
    strokes : Strokes
        On a picture of this size.
    """
    if (strokes.labels < 0).all():
        return np.zeros((*intensity.shape, 2), np.float32)
    return strokes.colors[multiway_cut(intensity, strokes)]


def step_costs(intensity: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return what it costs to change colour at each pixel, (h, w): 1 on a dark line, K + 1 in paint."""
    from scipy.ndimage import gaussian_laplace

    line = STRENGTH * gaussian_laplace(intensity.astype(np.float64), SIGMA, mode="nearest")
    return np.rint(_perimeter(intensity) * (1 - line.clip(0, 1))).astype(np.int64) + 1


def multiway_cut(intensity: NDArray[np.floating], strokes: Strokes) -> NDArray[np.intp]:
    """Return the number of the stroke's colour that every pixel gets, (h, w).

    Colours are cut out one after the other, that with the most strokes first, the last one gets the rest.
    """
    costs, labels = step_costs(intensity), strokes.labels
    soft = np.rint(SOFT * _perimeter(intensity) * strokes.firmness)
    weights = np.where(strokes.is_hard, HARD * _perimeter(intensity), soft).astype(np.int64) * (labels >= 0)
    totals = np.bincount(labels[labels >= 0], weights[labels >= 0], len(strokes.colors))
    order = [color for color in np.argsort(-totals, kind="stable") if totals[color] > 0]
    result = np.full(intensity.shape, order[-1], np.intp)
    free = np.ones(intensity.shape, bool)  # what has no colour yet
    for color in order[:-1]:
        is_own = labels == color
        part = cut_out(costs, weights * is_own, weights * ~is_own, free)
        result[part] = color
        free &= ~part
    return result


def _perimeter(picture: NDArray[np.floating]) -> int:
    return 2 * sum(picture.shape)
