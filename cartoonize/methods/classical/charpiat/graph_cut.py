"""The most probable colours of a whole picture, by graph cuts (Charpiat et al. 2008, section 4).

The energy of a choice of colours c is the sum over pixels p of -log p(c_p | v_p), and over 4-neighbours p, q
of rho |c_p - c_q| / g_pq, where g_pq is how much colour is expected to vary between them. It is lowered by
alpha-expansion (Boykov, Veksler, Zabih 2001): each colour in turn is offered to all pixels, and those take
it whose doing so lowers the sum most. Costs are whole numbers here, as `min_cut` wants them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cartoonize.methods.classical.common.minimum_cut import grid_edges, min_cut

#: Predictions and the cut are for every so many pixels of a picture, along each side.
STEP = 2

#: Weight of coherence.
RHO = 0.5
#: Whole numbers to a natural unit of information.
UNIT = 256
#: At most so often each colour is offered; after the second round little changes.
N_SWEEPS = 2
#: Colours whose probability is at least this somewhere, and at most so many, are offered to the cut.
PROBABLE, N_OFFERED = 0.1, 32
#: Of the choice among neighbours: a difference of L x 0.01 that counts as much as one pixel's distance.
TONE = 0.02


def choose(
    probability: NDArray[np.floating], variation: NDArray[np.floating], palette: NDArray[np.floating]
) -> NDArray[np.intp]:
    """Choose the colours of a picture.

    Parameters
    ----------
    probability : ndarray, shape (h, w, colours)
        p(c | v), positive.
    variation : ndarray, shape (h, w)
        g, in ab; positive.
    palette : ndarray, shape (colours, 2)
        ab.

    Returns
    -------
    ndarray of int, shape (h, w)
        Numbers of colours.
    """
    offered = _offered(probability)
    chosen = expand(
        unary_costs(probability[..., offered]),
        color_distances(palette[offered]),
        edge_weights(variation, RHO),
    )
    return offered[chosen]


def unary_costs(probability: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return -log p in whole numbers; p is positive."""
    return np.rint(-UNIT * np.log(probability)).astype(np.int64)


def color_distances(palette: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return |c - c'| of colours (n, 2), in whole units of ab: (n, n).

    Rounded up, so that it stays a metric: no way around is shorter.
    """
    apart = np.linalg.norm(palette[:, None].astype(float) - palette[None], axis=-1)
    return np.ceil(apart - 1e-9).astype(np.int64)


def edge_weights(variation: NDArray[np.floating], rho: float) -> NDArray[np.int64]:
    """Return rho / g_pq of the edges of `grid_edges`, in whole numbers.

    Parameters
    ----------
    variation : ndarray, shape (h, w)
        g, the expected size of differences of colour at a pixel, in ab; positive. g_pq is the mean of both.
    rho : float
        Weight of coherence.
    """
    edges = grid_edges(*variation.shape)
    return np.rint(UNIT * rho / variation.ravel()[edges].mean(1)).astype(np.int64)


def energy(
    labels: NDArray[np.integer],
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
) -> int:
    """Return the energy of a choice of colours; see `expand`."""
    first, second = labels.ravel()[grid_edges(*labels.shape)].T
    own = np.take_along_axis(unary, labels[..., None], -1)
    return int(own.sum() + (weights * distances[first, second]).sum())


def expand(
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
    n_sweeps: int = N_SWEEPS,
) -> NDArray[np.intp]:
    """Choose colours with a low energy, starting from every pixel's own best.

    Parameters
    ----------
    unary : ndarray of int, shape (h, w, colours)
        What each colour costs at each pixel.
    distances : ndarray of int, shape (colours, colours)
        A metric.
    weights : ndarray of int, shape (edges,)
        Of the distance between the two pixels of each of `grid_edges`.
    n_sweeps : int

    Returns
    -------
    ndarray of int, shape (h, w)
        Numbers of colours.
    """
    height, width, n_colors = unary.shape
    labels = unary.argmin(-1).ravel()
    edges = grid_edges(height, width)
    for _ in range(n_sweeps):
        before = labels
        for color in range(n_colors):
            takes = _takers(labels, color, unary.reshape(-1, n_colors), distances, weights, edges)
            labels = np.where(takes, color, labels)
        if np.array_equal(labels, before):
            break
    return labels.reshape(height, width)


def follow(chosen: NDArray[np.integer], luminance: NDArray[np.float32]) -> NDArray[np.integer]:
    """Bring what is chosen for every second pixel to all, following the luminance.

    Each takes that of the pixel which is nearest in luminance and place, among the 3x3 around it.

    Parameters
    ----------
    chosen : ndarray of int, shape (rows, columns)
    luminance : ndarray, shape (h, w)
        L x 0.01.
    """
    rows, columns = np.indices(luminance.shape)
    best, least = np.zeros(luminance.shape, chosen.dtype), np.full(luminance.shape, np.inf)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            row = np.clip(rows // STEP + down, 0, chosen.shape[0] - 1)
            column = np.clip(columns // STEP + right, 0, chosen.shape[1] - 1)
            far = (STEP * row - rows) ** 2 + (STEP * column - columns) ** 2
            unlike = ((luminance[STEP * row, STEP * column] - luminance) / TONE) ** 2
            nearer = far + unlike < least
            least = np.where(nearer, far + unlike, least)
            best = np.where(nearer, chosen[row, column], best)
    return best


def _takers(
    labels: NDArray[np.intp],
    color: int,
    unary: NDArray[np.integer],
    distances: NDArray[np.integer],
    weights: NDArray[np.integer],
    edges: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Return which pixels take a colour in the best expansion; (pixels,).

    With x = 1 for those that do, a pair costs keep + (first - keep) x_p - first x_q + rest (1 - x_p) x_q,
    where keep is its cost if both keep theirs, first and second if that one alone takes it, and rest =
    first + second - keep, which is not negative in a metric.
    """
    ours, theirs = labels[edges].T
    keep, first, second = (
        weights * distances[pair] for pair in ((ours, theirs), (color, theirs), (ours, color))
    )
    gain = unary[:, color] - unary[np.arange(len(labels)), labels]  # what taking costs more, and ...
    np.add.at(gain, edges[:, 0], first - keep)
    np.subtract.at(gain, edges[:, 1], first)
    rest = first + second - keep
    return min_cut(edges, np.zeros_like(rest), rest, np.maximum(-gain, 0), np.maximum(gain, 0))


def _offered(probability: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the numbers of the colours that are probable somewhere, the most frequent ones if many are."""
    flat = probability.reshape(-1, probability.shape[-1])
    frequent = np.argsort(-flat.mean(0), kind="stable")[:N_OFFERED]
    return np.sort(frequent[flat[:, frequent].max(0) >= min(PROBABLE, flat[:, frequent].max())])
