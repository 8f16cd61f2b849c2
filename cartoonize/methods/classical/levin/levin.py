"""Colorization using optimization (Levin, Lischinski, Weiss 2004): similar intensity, similar colour.

Equation 1 minimises the sum over pixels r of (U(r) - sum over neighbours s of w_rs U(s))^2, where U is given
at the scribbles. Every pixel without a scribble can be exactly the weighted mean of its neighbours, so the
minimum is the solution of a sparse linear system. The system is the same for a and b.

Differences from the paper:

- There is no time axis. Each picture is solved alone; the paper also connects pixels of successive frames
  along the motion between them.
- Colours are CIELAB a and b. The paper works in YUV.
- The variance of the window is scaled and has a minimum (`VARIANCE_SHARE`, `MIN_VARIANCE`).
- Without scribbles, the peaks of a network's confidence are used (thesis 8.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.frames import Place
from cartoonize.methods.classical.common.confident_pixels import confidence_peaks
from cartoonize.methods.classical.common.scribble_method import ScribbleMethod
from cartoonize.methods.classical.common.sparse import solve

if TYPE_CHECKING:
    from scipy.sparse import csc_array

#: sigma^2 of equation 2 as a share of the variance of the window. At 1, colour leaks through the outlines of
#: cartoons. On frames of a validation episode, 0.1 lowered the error by 40 %; smaller values changed little.
VARIANCE_SHARE = 0.1
#: Minimum of sigma^2 for intensities in 0..1, so that grain is not an edge.
MIN_VARIANCE = 5e-5
#: Minimum weight before normalisation, which connects every pixel to its neighbours.
MIN_WEIGHT = 1e-8

_NEIGHBORS = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]


class Levin(ScribbleMethod):
    """Colouring by scribbles: a user's, or the peaks of a network's confidence where none applies."""

    keeps_all_scribbles = True

    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no scribble for it."""
        number = self.scribbles.serving(place) if self.scribbles else None
        if self.scribbles and number is not None:
            return spread(picture, self.scribbles.hints[number])
        return spread(picture, confidence_peaks(histogram)) if histogram is not None else None


def spread(intensity: NDArray[np.floating], hints: ColorHints) -> NDArray[np.float32]:
    """Spread hints over a picture.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Luminance, 0..1.
    hints : ColorHints
        Known colours of a picture of this size.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        CIELAB a and b. Every mark keeps its colour.
    """
    positions, ab, _ = hints.pixels()
    if len(positions) == 0:
        return np.zeros((*intensity.shape, 2), np.float32)
    known = np.zeros(intensity.size, bool)
    known[positions] = True
    given = np.zeros((intensity.size, 2))
    given[positions] = ab
    return solve(_system(intensity, known), given).reshape(*intensity.shape, 2).astype(np.float32)


def neighbor_weights(intensity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return w_rs for the eight neighbours in a 3x3 window (equation 2).

    w_rs is proportional to exp(-(Y(r) - Y(s))^2 / (2 sigma_r^2)), and the weights of a pixel sum to 1.
    sigma_r^2 is proportional to the variance of the window.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Intensity Y, 0..1.

    Returns
    -------
    ndarray, shape (8, h, w)
        Weights in reading order of the neighbours; 0 for neighbours outside the picture.
    """
    y = intensity.astype(np.float64)
    around = _around(y, np.nan)
    variance = np.nanvar(np.concatenate([around, y[None]]), 0)
    doubled = 2 * np.maximum(VARIANCE_SHARE * variance, MIN_VARIANCE)
    weights = np.maximum(np.exp(-((around - y) ** 2) / doubled), MIN_WEIGHT)
    weights[np.isnan(around)] = 0
    return weights / np.maximum(weights.sum(0), MIN_WEIGHT)


def _system(intensity: NDArray[np.floating], known: NDArray[np.bool_]) -> csc_array:
    """Return the matrix with rows U(r) - sum w_rs U(s) for unknown pixels and U(r) for known ones."""
    from scipy.sparse import csc_array

    n = intensity.size
    weights = neighbor_weights(intensity).reshape(8, n)
    numbers = np.arange(n)
    neighbors = _around(numbers.reshape(intensity.shape), -1).reshape(8, n)
    tied = (neighbors >= 0) & ~known
    rows = np.concatenate([np.broadcast_to(numbers, tied.shape)[tied], numbers])
    columns = np.concatenate([neighbors[tied], numbers])
    return csc_array((np.concatenate([-weights[tied], np.ones(n)]), (rows, columns)), shape=(n, n))


def _around(values: NDArray[Any], outside: float) -> NDArray[Any]:
    """Return the eight neighbours of every value, (8, h, w), from values (h, w)."""
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=outside)
    return np.stack([padded[r : r + height, c : c + width] for r, c in _NEIGHBORS])
