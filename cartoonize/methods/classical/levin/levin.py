"""Colorization using optimization (Levin, Lischinski, Weiss 2004): like intensity, like colour.

Equation 1 asks for the U that minimises the sum over pixels r of (U(r) - sum over neighbours s of w_rs
U(s))^2, with U given at the scribbles. Every pixel without a scribble can be the weighted mean of its
neighbours exactly, so the minimum is the solution of a sparse linear system, one for a and b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Place
from cartoonize.methods.classical.common.confident_pixels import confidence_peaks
from cartoonize.methods.classical.common.guides import Marks
from cartoonize.methods.classical.common.scribbled import Scribbled
from cartoonize.methods.classical.common.sparse import solve

if TYPE_CHECKING:
    from scipy.sparse import csc_array

#: sigma^2 of equation 2 as a share of the window's variance. At 1, colour creeps through the outlines of
#: cartoons: on frames of a validation episode 0.1 had the least error, by 40%; less changed little.
SHARPNESS = 0.1
#: The least sigma^2, of intensities in 0..1: grain is no edge.
GRAIN = 5e-5
#: The least weight before normalisation, so that every pixel is tied to its neighbours.
LEAST = 1e-8

_NEIGHBORS = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]


class Levin(Scribbled):
    """Spreads scribbles: a user's, or the peaks of a network's confidence where none serve."""

    takes_to_the_letter = True

    def color(
        self, picture: NDArray[np.float32], place: Place | None, histogram: NDArray[np.float32] | None
    ) -> NDArray[np.float32] | None:
        """Return ab (256, 256, 2) of a picture, L x 0.01; None if there is no scribble for it."""
        number = self.scribbles.serving(place) if self.scribbles else None
        if self.scribbles and number is not None:
            return spread(picture, self.scribbles.marks[number])
        return spread(picture, confidence_peaks(histogram)) if histogram is not None else None


def spread(intensity: NDArray[np.floating], marks: Marks) -> NDArray[np.float32]:
    """Spread marks over a picture.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Luminance, 0..1.
    marks : Marks
        With positions in a picture of this size.

    Returns
    -------
    ndarray of float32, shape (h, w, 2)
        ab: the marks' own at their positions, without exception.
    """
    if len(marks.positions) == 0:
        return np.zeros((*intensity.shape, 2), np.float32)
    known = np.zeros(intensity.size, bool)
    known[marks.positions] = True
    given = np.zeros((intensity.size, 2))
    given[marks.positions] = marks.ab
    return solve(_system(intensity, known), given).reshape(*intensity.shape, 2).astype(np.float32)


def neighbor_weights(intensity: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return w_rs for the eight neighbours in a 3x3 window (equation 2).

    w_rs ~ exp(-(Y(r) - Y(s))^2 / 2 sigma_r^2), summing to one; sigma_r^2 follows the variance of the window.

    Parameters
    ----------
    intensity : ndarray, shape (h, w)
        Y, 0..1.

    Returns
    -------
    ndarray, shape (8, h, w)
        In reading order; 0 for neighbours outside the picture.
    """
    y = intensity.astype(np.float64)
    around = _around(y, np.nan)
    variance = np.nanvar(np.concatenate([around, y[None]]), 0)
    spread_of = 2 * np.maximum(SHARPNESS * variance, GRAIN)
    weights = np.maximum(np.exp(-((around - y) ** 2) / spread_of), LEAST)
    weights[np.isnan(around)] = 0
    return weights / np.maximum(weights.sum(0), LEAST)


def _system(intensity: NDArray[np.floating], known: NDArray[np.bool_]) -> csc_array:
    """Return the matrix of U(r) - sum w_rs U(s) for unknown pixels, and of U(r) for known ones."""
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
    """Return the eight neighbours of every value: (h, w) to (8, h, w)."""
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=outside)
    return np.stack([padded[r : r + height, c : c + width] for r, c in _NEIGHBORS])
